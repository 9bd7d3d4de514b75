// Depthwise low-rank products from padded maps, in plain C++ that compilers vectorise.
#include "depthwise.h"

void fill_map(const Geometry& g, const Map& map, const u8* codes, s64 row, s64 column, u8* to) {
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

namespace {

FOR_EACH_ISA(void, add_row, (const u8* from, s64 step, s64 count, s32 weight, u32* sums), (from, step, count, weight, sums)) {
  if (step == 1) {
    for (s64 i = 0; i < count; i++) sums[i] += u32(s32(from[i]) * weight);
  } else {
    for (s64 i = 0; i < count; i++) sums[i] += u32(s32(from[i * step]) * weight);
  }
}

FOR_EACH_ISA(void, write_output, (const LowRank& p, const s32* sums, s64 pixels, s64 to, s64 output), (p, sums, pixels, to, output)) {
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

}  // namespace

void store_output(const LowRank& p, const s32* sums, s64 pixels, s64 to, s64 output) { write_output(p, sums, pixels, to, output); }

void sum_maps(const LowRank& p, const Map& map, const Factors& x, s64 b, s64 first, s64 last, s32* room) {
  const Geometry& g = p.geometry;
  const s64 pixels = g.out_h * g.out_w, columns = round_up(g.kernel_w, 4);
  u32* acc = reinterpret_cast<u32*>(room);
  const u8* channel = x.codes;
  for (s64 n = first; n < last; n++) {
    const s8* weights = p.packed + n * p.planes * g.kernel_h * columns;
    std::memset(acc, 0, 4 * pixels);
    for (s64 plane = 0; plane < p.planes; plane++) {
      const u8* codes = channel + plane * x.plane_bytes;
      for (s64 i = 0; plane && i < pixels; i++) acc[i] <<= p.shifts[plane - 1] - p.shifts[plane];
      for (s64 ky = 0; ky < g.kernel_h; ky++, weights += columns)
        for (s64 kx = 0; kx < g.kernel_w; kx++)
          for (s64 y = 0; y < g.out_h; y++)
            add_row(codes + map.kernel_row(g, ky) + y * map.columns + kx * g.dilation_w, g.stride_w, g.out_w, weights[kx], acc + y * g.out_w);
    }
    store_output(p, room, pixels, b * p.y_batch, n);
    if ((n + 1) % g.group_outputs() == 0) channel += x.channel_bytes;
  }
}
