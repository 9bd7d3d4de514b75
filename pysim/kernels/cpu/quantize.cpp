// Real numbers to code indices.
#include <immintrin.h>

#include <atomic>
#include <cmath>
#include <limits>

#include "common.h"

#define AVX512_CODE __attribute__((target("avx512f,avx512bw,avx512vl")))

namespace {

__attribute__((target_clones("avx2", "default"))) bool quantize_portable(const Quantizer& q, const float* x, s64 count, u8* codes) {
  const float scale = q.scale, zero_point = q.zero_point, low = q.low, high = q.high;
  u32 bad = 0;  // a number whose exponent is all ones is infinite or NaN
  for (s64 i = 0; i < count; i++) {
    u32 bits;
    std::memcpy(&bits, x + i, 4);
    bad |= (bits & 0x7f800000u) == 0x7f800000u;
    const float code = std::rint(x[i] / scale) + zero_point;
    const float inside = code < low ? low : code > high ? high : code;
    codes[i] = u8(s32(inside - low));
  }
  return bad == 0;
}

// The same, 16 at a time; runs are often short, so what is left of one is masked rather than done singly.
//
// A division takes as long as all the rest, so it is done only where it matters. Its quotient and x times the reciprocal of the
// scale are each within 2^-23 of the exact one, relatively: unless the product is that near to the middle between two integers,
// both round to the same. Infinities and NaNs compare with nothing, so they are looked for after a division only.
AVX512_CODE bool quantize_avx512(const Quantizer& q, const float* x, s64 count, u8* codes, s64 ahead) {
  const float inverse = 1 / q.scale;
  // The reciprocal of a huge scale has lost bits: then NaN, which asks for a division each time.
  const __m512 reciprocal = _mm512_set1_ps(inverse >= std::numeric_limits<float>::min() ? inverse : NAN);
  const __m512 scale = _mm512_set1_ps(q.scale), zero_point = _mm512_set1_ps(q.zero_point);
  const __m512 low = _mm512_set1_ps(q.low), high = _mm512_set1_ps(q.high);
  const __m512 half = _mm512_set1_ps(0.5f), doubt = _mm512_set1_ps(0x1p-22f);
  const __m512i exponent = _mm512_set1_epi32(0x7f800000);
  __mmask16 bad = 0;
  const auto rounded = [](__m512 value)
                           AVX512_CODE { return _mm512_roundscale_ps(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); };
  const auto quantize = [&](__m512 real) AVX512_CODE {
    const __m512 product = _mm512_mul_ps(real, reciprocal);
    __m512 whole = rounded(product);
    const __m512 from_middle = _mm512_sub_ps(half, _mm512_abs_ps(_mm512_sub_ps(product, whole)));
    if (_mm512_cmp_ps_mask(from_middle, _mm512_mul_ps(_mm512_abs_ps(product), doubt), _CMP_NGT_UQ)) {
      bad |= _mm512_cmpeq_epi32_mask(_mm512_and_si512(_mm512_castps_si512(real), exponent), exponent);
      whole = rounded(_mm512_div_ps(real, scale));
    }
    const __m512 code = _mm512_min_ps(_mm512_max_ps(_mm512_add_ps(whole, zero_point), low), high);
    return _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(_mm512_sub_ps(code, low)));
  };
  s64 i = 0;
  for (; i + 16 <= count; i += 16) {
    __builtin_prefetch(x + i + ahead);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(codes + i), quantize(_mm512_loadu_ps(x + i)));
  }
  if (i < count) {  // a store with a mask is slow on some processors, and one of memory's bytes alone slower still
    const __mmask16 inside = __mmask16((1u << (count - i)) - 1);
    _mm_mask_storeu_epi8(codes + i, inside, quantize(_mm512_maskz_loadu_ps(inside, x + i)));
  }
  return bad == 0;
}

}  // namespace

bool quantize_run(const Quantizer& q, const float* x, s64 count, u8* codes, s64 ahead) {
  static const bool wide = best_isa() >= AVX512;
  return wide ? quantize_avx512(q, x, count, codes, ahead) : quantize_portable(q, x, count, codes);
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
