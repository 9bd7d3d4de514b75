// The inner kernels of low-rank products: AVX-512 VNNI, AVX2, and plain C++ for any machine.
#include <immintrin.h>

#include "low_rank.h"

#define AVX512_CODE __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,avx512vbmi")))
#define AVX2_CODE __attribute__((target("avx2")))

namespace {

void look_up_portable(const u8* from, s64 bytes, const u8* table, u8* to) {
  for (s64 i = 0; i < bytes; i++) to[i] = table[from[i]];
}

// 64 look-ups at once: the table's 256 bytes fill four registers, and an index's top bit chooses between two pairs of them.
AVX512_CODE void look_up_avx512(const u8* from, s64 bytes, const u8* table, u8* to) {
  const __m512i t0 = _mm512_loadu_si512(table), t1 = _mm512_loadu_si512(table + 64);
  const __m512i t2 = _mm512_loadu_si512(table + 128), t3 = _mm512_loadu_si512(table + 192);
  for (s64 i = 0; i < bytes; i += 64) {
    const __mmask64 inside = bytes - i >= 64 ? ~0ull : (1ull << (bytes - i)) - 1;
    const __m512i index = _mm512_maskz_loadu_epi8(inside, from + i);
    const __mmask64 upper = _mm512_movepi8_mask(index);
    const __m512i low = _mm512_permutex2var_epi8(t0, index, t1);
    _mm512_mask_storeu_epi8(to + i, inside, _mm512_mask2_permutex2var_epi8(t2, _mm512_mask_mov_epi8(low, upper, index), upper, t3));
  }
}

template <int VECTORS>
void multiply_portable(const u8* const* from, const s64* offsets, const s64* shifts, s64 planes, s64 segments, s64 steps,
                       const s8* weights, s32* sums, const Destination*) {
  u32 acc[16 * VECTORS] = {};
  for (s64 plane = 0; plane < planes; plane++) {
    if (plane)
      for (u32& sum : acc) sum <<= shifts[plane - 1] - shifts[plane];
    for (s64 segment = 0; segment < segments; segment++) {
      const u8* a = from[0] + offsets[plane * segments + segment];
      for (s64 step = 0; step < steps; step++, a += 4, weights += 64 * VECTORS)
        for (int n = 0; n < 16 * VECTORS; n++) {
          const s8* w = weights + 4 * n;
          acc[n] += u32(a[0] * w[0] + a[1] * w[1] + a[2] * w[2] + a[3] * w[3]);
        }
    }
  }
  std::memcpy(sums, acc, sizeof acc);
}

// Two pixels. Bytes are widened to 16 bits, since AVX2's own byte product saturates; an accumulator of 8 sums holds two partial
// sums each of 4 outputs, which are joined at the end.
template <int VECTORS>
AVX2_CODE void multiply_avx2(const u8* const* from, const s64* offsets, const s64* shifts, s64 planes, s64 segments, s64 steps,
                             const s8* weights, s32* sums, const Destination*) {
  for (int vector = 0; vector < VECTORS; vector++) {
    __m256i acc[2][4];
    for (auto& row : acc)
      for (auto& sum : row) sum = _mm256_setzero_si256();
    const s8* w = weights + 64 * vector;
    for (s64 plane = 0; plane < planes; plane++) {
      if (plane) {
        const __m128i by = _mm_cvtsi64_si128(shifts[plane - 1] - shifts[plane]);
        for (auto& row : acc)
          for (auto& sum : row) sum = _mm256_sll_epi32(sum, by);
      }
      for (s64 segment = 0; segment < segments; segment++) {
        const s64 offset = offsets[plane * segments + segment];
        for (s64 step = 0; step < steps; step++, w += 64 * VECTORS) {
          __m256i a[2];
          for (int i = 0; i < 2; i++) {
            s32 four;
            std::memcpy(&four, from[i] + offset + 4 * step, 4);
            a[i] = _mm256_cvtepu8_epi16(_mm_set1_epi32(four));
          }
          for (int j = 0; j < 4; j++) {
            const __m256i b = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(w + 16 * j)));
            for (int i = 0; i < 2; i++) acc[i][j] = _mm256_add_epi32(acc[i][j], _mm256_madd_epi16(a[i], b));
          }
        }
      }
    }
    for (int i = 0; i < 2; i++)
      for (int j = 0; j < 4; j += 2) {
        const __m256i joined = _mm256_permute4x64_epi64(_mm256_hadd_epi32(acc[i][j], acc[i][j + 1]), 0xd8);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums + i * 16 * VECTORS + 16 * vector + 4 * j), joined);
      }
  }
}

AVX512_CODE inline __m512 scaled(__m512i sum, __m128i shift, __m512i constant, __m512 scale) {
  return _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_add_epi32(_mm512_sll_epi32(sum, shift), constant)), scale);
}

// A full block of results out of the accumulators, which need not go through memory first.
template <int ROWS, int VECTORS>
AVX512_CODE inline __attribute__((always_inline)) void write_scaled(const __m512i (&acc)[ROWS][VECTORS], const Destination& to) {
  const __m128i shift = _mm_cvtsi64_si128(to.shift);
#pragma GCC unroll 4
  for (int j = 0; j < VECTORS; j++) {
    const __m512i constant = _mm512_loadu_si512(to.constant + 16 * j);
    const __m512 scale = _mm512_loadu_ps(to.scale + 16 * j);
#pragma GCC unroll 16
    for (int i = 0; i < ROWS; i++) {
      const __m512 value = scaled(acc[i][j], shift, constant, scale);
      float* y = to.y + i * to.y_pixel + 16 * j;
      if (to.past_caches) _mm512_stream_ps(y, value);
      else _mm512_storeu_ps(y, value);
    }
  }
}

