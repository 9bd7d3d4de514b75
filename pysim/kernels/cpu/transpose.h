// Transposing bytes, between layouts with channels first and last.
#pragma once
#include "common.h"

#ifdef __SSE2__
#include <emmintrin.h>

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
#endif

// to[c * to_row + r] = from[r * from_row + c] for r < rows and c < columns, 16 x 16 bytes at a time.
inline void transpose(const u8* from, s64 from_row, s64 rows, s64 columns, u8* to, s64 to_row) {
  s64 c = 0;
#ifdef __SSE2__
  for (; c + 16 <= columns; c += 16)
    for (s64 r = 0; r < rows; r += 16) {
      const s64 count = std::min<s64>(16, rows - r);
      __m128i a[16], b[16];
      for (s64 j = 0; j < 16; j++)
        a[j] = j < count ? _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + (r + j) * from_row + c)) : _mm_setzero_si128();
      // Four rounds of interleaving row j with row j + 8 transpose the block.
      for (int round = 0; round < 4; round++) {
        for (int j = 0; j < 8; j++) {
          b[2 * j] = _mm_unpacklo_epi8(a[j], a[j + 8]);
          b[2 * j + 1] = _mm_unpackhi_epi8(a[j], a[j + 8]);
        }
        std::memcpy(a, b, sizeof a);
      }
      for (s64 j = 0; j < 16; j++) store_bytes(to + (c + j) * to_row + r, a[j], count);
    }
#endif
  for (; c < columns; c++)
    for (s64 r = 0; r < rows; r++) to[c * to_row + r] = from[r * from_row + c];
}
