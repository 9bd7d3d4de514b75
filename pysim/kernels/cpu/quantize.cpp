// Real numbers to code indices.
#include <immintrin.h>

#include <atomic>
#include <cmath>
#include <limits>

#include "common.h"

#define AVX512_CODE __attribute__((target("avx512f,avx512bw,avx512vl")))

namespace {

inline __attribute__((always_inline)) bool quantize_plain(const Quantizer& q, const float* x, s64 count, u8* codes) {
  const float scale = q.scale, zero_point = q.zero_point, low = q.low, high = q.high;
  u32 bad = 0;
  for (s64 i = 0; i < count; i++) {
    bad |= magnitude(x[i]) >= INFINITE;
    const float code = std::rint(x[i] / scale) + zero_point;
    const float inside = code < low ? low : code > high ? high : code;
    codes[i] = u8(s32(inside - low));
  }
  return bad == 0;
}

bool quantize_portable(const Quantizer& q, const float* x, s64 count, u8* codes) { return quantize_plain(q, x, count, codes); }

__attribute__((target("avx2"))) bool quantize_avx2(const Quantizer& q, const float* x, s64 count, u8* codes) {
  return quantize_plain(q, x, count, codes);
}

// The same, 16 at a time; runs are often short, so what is left of one is masked rather than done singly.
//
// A division takes as long as all the rest, so it is done only where it matters. Its quotient and x times the reciprocal of the
// scale are each within 2^-23 of the exact one, relatively. Codes have 8 bits, so beyond 512 both are clamped; below, unless the
// product is within 2^-12 of the middle between two integers, both round to the same. Infinities and NaNs compare with nothing, so
// they are looked for after a division only.
struct Rounding {
  __m512 reciprocal, scale, offset, most, middle;
  __mmask16 bad;
};

AVX512_CODE inline __m512 rounded(__m512 value) { return _mm512_roundscale_ps(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }

AVX512_CODE inline bool doubtful(const Rounding& r, __m512 product, __m512 whole) {
  return _mm512_cmp_ps_mask(_mm512_abs_ps(_mm512_sub_ps(product, whole)), r.middle, _CMP_NLT_UQ);
}

AVX512_CODE __attribute__((noinline)) __m512 divided(Rounding& r, __m512 real) {
  const __m512i exponent = _mm512_set1_epi32(INFINITE);
  r.bad |= _mm512_cmpeq_epi32_mask(_mm512_and_si512(_mm512_castps_si512(real), exponent), exponent);
  return rounded(_mm512_div_ps(real, r.scale));
}

AVX512_CODE inline __m512i code_of(const Rounding& r, __m512 whole) {
  const __m512 code = _mm512_min_ps(_mm512_max_ps(_mm512_add_ps(whole, r.offset), _mm512_setzero_ps()), r.most);
  return _mm512_cvtps_epi32(code);
}

AVX512_CODE inline __m128i quantize_16(Rounding& r, __m512 real) {
  const __m512 product = _mm512_mul_ps(real, r.reciprocal), whole = rounded(product);
  return _mm512_cvtepi32_epi8(code_of(r, doubtful(r, product, whole) ? divided(r, real) : whole));
}

// 64 at once; the packing of four vectors into one mixes their quarters, which a permutation puts right.
AVX512_CODE inline __m512i quantize_64(Rounding& r, const float* x, __m512i order) {
  __m512 real[4], whole[4];
  bool doubt = false;
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    real[i] = _mm512_loadu_ps(x + 16 * i);
    const __m512 product = _mm512_mul_ps(real[i], r.reciprocal);
    whole[i] = rounded(product);
    doubt |= doubtful(r, product, whole[i]);
  }
  if (doubt)
    for (int i = 0; i < 4; i++) whole[i] = divided(r, real[i]);
  const __m512i low = _mm512_packus_epi32(code_of(r, whole[0]), code_of(r, whole[1]));
  const __m512i high = _mm512_packus_epi32(code_of(r, whole[2]), code_of(r, whole[3]));
  return _mm512_permutexvar_epi32(order, _mm512_packus_epi16(low, high));
}

// The same in vectors; runs are often short, so what is left of one is masked rather than done singly.
AVX512_CODE bool quantize_avx512(const Quantizer& q, const float* x, s64 count, u8* codes, s64 ahead) {
  const float inverse = 1 / q.scale;
  // The reciprocal of a huge scale has lost bits: then NaN, which asks for a division each time.
  const __m512 reciprocal = _mm512_set1_ps(inverse >= std::numeric_limits<float>::min() ? inverse : NAN);
  Rounding r{reciprocal, _mm512_set1_ps(q.scale), _mm512_set1_ps(q.zero_point - q.low), _mm512_set1_ps(q.high - q.low),
             _mm512_set1_ps(0.5f - 0x1p-12f), 0};
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  s64 i = 0;
  for (; i + 64 <= count; i += 64) {
    for (s64 line = 0; line < 64; line += 16) __builtin_prefetch(x + i + line + ahead);
    _mm512_storeu_si512(codes + i, quantize_64(r, x + i, order));
  }
  for (; i + 16 <= count; i += 16) {
    __builtin_prefetch(x + i + ahead);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(codes + i), quantize_16(r, _mm512_loadu_ps(x + i)));
  }
  if (i < count) {  // a store with a mask is slow on some processors, and one of memory's bytes alone slower still
    const __mmask16 inside = __mmask16((1u << (count - i)) - 1);
    _mm_mask_storeu_epi8(codes + i, inside, quantize_16(r, _mm512_maskz_loadu_ps(inside, x + i)));
  }
  return r.bad == 0;
}

