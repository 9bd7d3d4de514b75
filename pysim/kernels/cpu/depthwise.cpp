// Depthwise low-rank products: acc[n] = sum over planes p of 2^shift[p] * sum_k left[p][x[k]] * right[p][w[n][k]], k over the taps.
//
// A few channels of one image are done at a time, so that their codes, padded maps and expanded maps stay in cache.
#include "depthwise.h"
#include "gather.h"

#include <vector>

namespace {

// Where each vector's outputs find their taps; empty if those of some vector spread over more than 64 bytes.
std::vector<Vector> vectors_of(const Geometry& g, const Map& map) {
  std::vector<Vector> vectors(map.vectors);
  const s64 outputs = g.out_h * g.out_w, taps = std::min<s64>(4, g.kernel_w);
  for (s64 v = 0; v < map.vectors; v++) {
    vectors[v].start = map.start(g, 16 * v);
    for (s64 i = 0; i < 64; i++) {
      const s64 output = std::min(16 * v + i / 4, outputs - 1), tap = std::min(i % 4, taps - 1);
      const s64 at = map.start(g, output) - vectors[v].start + tap * g.dilation_w;
      if (at > 63) return {};
      vectors[v].index[i] = u8(at);
    }
  }
  return vectors;
}

// Some channels' codes with columns or rows next to each other, channel after channel: where they lie, or brought into `planar`.
struct Planar {
  const u8* codes;
  s64 channel, row, column;
  bool finite;
};

Planar planar_of(const LowRank& p, s64 b, s64 first, s64 count, u8* room, u8* planar) {
  Geometry g = p.geometry;
  g.channels = count, g.groups = 1;
  Quantizer q = p.quantizer;
  if (q.real) q.real += first * g.x_channel;
  const Rows rows = rows_of(g, p.x + (q.real ? 0 : first * g.x_channel), q, b, 0, g.height, 0, room);
  const Geometry& at = rows.geometry;
  if (at.x_channel != 1 || count == 1) return {rows.codes, at.x_channel, at.x_row, at.x_column, rows.finite};
  const s64 size = g.height * g.width;
  if (at.x_row == g.width * at.x_column) {
    transpose(rows.codes, at.x_column, size, count, planar, size);
  } else {
    for (s64 y = 0; y < g.height; y++) transpose(rows.codes + y * at.x_row, at.x_column, g.width, count, planar + y * g.width, size);
  }
  return {planar, size, g.width, 1, rows.finite};
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int goldaxe_depthwise(const LowRank* problem) {
  const LowRank& p = *problem;
  const Geometry& g = p.geometry;
  const Map map(g);
  const std::vector<Vector> vectors = vectors_of(g, map);
  const DepthwiseKernel multiply = depthwise_kernel_for(p.isa, !vectors.empty());
  const Kernel kernel = kernel_for(p.isa, 1);
  const MapFill fill_map = map_fill_for(p.isa, map);
  std::vector<s64> offsets;
  for (s64 ky = 0; ky < g.kernel_h; ky++)
    for (s64 step = 0; step < map.steps; step++) offsets.push_back(map.kernel_row(g, ky) + step * map.step_columns);
  const s64 threads = std::max<s64>(1, p.threads), size = g.height * g.width, outputs = g.group_outputs();
  const s64 lot = std::clamp<s64>(g.batch * g.channels / (4 * threads), 1, g.x_channel == 1 ? 64 : 8), lots = ceil_div(g.channels, lot);
  const s64 parts = g.batch * lots >= threads ? 1 : std::min(threads, outputs);  // few channels: threads share their outputs
  const s64 weights = p.planes * 4 * g.kernel_h * map.steps, tasks = g.batch * lots * parts;
  int failed = 0;
#pragma omp parallel num_threads(threads) reduction(| : failed)
  {
    static thread_local Scratch kept[5];
    const s64 bytes[5] = {lot * size, lot * size, lot * map.bytes, lot * p.planes * map.bytes + 64, 64 * map.vectors};
    for (int i = 0; i < 5; i++) {
      kept[i].reserve(bytes[i]);
      if (!kept[i].data) failed |= NO_MEMORY;
    }
    u8 *room = kept[0].data, *planar = kept[1].data, *codes = kept[2].data, *expanded = kept[3].data;
    s32* sums = reinterpret_cast<s32*>(kept[4].data);
#pragma omp for schedule(dynamic, std::max<s64>(1, tasks / (8 * threads)))
    for (s64 task = 0; task < tasks; task++) {
      if (failed) continue;
      const s64 part = task % parts, b = task / parts / lots, first = task / parts % lots * lot, count = std::min(lot, g.channels - first);
      const Planar x = planar_of(p, b, first, count, room, planar);
      if (!x.finite) failed |= NOT_FINITE;
      // Each of the three steps reads what the one before wrote: one channel after another, that would still be on its way to memory.
      for (s64 c = 0; c < count; c++) fill_map(g, map, x.codes + c * x.channel, x.row, x.column, codes + c * map.bytes);
      for (s64 plane = 0; plane < p.planes; plane++)
        for (s64 c = 0; c < count; c++)
          kernel.look_up(codes + c * map.bytes, map.bytes, p.left + 256 * plane, expanded + (c * p.planes + plane) * map.bytes);
      for (s64 c = 0; c < count; c++) {
        if (p.quantizer.real && g.x_channel != 1) {  // meanwhile fetch what the next lot will read
          const s64 next = (task + 1) / parts, at = next / lots * g.x_batch + (next % lots * lot + c) * g.x_channel;
          const char* line = reinterpret_cast<const char*>(p.quantizer.real + at);
          for (s64 i = 0; i < 4 * size; i += 64) __builtin_prefetch(line + i, 0, 2);
        }
        for (s64 n = part; n < outputs; n += parts) {
          const s64 output = (first + c) * outputs + n;
          prefetch_output(p, b * p.y_batch + (output + 1) * p.y_output, g.out_h * g.out_w);  // of the next, while this one is computed
          multiply(p, map, vectors.data(), offsets.data(), expanded + c * p.planes * map.bytes, p.packed + output * weights, sums);
          store_output(p, sums, g.out_h * g.out_w, b * p.y_batch, output);
        }
      }
    }
  }
  return failed;
}