// ROWS x VECTORS accumulators of 16 sums stay in registers; four bytes of each pixel are broadcast against packed weights.
template <int ROWS, int VECTORS>
AVX512_CODE void multiply_avx512(const u8* const* from, const s64* offsets, const s64* shifts, s64 planes, s64 segments,
                                 s64 steps, const s8* weights, s32* sums, const Destination* to) {
  __m512i acc[ROWS][VECTORS];
  for (auto& row : acc)
    for (auto& sum : row) sum = _mm512_setzero_si512();
  const u8* start[ROWS];
  for (int i = 0; i < ROWS; i++) start[i] = from[i];
  for (s64 plane = 0; plane < planes; plane++) {
    if (plane && shifts[plane - 1] != shifts[plane]) {
      const __m128i by = _mm_cvtsi64_si128(shifts[plane - 1] - shifts[plane]);
      for (auto& row : acc)
        for (auto& sum : row) sum = _mm512_sll_epi32(sum, by);
    }
    for (s64 segment = 0; segment < segments; segment++) {
      const s64 offset = offsets[plane * segments + segment];
      for (s64 step = 0; step < steps; step++, weights += 64 * VECTORS) {
        __m512i b[VECTORS];
        for (int j = 0; j < VECTORS; j++) b[j] = _mm512_loadu_si512(weights + 64 * j);
#pragma GCC unroll 16
        for (int i = 0; i < ROWS; i++) {
          s32 four;
          std::memcpy(&four, start[i] + offset + 4 * step, 4);
          const __m512i a = _mm512_set1_epi32(four);
#pragma GCC unroll 4
          for (int j = 0; j < VECTORS; j++) acc[i][j] = _mm512_dpbusd_epi32(acc[i][j], a, b[j]);
        }
      }
    }
  }
  if (to) return write_scaled<ROWS, VECTORS>(acc, *to);
  for (int i = 0; i < ROWS; i++)
    for (int j = 0; j < VECTORS; j++) _mm512_storeu_si512(sums + (i * VECTORS + j) * 16, acc[i][j]);
}

void store_portable(const LowRank& p, const s32* sums, s64 width, s64 to, s64 count, s64 output, s64 outputs, bool) {
  const s64 shift = p.shifts[p.planes - 1];
  const s32* constant = p.constant + output;
  to += output * p.y_output;
  for (s64 i = 0; i < count; i++, to += p.y_pixel, sums += width)
    for (s64 n = 0; n < outputs; n++) {
      const s32 sum = s32((u32(sums[n]) << shift) + u32(constant[n]));
      if (p.scaled) p.scaled[to + n * p.y_output] = float(sum) * p.scale[output + n];
      else p.sums[to + n * p.y_output] = sum;
    }
}

AVX512_CODE void store_avx512(const LowRank& p, const s32* sums, s64 width, s64 to, s64 count, s64 output, s64 outputs, bool past_caches) {
  if (p.y_output != 1) return store_portable(p, sums, width, to, count, output, outputs, false);
  const __m128i shift = _mm_cvtsi64_si128(p.shifts[p.planes - 1]);
  for (s64 n = 0; n < outputs; n += 16) {
    const __mmask16 inside = outputs - n >= 16 ? 0xffff : __mmask16((1u << (outputs - n)) - 1);
    const __m512i constant = _mm512_maskz_loadu_epi32(inside, p.constant + output + n);
    const __m512 scale = p.scaled ? _mm512_maskz_loadu_ps(inside, p.scale + output + n) : _mm512_setzero_ps();
    s64 at = to + output + n;
    for (s64 i = 0; i < count; i++, at += p.y_pixel) {
      const __m512i sum = _mm512_load_si512(sums + i * width + n);
      const __m512i value = p.scaled ? _mm512_castps_si512(scaled(sum, shift, constant, scale)) : _mm512_add_epi32(_mm512_sll_epi32(sum, shift), constant);
      void* y = p.scaled ? static_cast<void*>(p.scaled + at) : p.sums + at;
      if (past_caches) _mm512_stream_si512(static_cast<__m512i*>(y), value);
      else if (inside == 0xffff) _mm512_storeu_si512(y, value);
      else _mm512_mask_storeu_epi32(y, inside, value);
    }
  }
}

}  // namespace

Kernel kernel_for(s64 isa, s64 vectors) {
  static const Kernel kernels[3][MOST_VECTORS] = {
      {{1, look_up_portable, multiply_portable<1>, store_portable},
       {1, look_up_portable, multiply_portable<2>, store_portable},
       {1, look_up_portable, multiply_portable<3>, store_portable},
       {1, look_up_portable, multiply_portable<4>, store_portable}},
      {{2, look_up_portable, multiply_avx2<1>, store_portable},
       {2, look_up_portable, multiply_avx2<2>, store_portable},
       {2, look_up_portable, multiply_avx2<3>, store_portable},
       {2, look_up_portable, multiply_avx2<4>, store_portable}},
      {{16, look_up_avx512, multiply_avx512<16, 1>, store_avx512},
       {12, look_up_avx512, multiply_avx512<12, 2>, store_avx512},
       {8, look_up_avx512, multiply_avx512<8, 3>, store_avx512},
       {6, look_up_avx512, multiply_avx512<6, 4>, store_avx512}},
  };
  return kernels[isa][vectors - 1];
}
