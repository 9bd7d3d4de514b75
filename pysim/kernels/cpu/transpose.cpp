// Transposing bytes: blocks of 16 rows and as many columns as a vector holds, the rest one by one.
#include "transpose.h"

#ifdef __SSE2__
#include <immintrin.h>
#endif

namespace {

#ifdef __SSE2__

// Stores the first `count` bytes, 1 to 16.
inline void store_bytes(u8* to, __m128i value, s64 count) {
  if (count == 16) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), value);
    return;
  }
  u8 bytes[16];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes), value);
  s64 done = 0;
  if (count & 8) std::memcpy(to, bytes, 8), done = 8;
  if (count & 4) std::memcpy(to + done, bytes + done, 4), done += 4;
  if (count & 2) std::memcpy(to + done, bytes + done, 2), done += 2;
  if (count & 1) to[done] = bytes[done];
}

// Four rounds of interleaving row j with row j + 8 transpose 16 x 16 bytes; wider vectors hold several such blocks side by side.
void block_sse2(const u8* from, s64 from_row, s64 rows, u8* to, s64 to_row) {
  __m128i a[16], b[16];
  for (s64 j = 0; j < 16; j++)
    a[j] = j < rows ? _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + j * from_row)) : _mm_setzero_si128();
  for (int round = 0; round < 4; round++) {
    for (int j = 0; j < 8; j++) {
      b[2 * j] = _mm_unpacklo_epi8(a[j], a[j + 8]);
      b[2 * j + 1] = _mm_unpackhi_epi8(a[j], a[j + 8]);
    }
    std::memcpy(a, b, sizeof a);
  }
  for (s64 j = 0; j < 16; j++) store_bytes(to + j * to_row, a[j], rows);
}

#define AVX512_CODE __attribute__((target("avx512f,avx512bw,avx512vl")))

template <int LANE>
AVX512_CODE inline void store_lane(const __m512i* a, s64 columns, u8* to, s64 to_row) {
#pragma GCC unroll 16
  for (s64 j = 0; j < 16; j++)
    if (16 * LANE + j < columns)
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to + (16 * LANE + j) * to_row), _mm512_extracti32x4_epi32(a[j], LANE));
}

// 16 rows of up to 64 columns.
AVX512_CODE inline __attribute__((always_inline)) void block_avx512(const u8* from, s64 from_row, s64 columns, u8* to, s64 to_row) {
  const __mmask64 inside = columns == 64 ? ~0ull : (1ull << columns) - 1;
  __m512i a[16], b[16];
#pragma GCC unroll 16
  for (s64 j = 0; j < 16; j++) a[j] = _mm512_maskz_loadu_epi8(inside, from + j * from_row);
#pragma GCC unroll 4
  for (int round = 0; round < 4; round++) {
#pragma GCC unroll 8
    for (int j = 0; j < 8; j++) {
      b[2 * j] = _mm512_unpacklo_epi8(a[j], a[j + 8]);
      b[2 * j + 1] = _mm512_unpackhi_epi8(a[j], a[j + 8]);
    }
#pragma GCC unroll 16
    for (int j = 0; j < 16; j++) a[j] = b[j];
  }
  store_lane<0>(a, columns, to, to_row), store_lane<1>(a, columns, to, to_row);
  store_lane<2>(a, columns, to, to_row), store_lane<3>(a, columns, to, to_row);
}

// All rows that come in sixteens, from column c on; returns the first column that is left.
AVX512_CODE s64 columns_avx512(const u8* from, s64 from_row, s64 rows, s64 columns, u8* to, s64 to_row) {
  constexpr s64 WORTH_A_BLOCK = 4;
  s64 c = 0;
  for (; c + 64 <= columns; c += 64)
    for (s64 r = 0; r + 16 <= rows; r += 16) block_avx512(from + r * from_row + c, from_row, 64, to + c * to_row + r, to_row);
  if (columns - c < WORTH_A_BLOCK) return c;
  for (s64 r = 0; r + 16 <= rows; r += 16) block_avx512(from + r * from_row + c, from_row, columns - c, to + c * to_row + r, to_row);
  return columns;
}

#endif

void transpose_narrow(const u8* from, s64 from_row, s64 rows, s64 columns, u8* to, s64 to_row) {
  s64 c = 0;
#ifdef __SSE2__
  for (; c + 16 <= columns; c += 16)
    for (s64 r = 0; r < rows; r += 16)
      block_sse2(from + r * from_row + c, from_row, std::min<s64>(16, rows - r), to + c * to_row + r, to_row);
#endif
  for (; c < columns; c++)
    for (s64 r = 0; r < rows; r++) to[c * to_row + r] = from[r * from_row + c];
}

}  // namespace

void transpose(const u8* from, s64 from_row, s64 rows, s64 columns, u8* to, s64 to_row) {
  s64 done = 0;
#ifdef __SSE2__
  if (const s64 whole = rows / 16 * 16; isa_in_use >= AVX512 && whole) {
    done = columns_avx512(from, from_row, whole, columns, to, to_row);
    transpose_narrow(from + whole * from_row, from_row, rows - whole, done, to + whole, to_row);
  }
#endif
  transpose_narrow(from + done, from_row, rows, columns - done, to + done * to_row, to_row);
}
