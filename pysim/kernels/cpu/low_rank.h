// Low-rank products: the problem as it is handed over, the layout of packed weights, and the inner kernels to choose from.
#pragma once
#include "common.h"

constexpr int MOST_VECTORS = 4;  // of 16 outputs each, side by side in one panel of packed weights
constexpr int MOST_ROWS = 16;    // pixels that an inner kernel does at a time

struct LowRank {
  Geometry geometry;
  s64 planes, threads, isa;
  const u8* x;          // code indices, unless the quantiser has real activations
  const u8* left;       // [planes][256]: activation factors, unsigned; their offsets are corrected through `constant`
  const s64* shifts;    // [planes], descending
  const s8* packed;     // weights, from goldaxe_pack
  const s32* constant;  // [outputs], added to the sums
  const float* scale;   // [outputs], or null
  s32* sums;            // y[b*y_batch + pixel*y_pixel + n*y_output], written unless `scaled` is given
  float* scaled;        // the sums times `scale`, or null
  s64 y_batch, y_pixel, y_output;
  Quantizer quantizer;
};

// Packed weights: [group][panel][plane][kernel row (and column, if dilated)][step][vector][16 outputs][4 bytes of k].
struct Panels {
  s64 channels;     // of one group, rounded up to 4 bytes
  s64 vectors;      // of 16 outputs in a panel
  s64 count;        // panels of a group
  s64 segments;     // of one plane
  s64 steps;        // of 4 bytes in a segment
  s64 bytes;        // of a panel
  bool taps_joined; // a kernel row is one segment
};

inline Panels panels_of(const Geometry& g, s64 planes) {
  Panels p;
  p.channels = round_up(g.group_channels(), 4);
  p.vectors = MOST_VECTORS;
  for (s64 v = MOST_VECTORS; v >= 1; v--)  // least padding; of equals, the widest
    if (round_up(g.group_outputs(), 16 * v) < round_up(g.group_outputs(), 16 * p.vectors)) p.vectors = v;
  p.count = ceil_div(g.group_outputs(), 16 * p.vectors);
  p.taps_joined = g.dilation_w == 1;
  p.segments = g.kernel_h * (p.taps_joined ? 1 : g.kernel_w);
  p.steps = p.channels * (p.taps_joined ? g.kernel_w : 1) / 4;
  p.bytes = planes * p.segments * p.steps * p.vectors * 64;
  return p;
}

// Where a full block of scaled results goes, outputs side by side.
struct Destination {
  float* y;
  s64 y_pixel, shift;
  const s32* constant;
  const float* scale;
  bool past_caches;
};

struct Kernel {
  s64 rows;  // pixels at a time
  // to[i] = table[from[i]]
  void (*look_up)(const u8* from, s64 bytes, const u8* table, u8* to);
  // sums[rows][16 * vectors] over all planes and segments; before a plane, sums are shifted left to its scale. Given a destination,
  // which only AVX-512 kernels take, it writes the results instead.
  void (*multiply)(const u8* const* from, const s64* offsets, const s64* shifts, s64 planes, s64 segments, s64 steps,
                   const s8* weights, s32* sums, const Destination* to);
  // Writes `count` pixels of sums[][width] from y[to] on, for `outputs` outputs from `output` on: shifted by what is left of the
  // last plane's shift, plus the constant, and scaled if wanted; past the caches, if `whole_lines` allows it.
  void (*store)(const LowRank& p, const s32* sums, s64 width, s64 to, s64 count, s64 output, s64 outputs, bool past_caches);
};

Kernel kernel_for(s64 isa, s64 vectors);

// Whether each vector of 16 results is a cache line of its own.
inline bool whole_lines(const LowRank& p) {
  const s64 base = p.scaled ? reinterpret_cast<s64>(p.scaled) : reinterpret_cast<s64>(p.sums);
  return p.y_output == 1 && base % 64 == 0 && p.y_batch % 16 == 0 && p.y_pixel % 16 == 0 && p.geometry.group_outputs() % 16 == 0;
}

// Fetches what is about to be written, y[to ... to+count-1]: a processor that waits for such lines waits with its next stores, too.
inline void prefetch_output(const LowRank& p, s64 to, s64 count) {
  const char* y = p.scaled ? reinterpret_cast<const char*>(p.scaled + to) : reinterpret_cast<const char*>(p.sums + to);
  for (s64 i = 0; i < 4 * count; i += 64) __builtin_prefetch(y + i, 1, 3);
}
