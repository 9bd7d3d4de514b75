// The inner kernels of table products: in-register look-ups with AVX-512 VBMI, AVX2 gathers, and plain C++ for any machine.
#include <immintrin.h>

#include "table.h"

#define AVX512_CODE __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi")))
#define AVX2_CODE __attribute__((target("avx2")))

namespace {

void sum_portable(const Table& t, const u8* map, const s64* offsets, const u8* weight, s64 inner, s64 positions,
                  u32* sums) {
  for (s64 k = 0; k < inner; k++) {
    const s32* column = t.wide + 256 * weight[k];
    const u8* from = map + offsets[k];
    for (s64 i = 0; i < positions; i++) sums[i] += u32(column[from[i]]);
  }
}

// Products one after another, each sum clamped before the next.
FOR_EACH_ISA(void, sum_saturating,
             (const Table& t, const u8* map, const s64* offsets, const u8* weight, s64 inner, s64 positions, u32* sums),
             (t, map, offsets, weight, inner, positions, sums)) {
  const s32 least = s32(t.least), largest = s32(t.largest);
  s32 acc[BLOCK] = {};
  for (s64 k = 0; k < inner; k++) {
    const s32* column = t.wide + 256 * weight[k];
    const u8* from = map + offsets[k];
    for (s64 i = 0; i < positions; i++) {
      const s64 sum = s64(acc[i]) + column[from[i]];
      acc[i] = s32(sum < least ? least : sum > largest ? largest : sum);
    }
  }
  for (s64 i = 0; i < positions; i++) sums[i] += u32(acc[i]);
}

// One 32-bit gather for eight products: how table simulators for CPUs commonly work.
AVX2_CODE void sum_avx2(const Table& t, const u8* map, const s64* offsets, const u8* weight, s64 inner, s64 positions,
                        u32* sums) {
  for (s64 block = 0; block < positions; block += 64) {
    __m256i acc[8];
    for (auto& sum : acc) sum = _mm256_setzero_si256();
    for (s64 k = 0; k < inner; k++) {
      const s32* column = t.wide + 256 * weight[k];
      const u8* from = map + offsets[k] + block;
      for (int j = 0; j < 8; j++) {
        const __m256i index = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from + 8 * j)));
        acc[j] = _mm256_add_epi32(acc[j], _mm256_i32gather_epi32(column, index, 4));
      }
    }
    for (int j = 0; j < 8; j++) {
      __m256i* to = reinterpret_cast<__m256i*>(sums + block + 8 * j);
      _mm256_storeu_si256(to, _mm256_add_epi32(_mm256_loadu_si256(to), acc[j]));
    }
  }
}

// 64 look-ups in a column of 256 bytes, which fills four registers; an index's top bit (`upper`) chooses between two pairs.
AVX512_CODE inline __m512i look_up(const __m512i* column, __m512i index, __mmask64 upper) {
  const __m512i low = _mm512_permutex2var_epi8(column[0], index, column[1]);
  return _mm512_mask_blend_epi8(upper, low, _mm512_permutex2var_epi8(column[2], index, column[3]));
}

// Adds 32 pairs of sums, words of even and odd positions, to their places.
AVX512_CODE inline void add_pairs(__m512i even, __m512i odd, u32 weight, u32* sums) {
  const __m512i factor = _mm512_set1_epi32(s32(weight)), low = _mm512_set1_epi32(0xffff);
  // As 32-bit words, `even` holds the sums of positions 0, 4, ... below those of 2, 6, ..., `odd` those of 1, 5, ... and 3, 7, ...
  const __m512i at0 = _mm512_mullo_epi32(_mm512_and_si512(even, low), factor), at2 = _mm512_mullo_epi32(_mm512_srli_epi32(even, 16), factor);
  const __m512i at1 = _mm512_mullo_epi32(_mm512_and_si512(odd, low), factor), at3 = _mm512_mullo_epi32(_mm512_srli_epi32(odd, 16), factor);
  const __m512i low01 = _mm512_unpacklo_epi32(at0, at1), high01 = _mm512_unpackhi_epi32(at0, at1);
  const __m512i low23 = _mm512_unpacklo_epi32(at2, at3), high23 = _mm512_unpackhi_epi32(at2, at3);
  // Each 128-bit lane of the next four holds four positions in a row, of the groups 0, 1, 2, 3 of its own 16.
  const __m512i g0 = _mm512_unpacklo_epi64(low01, low23), g1 = _mm512_unpackhi_epi64(low01, low23);
  const __m512i g2 = _mm512_unpacklo_epi64(high01, high23), g3 = _mm512_unpackhi_epi64(high01, high23);
  const __m512i a = _mm512_shuffle_i32x4(g0, g1, 0x44), b = _mm512_shuffle_i32x4(g2, g3, 0x44);
  const __m512i c = _mm512_shuffle_i32x4(g0, g1, 0xee), d = _mm512_shuffle_i32x4(g2, g3, 0xee);
  const __m512i rows[4] = {_mm512_shuffle_i32x4(a, b, 0x88), _mm512_shuffle_i32x4(a, b, 0xdd),
                           _mm512_shuffle_i32x4(c, d, 0x88), _mm512_shuffle_i32x4(c, d, 0xdd)};
  for (int j = 0; j < 4; j++) {
    _mm512_storeu_si512(sums + 16 * j, _mm512_add_epi32(_mm512_loadu_si512(sums + 16 * j), rows[j]));
  }
}

