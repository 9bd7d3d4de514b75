// Real numbers to code indices.
#include <immintrin.h>

#include <atomic>
#include <cmath>

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
AVX512_CODE bool quantize_avx512(const Quantizer& q, const float* x, s64 count, u8* codes) {
  const __m512 scale = _mm512_set1_ps(q.scale), zero_point = _mm512_set1_ps(q.zero_point);
  const __m512 low = _mm512_set1_ps(q.low), high = _mm512_set1_ps(q.high);
  const __m512i exponent = _mm512_set1_epi32(0x7f800000);
  __mmask16 bad = 0;
  const auto quantize = [&](__m512 real) AVX512_CODE {
    bad |= _mm512_cmpeq_epi32_mask(_mm512_and_si512(_mm512_castps_si512(real), exponent), exponent);
    const __m512 rounded = _mm512_roundscale_ps(_mm512_div_ps(real, scale), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    const __m512 code = _mm512_min_ps(_mm512_max_ps(_mm512_add_ps(rounded, zero_point), low), high);
    return _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(_mm512_sub_ps(code, low)));
  };
  s64 i = 0;
  for (; i + 16 <= count; i += 16) _mm_storeu_si128(reinterpret_cast<__m128i*>(codes + i), quantize(_mm512_loadu_ps(x + i)));
  if (i < count) {  // a store with a mask is slow on some processors, and one of memory's bytes alone slower still
    const __mmask16 inside = __mmask16((1u << (count - i)) - 1);
    _mm_mask_storeu_epi8(codes + i, inside, quantize(_mm512_maskz_loadu_ps(inside, x + i)));
  }
  return bad == 0;
}

}  // namespace

bool quantize_run(const Quantizer& q, const float* x, s64 count, u8* codes) {
  static const bool wide = best_isa() >= AVX512;
  return wide ? quantize_avx512(q, x, count, codes) : quantize_portable(q, x, count, codes);
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
