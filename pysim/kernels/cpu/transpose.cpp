// Transposing bytes: blocks of 16 rows and as many columns as a vector holds, the rest one by one.
#include "transpose.h"

#ifdef __SSE2__
#include <immintrin.h>

namespace {

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
AVX512_CODE inline void store_lane(const __m512i* a, u8* to, s64 to_row) {
#pragma GCC unroll 16
  for (s64 j = 0; j < 16; j++)
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + (16 * LANE + j) * to_row), _mm512_extracti32x4_epi32(a[j], LANE));
}

AVX512_CODE void block_avx512(const u8* from, s64 from_row, u8* to, s64 to_row) {
  __m512i a[16], b[16];
#pragma GCC unroll 16
  for (s64 j = 0; j < 16; j++) a[j] = _mm512_loadu_si512(from + j * from_row);
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
  store_lane<0>(a, to, to_row), store_lane<1>(a, to, to_row), store_lane<2>(a, to, to_row), store_lane<3>(a, to, to_row);
}

}  // namespace
#endif

void transpose(const u8* from, s64 from_row, s64 rows, s64 columns, u8* to, s64 to_row) {
  s64 c = 0;
#ifdef __SSE2__
  static const bool wide = best_isa() >= AVX512;
  const s64 whole = rows / 16 * 16;
  for (; wide && c + 64 <= columns; c += 64) {
    for (s64 r = 0; r < whole; r += 16) block_avx512(from + r * from_row + c, from_row, to + c * to_row + r, to_row);
    for (s64 i = c; whole < rows && i < c + 64; i += 16)
      block_sse2(from + whole * from_row + i, from_row, rows - whole, to + i * to_row + whole, to_row);
  }
  for (; c + 16 <= columns; c += 16)
    for (s64 r = 0; r < rows; r += 16)
      block_sse2(from + r * from_row + c, from_row, std::min<s64>(16, rows - r), to + c * to_row + r, to_row);
#endif
  for (; c < columns; c++)
    for (s64 r = 0; r < rows; r++) to[c * to_row + r] = from[r * from_row + c];
}
