// Low-rank products: acc[n] = sum over planes p of 2^shift[p] * sum_k left[p][x[k]] * right[p][w[n][k]].
//
// Weights are expanded and packed once (pack.cpp). Activations are expanded a strip of output rows at a time into a buffer of
// bytes [plane][row][column][channel], padding included, which stays in cache; the inner loop then walks it in place, so no
// im2col matrix is written. A segment is a run of bytes that is contiguous both there and in the packed weights: one kernel
// row of one plane, or one tap if the kernel is dilated.
#include <immintrin.h>

#include "gather.h"
#include "low_rank.h"

#include <vector>

namespace {

struct Strip {
  s64 rows, input_rows, columns, plane_bytes;
};

// The number of output rows that are done at a time: the expanded inputs stay within a part of the second-level cache, and there
// are as many strips as wanted, of equal size, unless they get short.
Strip strip_of(const Geometry& g, s64 planes, s64 padded, s64 strips_wanted) {
  const s64 columns = (g.out_w - 1) * g.stride_w + (g.kernel_w - 1) * g.dilation_w + 1;
  const s64 overlap = (g.kernel_h - 1) * g.dilation_h + 1, row_bytes = columns * padded * planes;
  s64 rows = std::max<s64>(1, ((384 << 10) / row_bytes - overlap) / g.stride_h + 1);
  rows = std::min(rows, std::max<s64>(ceil_div(g.batch * g.out_h, strips_wanted), ceil_div(48, g.out_w)));
  rows = ceil_div(g.out_h, ceil_div(g.out_h, rows));
  const s64 input_rows = (rows - 1) * g.stride_h + overlap;
  return {rows, input_rows, columns, round_up(input_rows * columns * padded, 4)};
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int goldaxe_low_rank(const LowRank* problem) {
  const LowRank& p = *problem;
  const Geometry& g = p.geometry;
  const Panels panels = panels_of(g, p.planes);
  const Kernel kernel = kernel_for(p.isa, panels.vectors);
  const s64 threads = std::max<s64>(1, p.threads);
  // Few pixels, as of a recurrent step: threads share the outputs instead, each expanding the same activations, and keep their
  // weights in their caches from step to step.
  const bool few = g.batch == 1 && g.groups == 1 && g.out_h * g.out_w <= 64 * threads && panels.count >= 2 * threads;
  const Strip strip = strip_of(g, p.planes, panels.channels, few ? 1 : 8 * threads);
  const s64 strips = ceil_div(g.out_h, strip.rows);
  const s64 parts = std::min(panels.count, few || g.batch * strips * g.groups < threads ? threads : 1);
  const s64 tasks = g.batch * strips * g.groups * parts;
  std::vector<s64> offsets;
  for (s64 plane = 0; plane < p.planes; plane++)
    for (s64 ky = 0; ky < g.kernel_h; ky++)
      for (s64 kx = 0; kx < (panels.taps_joined ? 1 : g.kernel_w); kx++)
        offsets.push_back(plane * strip.plane_bytes + (ky * g.dilation_h * strip.columns + kx * g.dilation_w) * panels.channels);
  std::vector<s64> starts;  // of each pixel's window in the expanded strip
  for (s64 y = 0; y < strip.rows; y++)
    for (s64 x = 0; x < g.out_w; x++) starts.push_back((y * g.stride_h * strip.columns + x * g.stride_w) * panels.channels);
  // Pointwise over whole rows that follow each other in memory.
  const bool joined = g.kernel_h * g.kernel_w == 1 && g.stride_h == 1 && g.stride_w == 1 && g.pad_top == 0 && g.pad_left == 0 &&
                      g.out_h == g.height && g.out_w == g.width && g.x_row == g.width * g.x_column;
  // An exact multiplier's only factor is the code's index itself.
  bool identity = p.planes == 1;
  for (s64 i = 0; i < 256 && identity; i++) identity = p.left[i] == i;
  // Rows that are quantised at a time: long runs of neighbours, little memory.
  const s64 batch_rows = joined ? strip.rows : std::clamp<s64>((64 << 10) / std::max<s64>(1, g.width * g.group_channels()), 1, strip.input_rows);
  // What no cache would hold until somebody reads it is written past them, which saves fetching it before.
  const bool past_caches = p.isa >= AVX512 && whole_lines(p) && 4 * g.batch * g.out_h * g.out_w * g.outputs >= 4 << 20;
  int failed = 0;
#pragma omp parallel num_threads(threads) reduction(| : failed)
  {
    // Memory is kept for the next call: fresh pages cost more than what is written to them.
    static thread_local Scratch kept[3];
    Scratch &expanded = kept[0], &codes = kept[1], &room = kept[2];
    expanded.reserve(p.planes * strip.plane_bytes);
    codes.reserve((joined ? strip.rows : 1) * strip.columns * panels.channels);
    room.reserve(p.quantizer.real ? batch_rows * g.width * g.group_channels() : 1);
    const auto expand = [&](const u8* from, s64 bytes, s64 at) {
      if (identity) return;  // `from` is that place already
      for (s64 plane = 0; plane < p.planes; plane++)
        kernel.look_up(from, bytes, p.left + 256 * plane, expanded.data + plane * strip.plane_bytes + at);
    };
    alignas(64) s32 sums[MOST_ROWS * 16 * MOST_VECTORS];
    if (!expanded.data || !codes.data || !room.data) failed |= NO_MEMORY;
#pragma omp for schedule(dynamic)
    for (s64 task = 0; task < tasks; task++) {
      if (failed) continue;
      const s64 part = task % parts, group = task / parts % g.groups, place = task / parts / g.groups;
      const s64 b = place / strips, y0 = place % strips * strip.rows, rows = std::min(strip.rows, g.out_h - y0);
      const s64 top = y0 * g.stride_h - g.pad_top, input_rows = (rows - 1) * g.stride_h + (g.kernel_h - 1) * g.dilation_h + 1;
      for (s64 r = 0; r < input_rows; r += batch_rows) {
        const s64 end = std::min(input_rows, r + batch_rows), first = std::clamp<s64>(top + r, 0, g.height);
        Rows batch = rows_of(g, p.x, p.quantizer, b, first, std::clamp<s64>(top + end, first, g.height), group, room.data);
        if (!batch.finite) failed |= NOT_FINITE;
        if (joined) {  // all rows are one
          batch.geometry.width *= batch.geometry.height, batch.geometry.height = 1;
          u8* gathered = identity ? expanded.data : codes.data;
          gather_row(batch, 0, batch.geometry.width, panels.channels, gathered);
          expand(gathered, batch.geometry.width * panels.channels, 0);
          break;
        }
        for (s64 row = r; row < end; row++) {
          const s64 bytes = strip.columns * panels.channels;
          u8* gathered = identity ? expanded.data + row * bytes : codes.data;
          gather_row(batch, top + row - first, strip.columns, panels.channels, gathered);
          expand(gathered, bytes, row * bytes);
        }
      }
      const s64 width = 16 * panels.vectors, pixels = rows * g.out_w;
      for (s64 panel = part; panel < panels.count; panel += parts) {
        const s8* weights = p.packed + (group * panels.count + panel) * panels.bytes;
        const s64 outputs = std::min(width, g.group_outputs() - panel * width), first = group * g.group_outputs() + panel * width;
        for (s64 pixel = 0; pixel < pixels; pixel += kernel.rows) {
          const s64 count = std::min<s64>(kernel.rows, pixels - pixel);
          const u8* from[MOST_ROWS];
          const s64 to = b * p.y_batch + (y0 * g.out_w + pixel) * p.y_pixel;
          for (s64 i = 0; i < count && p.y_output == 1 && !past_caches; i++) prefetch_output(p, to + i * p.y_pixel + first, outputs);
          for (s64 i = 0; i < kernel.rows; i++) {
            from[i] = expanded.data + starts[pixel + std::min(i, count - 1)];
          }
          const bool at_once = p.isa >= AVX512 && p.scaled && p.y_output == 1 && count == kernel.rows && outputs == width;
          Destination at;
          if (at_once) at = {p.scaled + to + first, p.y_pixel, p.shifts[p.planes - 1], p.constant + first, p.scale + first, past_caches};
          kernel.multiply(from, offsets.data(), p.shifts, p.planes, panels.segments, panels.steps, weights, sums, at_once ? &at : nullptr);
          if (!at_once) kernel.store(p, sums, width, to, count, first, outputs, past_caches);
        }
      }
    }
    if (past_caches) _mm_sfence();  // before another thread reads it
  }
  return failed;
}