// Low and high bytes are summed apart. A word of two looked-up bytes is added whole, and its odd byte once more by itself; the
// sum of the even ones is what is left of the first modulo 2^16.
template <int VECTORS>
AVX512_CODE void sum_avx512(const Table& t, const u8* map, const s64* offsets, const u8* weight, s64 inner, s64, u32* sums) {
  for (s64 start = 0; start < inner; start += FLUSH) {
    const s64 end = std::min<s64>(inner, start + FLUSH);
    __m512i words[2][VECTORS], odd[2][VECTORS];
    for (int byte = 0; byte < 2; byte++)
      for (int v = 0; v < VECTORS; v++) words[byte][v] = odd[byte][v] = _mm512_setzero_si512();
    for (s64 k = start; k < end; k++) {
      const u8* from = map + offsets[k];
      __m512i low[4], high[4];
      for (int i = 0; i < 4; i++) {
        low[i] = _mm512_loadu_si512(t.low + 256 * weight[k] + 64 * i);
        high[i] = _mm512_loadu_si512(t.high + 256 * weight[k] + 64 * i);
      }
#pragma GCC unroll 4
      for (int v = 0; v < VECTORS; v++) {
        const __m512i index = _mm512_loadu_si512(from + 64 * v);
        const __mmask64 upper = _mm512_movepi8_mask(index);
        const __m512i l = look_up(low, index, upper), h = look_up(high, index, upper);
        words[0][v] = _mm512_add_epi16(words[0][v], l);
        odd[0][v] = _mm512_add_epi16(odd[0][v], _mm512_srli_epi16(l, 8));
        words[1][v] = _mm512_add_epi16(words[1][v], h);
        odd[1][v] = _mm512_add_epi16(odd[1][v], _mm512_srli_epi16(h, 8));
      }
    }
    for (int byte = 0; byte < 2; byte++)
      for (int v = 0; v < VECTORS; v++) {
        const __m512i even = _mm512_sub_epi16(words[byte][v], _mm512_slli_epi16(odd[byte][v], 8));
        add_pairs(even, odd[byte][v], byte ? 256 : 1, sums + 64 * v);
      }
  }
}

void copy_row_portable(const u8* from, s64 begin, s64 end, s64 columns, u8 pad, u8* to) {
  std::memset(to, pad, begin);
  std::memcpy(to + begin, from + begin, end - begin);
  std::memset(to + end, pad, columns - end);
}

// Rows are short, and there are many: one masked load and store each instead of three calls.
AVX512_CODE void copy_row_avx512(const u8* from, s64 begin, s64 end, s64 columns, u8 pad, u8* to) {
  const auto first = [](s64 count) { return count >= 64 ? ~0ull : count <= 0 ? 0 : (1ull << count) - 1; };
  for (s64 i = 0; i < columns; i += 64) {
    const __mmask64 inside = first(end - i) & ~first(begin - i);
    _mm512_mask_storeu_epi8(to + i, first(columns - i), _mm512_mask_loadu_epi8(_mm512_set1_epi8(char(pad)), inside, from + i));
  }
}

}  // namespace

RowCopy row_copy_for(const Table& t) { return t.isa >= AVX512 ? copy_row_avx512 : copy_row_portable; }

TableKernel table_kernel_for(const Table& t, s64 positions) {
  if (t.saturated) return sum_saturating;
  if (t.isa >= AVX512 && t.low) {
    static const TableKernel kernels[BLOCK / 64] = {sum_avx512<1>, sum_avx512<2>, sum_avx512<3>, sum_avx512<4>};
    return kernels[positions / 64 - 1];
  }
  return t.isa >= AVX2 ? sum_avx2 : sum_portable;
}
