// The inner kernels of depthwise low-rank products: AVX-512 VNNI, and plain C++ that compilers vectorise.
#include <immintrin.h>

#include "depthwise.h"

#define AVX512_CODE __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,avx512vbmi")))

namespace {

void fill_portable(const Geometry& g, const Map& map, const u8* codes, s64 row, s64 column, u8* to) {
  const s64 first = std::min(map.columns, std::max<s64>(0, g.pad_left));
  const s64 last = std::max(first, std::min(map.columns, g.pad_left + g.width));
  for (s64 phase = 0; phase < map.phases; phase++)
    for (s64 r = 0; r < map.rows; r++, to += map.columns) {
      const s64 y = r * g.stride_h + phase - g.pad_top;
      std::memset(to, int(g.pad_code), map.columns);
      if (y < 0 || y >= g.height) continue;
      for (s64 x = first; x < last; x++) to[x] = codes[y * row + (x - g.pad_left) * column];
    }
}

// Rows of up to 64 bytes, each written with what the next one will overwrite; a map ends in that much spare room.
AVX512_CODE void fill_avx512(const Geometry& g, const Map& map, const u8* codes, s64 row, s64 column, u8* to) {
  if (column != 1) return fill_portable(g, map, codes, row, column, to);
  const s64 first = std::min(map.columns, std::max<s64>(0, g.pad_left));
  const s64 last = std::max(first, std::min(map.columns, g.pad_left + g.width));
  const __mmask64 inside = (last ? ~0ull >> (64 - last) : 0) & (first < 64 ? ~0ull << first : 0);
  const __m512i pad = _mm512_set1_epi8(char(g.pad_code));
  for (s64 phase = 0; phase < map.phases; phase++) {
    s64 y = phase - g.pad_top;
    for (s64 r = 0; r < map.rows; r++, y += g.stride_h, to += map.columns) {
      const bool padding = y < 0 || y >= g.height;
      _mm512_storeu_si512(to, padding ? pad : _mm512_mask_loadu_epi8(pad, inside, codes + y * row - g.pad_left));
    }
  }
}

__attribute__((target_clones("avx512f", "avx2", "default"))) void add_row(const u8* from, s64 step, s64 count, s32 weight, u32* sums) {
  if (step == 1) {
    for (s64 i = 0; i < count; i++) sums[i] += u32(s32(from[i]) * weight);
  } else {
    for (s64 i = 0; i < count; i++) sums[i] += u32(s32(from[i * step]) * weight);
  }
}

void sum_portable(const LowRank& p, const Map& map, const Vector*, const s64* offsets, const u8* maps, const s8* weights, s32* sums) {
  const Geometry& g = p.geometry;
  u32* acc = reinterpret_cast<u32*>(sums);
  std::memset(acc, 0, 64 * map.vectors);
  for (s64 plane = 0; plane < p.planes; plane++, maps += map.bytes) {
    for (s64 i = 0; plane && i < 16 * map.vectors; i++) acc[i] <<= p.shifts[plane - 1] - p.shifts[plane];
    for (s64 ky = 0; ky < g.kernel_h; ky++, weights += 4 * map.steps)
      for (s64 kx = 0; kx < g.kernel_w; kx++)
        for (s64 y = 0; y < g.out_h; y++)
          add_row(maps + offsets[ky * map.steps] + y * map.columns + kx * g.dilation_w, g.stride_w, g.out_w, weights[kx], acc + y * g.out_w);
  }
}

template <int BLOCK>
AVX512_CODE inline void sum_block(const LowRank& p, const Map& map, const Vector* vectors, const s64* offsets, s64 steps, const u8* maps,
                                  const s8* weights, s32* sums) {
  __m512i acc[BLOCK], index[BLOCK];
  const u8* from[BLOCK];
  for (int v = 0; v < BLOCK; v++) {
    acc[v] = _mm512_setzero_si512();
    index[v] = _mm512_loadu_si512(vectors[v].index);
    from[v] = maps + vectors[v].start;
  }
  for (s64 plane = 0; plane < p.planes; plane++) {
    if (plane && p.shifts[plane - 1] != p.shifts[plane])
      for (auto& sum : acc) sum = _mm512_sll_epi32(sum, _mm_cvtsi64_si128(p.shifts[plane - 1] - p.shifts[plane]));
    for (s64 step = 0; step < steps; step++, weights += 4) {
      s32 four;
      std::memcpy(&four, weights, 4);
      const __m512i weight = _mm512_set1_epi32(four);
      for (int v = 0; v < BLOCK; v++) {
        const __m512i taps = _mm512_permutexvar_epi8(index[v], _mm512_loadu_si512(from[v] + offsets[step] + plane * map.bytes));
        acc[v] = _mm512_dpbusd_epi32(acc[v], taps, weight);
      }
    }
  }
  for (int v = 0; v < BLOCK; v++) _mm512_store_si512(sums + 16 * v, acc[v]);
}

AVX512_CODE void sum_avx512(const LowRank& p, const Map& map, const Vector* vectors, const s64* offsets, const u8* maps,
                            const s8* weights, s32* sums) {
  const s64 steps = p.geometry.kernel_h * map.steps;
  s64 v = 0;
  for (; v + MOST_BLOCK <= map.vectors; v += MOST_BLOCK) sum_block<MOST_BLOCK>(p, map, vectors + v, offsets, steps, maps, weights, sums + 16 * v);
  for (; v < map.vectors; v++) sum_block<1>(p, map, vectors + v, offsets, steps, maps, weights, sums + 16 * v);
}

}  // namespace

DepthwiseKernel depthwise_kernel_for(s64 isa, bool vectors) { return isa >= AVX512 && vectors ? sum_avx512 : sum_portable; }

__attribute__((target_clones("avx512f", "avx2", "default"))) void store_output(const LowRank& p, const s32* sums, s64 pixels, s64 to,
                                                                               s64 output) {
  const s64 shift = p.shifts[p.planes - 1], step = p.y_pixel;
  const u32 constant = u32(p.constant[output]);
  const float scale = p.scaled ? p.scale[output] : 0;
  to += output * p.y_output;
  if (!p.scaled) {
    for (s64 i = 0; i < pixels; i++) p.sums[to + i * step] = s32((u32(sums[i]) << shift) + constant);
  } else if (step == 1) {
    for (s64 i = 0; i < pixels; i++) p.scaled[to + i] = float(s32((u32(sums[i]) << shift) + constant)) * scale;
  } else {
    for (s64 i = 0; i < pixels; i++) p.scaled[to + i * step] = float(s32((u32(sums[i]) << shift) + constant)) * scale;
  }
}

MapFill map_fill_for(s64 isa, const Map& map) { return isa >= AVX512 && map.columns <= 64 ? fill_avx512 : fill_portable; }
