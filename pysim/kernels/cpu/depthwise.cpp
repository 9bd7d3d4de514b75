// Depthwise low-rank products: acc[n] = sum over planes p of 2^shift[p] * sum_k left[p][x[k]] * right[p][w[n][k]], k over the taps.
//
// A few channels of one image are done at a time, so that their codes, padded maps and expanded maps stay in cache.
#include "depthwise_windows.h"
#include "gather.h"

#include <vector>

namespace {

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

// Whether channels lie one behind the other, row by row.
bool compact(const Planar& x, const Geometry& g) { return x.column == 1 && x.row == g.width && x.channel == g.height * g.width; }

void copy_compact(const Planar& x, const Geometry& g, s64 count, u8* to) {
  for (s64 c = 0; c < count; c++)
    for (s64 y = 0; y < g.height; y++)
      for (s64 i = 0; i < g.width; i++) *to++ = x.codes[c * x.channel + y * x.row + i * x.column];
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int goldaxe_depthwise(const LowRank* problem) {
  const LowRank& p = *problem;
  const Geometry& g = p.geometry;
  const Map map(g);
  const std::shared_ptr<const Windows> windows = p.isa >= AVX512 ? Windows::of(g) : nullptr;
  const bool by_windows = windows && windows->vectors() > 0;
  const Kernel kernel = kernel_for(p.isa, 1);
  const s64 threads = std::max<s64>(1, p.threads), size = g.height * g.width, outputs = g.group_outputs();
  // Channels at a time, if their codes are quantised one by one: their factors stay in the first-level cache.
  const s64 most = g.x_channel == 1 ? 64 : std::clamp<s64>((6 << 10) / std::max<s64>(1, size), 1, 64);
  const s64 lot = std::clamp<s64>(g.batch * g.channels / (4 * threads), 1, most), lots = ceil_div(g.channels, lot);
  const s64 parts = g.batch * lots >= threads ? 1 : std::min(threads, outputs);  // few channels: threads share their outputs
  const s64 tasks = g.batch * lots * parts;
  const s64 step = by_windows ? size : map.bytes, plane_bytes = lot * step + 64;  // of a channel, and of all
  std::vector<u8> pads;
  for (s64 plane = 0; plane < p.planes; plane++) pads.push_back(p.left[256 * plane + g.pad_code]);
  int failed = 0;
#pragma omp parallel num_threads(threads) reduction(| : failed)
  {
    static thread_local Scratch kept[5];
    const s64 sums_bytes = std::max(4 * round_up(g.out_h * g.out_w, 16), by_windows ? 64 * p.planes * windows->steps : 0);
    const s64 bytes[5] = {lot * size, lot * size, plane_bytes, p.planes * plane_bytes, sums_bytes};
    for (int i = 0; i < 5; i++) {
      kept[i].reserve(bytes[i]);
      if (!kept[i].data) failed |= NO_MEMORY;
    }
    u8 *room = kept[0].data, *planar = kept[1].data, *gathered = kept[2].data, *expanded = kept[3].data;
    s32* sums = reinterpret_cast<s32*>(kept[4].data);
#pragma omp for schedule(dynamic, std::max<s64>(1, tasks / (8 * threads)))
    for (s64 task = 0; task < tasks; task++) {
      if (failed) continue;
      const s64 part = task % parts, b = task / parts / lots, first = task / parts % lots * lot, count = std::min(lot, g.channels - first);
      const Planar x = planar_of(p, b, first, count, room, planar);
      if (!x.finite) failed |= NOT_FINITE;
      const u8* codes = gathered;
      // Each step reads what the one before wrote: one channel after another, that would still be on its way to memory.
      if (!by_windows) {
        for (s64 c = 0; c < count; c++) fill_map(g, map, x.codes + c * x.channel, x.row, x.column, gathered + c * step);
      } else if (compact(x, g)) {
        codes = x.codes;
      } else {
        copy_compact(x, g, count, gathered);
      }
      for (s64 plane = 0; plane < p.planes; plane++) kernel.look_up(codes, count * step, p.left + 256 * plane, expanded + plane * plane_bytes);
      if (p.quantizer.real && g.x_channel != 1) {  // meanwhile fetch what the next lot will read
        const s64 next = (task + 1) / parts, at = next / lots * g.x_batch + next % lots * lot * g.x_channel;
        for (s64 c = 0; c < count; c++) {
          const char* line = reinterpret_cast<const char*>(p.quantizer.real + at + c * g.x_channel);
          for (s64 i = 0; i < 4 * size; i += 64) __builtin_prefetch(line + i, 0, 2);
        }
      }
      const s64 all = count * outputs, from = first * outputs + all * part / parts, to = first * outputs + all * (part + 1) / parts;
      const Factors factors{expanded, plane_bytes, step, pads.data()};
      if (by_windows) sum_windows(p, *windows, factors, b, from, to, sums);
      else sum_maps(p, map, factors, b, from, to, sums);
    }
  }
  return failed;
}
