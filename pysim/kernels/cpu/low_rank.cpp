// Low-rank products: acc[n] = sum over planes p of 2^shift[p] * sum_k left[p][x[k]] * right[p][w[n][k]].
//
// Weights are expanded and packed once (pack.cpp). Activations are expanded a strip of output rows at a time into a buffer of
// bytes [plane][row][column][channel], padding included, which stays in cache; the inner loop then walks it in place, so no
// im2col matrix is written. A segment is a run of bytes that is contiguous both there and in the packed weights: one kernel
// row of one plane, or one tap if the kernel is dilated.
#include "low_rank.h"
#include "transpose.h"

#include <vector>

namespace {

// Gathers the codes of one padded input row, [column][channel], for a group's channels; channels beyond keep what they hold.
void gather_row(const Geometry& g, const u8* x, s64 b, s64 y, s64 group, s64 columns, s64 padded, u8* row) {
  const s64 channels = g.group_channels();
  const s64 first = std::max<s64>(0, g.pad_left), last = std::min(columns, g.pad_left + g.width);
  if (y < 0 || y >= g.height) {
    std::memset(row, int(g.pad_code), columns * padded);
    return;
  }
  if (first > 0) std::memset(row, int(g.pad_code), first * padded);
  if (last < columns) std::memset(row + last * padded, int(g.pad_code), (columns - last) * padded);
  const u8* from = x + b * g.x_batch + y * g.x_row + group * channels * g.x_channel + (first - g.pad_left) * g.x_column;
  if (g.x_channel == 1 && padded == channels && g.x_column == channels) {
    std::memcpy(row + first * padded, from, (last - first) * channels);
  } else if (g.x_channel == 1) {
    for (s64 i = first; i < last; i++) std::memcpy(row + i * padded, from + (i - first) * g.x_column, channels);
  } else if (g.x_column == 1) {
    transpose(from, g.x_channel, channels, last - first, row + first * padded, padded);
  } else {
    for (s64 c = 0; c < channels; c++)
      for (s64 i = first; i < last; i++) row[i * padded + c] = from[(i - first) * g.x_column + c * g.x_channel];
  }
}

struct Strip {
  s64 rows, input_rows, columns, plane_bytes;
};

// The number of output rows that are done at a time: the expanded inputs stay within a part of the second-level cache.
Strip strip_of(const Geometry& g, s64 planes, s64 padded, s64 tasks_wanted) {
  const s64 columns = (g.out_w - 1) * g.stride_w + (g.kernel_w - 1) * g.dilation_w + 1;
  const s64 overlap = (g.kernel_h - 1) * g.dilation_h + 1, row_bytes = columns * padded * planes;
  s64 rows = std::max<s64>(1, ((384 << 10) / row_bytes - overlap) / g.stride_h + 1);
  rows = std::min(rows, std::max<s64>(ceil_div(g.batch * g.out_h, tasks_wanted), ceil_div(48, g.out_w)));
  rows = std::min(rows, g.out_h);
  const s64 input_rows = (rows - 1) * g.stride_h + overlap;
  return {rows, input_rows, columns, round_up(input_rows * columns * padded, 4)};
}

// Writes a tile of sums: shifted by what is left of the last plane's shift, plus the constant, and scaled if wanted.
void store(const LowRank& p, const s32* tile, s64 width, s64 to, s64 count, s64 output, s64 outputs) {
  const s64 shift = p.shifts[p.planes - 1];
  const s32* constant = p.constant + output;
  to += output * p.y_output;
  for (s64 i = 0; i < count; i++, to += p.y_pixel, tile += width) {
    if (p.scaled) {
      for (s64 n = 0; n < outputs; n++)
        p.scaled[to + n * p.y_output] = float(s32((u32(tile[n]) << shift) + u32(constant[n]))) * p.scale[output + n];
    } else {
      for (s64 n = 0; n < outputs; n++) p.sums[to + n * p.y_output] = s32((u32(tile[n]) << shift) + u32(constant[n]));
    }
  }
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int goldaxe_low_rank(const LowRank* problem) {
  const LowRank& p = *problem;
  const Geometry& g = p.geometry;
  const Panels panels = panels_of(g, p.planes);
  const Kernel kernel = kernel_for(p.isa, panels.vectors);
  const s64 threads = std::max<s64>(1, p.threads);
  const Strip strip = strip_of(g, p.planes, panels.channels, 4 * threads);
  const s64 strips = ceil_div(g.out_h, strip.rows);
  // Few rows: let threads share the outputs instead, each expanding the same activations.
  const s64 parts = std::min(panels.count, g.batch * strips * g.groups >= threads ? 1 : threads);
  const s64 tasks = g.batch * strips * g.groups * parts;
  std::vector<s64> offsets;
  for (s64 plane = 0; plane < p.planes; plane++)
    for (s64 ky = 0; ky < g.kernel_h; ky++)
      for (s64 kx = 0; kx < (panels.taps_joined ? 1 : g.kernel_w); kx++)
        offsets.push_back(plane * strip.plane_bytes + (ky * g.dilation_h * strip.columns + kx * g.dilation_w) * panels.channels);
  // Pointwise over whole rows that follow each other in memory.
  const bool joined = g.kernel_h * g.kernel_w == 1 && g.stride_h == 1 && g.stride_w == 1 && g.pad_top == 0 && g.pad_left == 0 &&
                      g.out_h == g.height && g.out_w == g.width && g.x_row == g.width * g.x_column;
  int failed = 0;
#pragma omp parallel num_threads(threads) reduction(| : failed)
  {
    Buffer expanded(p.planes * strip.plane_bytes), codes((joined ? strip.rows : 1) * strip.columns * panels.channels), tile(4 * MOST_ROWS * 16 * MOST_VECTORS);
    failed |= !expanded.data || !codes.data || !tile.data;
#pragma omp for schedule(dynamic)
    for (s64 task = 0; task < tasks; task++) {
      if (failed) continue;
      const s64 part = task % parts, group = task / parts % g.groups, place = task / parts / g.groups;
      const s64 b = place / strips, y0 = place % strips * strip.rows, rows = std::min(strip.rows, g.out_h - y0);
      if (joined) {  // all rows of the strip are one
        Geometry run = g;
        run.height = 1, run.width = rows * g.out_w;
        gather_row(run, p.x + y0 * g.x_row, b, 0, group, run.width, panels.channels, codes.data);
        for (s64 plane = 0; plane < p.planes; plane++)
          kernel.look_up(codes.data, run.width * panels.channels, p.left + 256 * plane, expanded.data + plane * strip.plane_bytes);
      }
      for (s64 r = 0; !joined && r < (rows - 1) * g.stride_h + (g.kernel_h - 1) * g.dilation_h + 1; r++) {
        gather_row(g, p.x, b, y0 * g.stride_h - g.pad_top + r, group, strip.columns, panels.channels, codes.data);
        const s64 bytes = strip.columns * panels.channels;
        for (s64 plane = 0; plane < p.planes; plane++)
          kernel.look_up(codes.data, bytes, p.left + 256 * plane, expanded.data + plane * strip.plane_bytes + r * bytes);
      }
      s32* sums = reinterpret_cast<s32*>(tile.data);
      const s64 width = 16 * panels.vectors, pixels = rows * g.out_w;
      for (s64 panel = part; panel < panels.count; panel += parts) {
        const s8* weights = p.packed + (group * panels.count + panel) * panels.bytes;
        const s64 output = panel * width, outputs = std::min(width, g.group_outputs() - output);
        for (s64 pixel = 0; pixel < pixels; pixel += kernel.rows) {
          const s64 count = std::min<s64>(kernel.rows, pixels - pixel);
          const u8* from[MOST_ROWS];
          for (s64 i = 0; i < kernel.rows; i++) {
            const s64 at = pixel + std::min(i, count - 1), oy = at / g.out_w, ox = at % g.out_w;
            from[i] = expanded.data + (oy * g.stride_h * strip.columns + ox * g.stride_w) * panels.channels;
          }
          kernel.multiply(from, offsets.data(), p.shifts, p.planes, panels.segments, panels.steps, weights, sums);
          store(p, sums, width, b * p.y_batch + (y0 * g.out_w + pixel) * p.y_pixel, count, group * g.group_outputs() + output, outputs);
        }
      }
    }
  }
  return failed ? -1 : 0;
}