FOR_EACH_ISA(bool, weight_row,
             (const float* __restrict x, s64 count, float high, float smallest, s32* __restrict codes, float* scale, float* __restrict values),
             (x, count, high, smallest, codes, scale, values)) {
  u32 bits = 0;
  for (s64 i = 0; i < count; i++) bits = std::max(bits, magnitude(x[i]));
  float largest;
  std::memcpy(&largest, &bits, 4);
  const float step = largest > 0 ? std::max(largest / high, smallest) : 1;
  *scale = step;
  for (s64 i = 0; i < count; i++) {
    const float code = std::rint(x[i] / step), inside = code < -high ? -high : code > high ? high : code;
    codes[i] = s32(inside);
    values[i] = (inside + 0.0f) * step;  // a code is no negative zero
  }
  return bits < INFINITE;
}

}  // namespace

bool quantize_run(const Quantizer& q, const float* x, s64 count, u8* codes, s64 ahead) {
  if (isa_in_use >= AVX512) return quantize_avx512(q, x, count, codes, ahead);
  return isa_in_use >= AVX2 ? quantize_avx2(q, x, count, codes) : quantize_portable(q, x, count, codes);
}

// Returns 0, or 1 if a number is not finite.
extern "C" __attribute__((visibility("default"))) int goldaxe_quantize(const Quantizer* quantizer, s64 count, u8* codes, s64 threads) {
  constexpr s64 RUN = 1 << 14;
  std::atomic<int> bad{0};
#pragma omp parallel for num_threads(std::max<s64>(1, std::min(threads, ceil_div(count, RUN)))) schedule(static)
  for (s64 start = 0; start < count; start += RUN)
    if (!quantize_run(*quantizer, quantizer->real + start, std::min(RUN, count - start), codes + start)) bad = 1;
  return bad;
}

// Weights x[rows][columns] to symmetric codes, with a scale for each row: its largest magnitude by `high`, but `smallest` at least, and 1
// for a row of zeros; `values` are what the codes stand for. Returns 0, or 1 if a number is not finite.
extern "C" __attribute__((visibility("default"))) int goldaxe_quantize_weight(const float* x, s64 rows, s64 columns, float high, float smallest,
                                                                              s32* codes, float* scale, float* values) {
  bool finite = true;
  for (s64 row = 0; row < rows; row++) {
    const s64 at = row * columns;
    finite &= weight_row(x + at, columns, high, smallest, codes + at, scale + row, values + at);
  }
  return !finite;
}
