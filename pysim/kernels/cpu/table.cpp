// Table products: acc[n] = sum over k of table[x[k]][w[n][k]], by look-ups. Depthwise convolutions are the case of one channel
// and one output in a group.
//
// Activations are copied once into maps [channel][phase][batch][row][column] that hold the padding, so that a tap of the kernel is a
// constant offset between an output's position and its input's, and 256 neighbouring positions are looked up in the same table
// column. With a stride, rows and columns are dealt out to as many phases. Positions at the right and lower edge that belong to no
// output are computed and dropped.
#include "table.h"
#include "transpose.h"

#include <vector>

namespace {

constexpr s64 TILE = 64;  // channels or rows that are copied together, since they share cache lines

struct Maps {
  s64 rows, columns;      // of one image's grid of positions
  s64 phases_h, phases_w;
  s64 image, phase, channel;  // sizes in bytes

  explicit Maps(const Geometry& g) {
    rows = g.out_h + (g.kernel_h - 1) * g.dilation_h / g.stride_h;
    columns = g.out_w + (g.kernel_w - 1) * g.dilation_w / g.stride_w;
    phases_h = std::min(g.stride_h, (g.kernel_h - 1) * g.dilation_h + 1);
    phases_w = std::min(g.stride_w, (g.kernel_w - 1) * g.dilation_w + 1);
    image = rows * columns;
    phase = g.batch * image;
    channel = (ceil_div(phases_h * phases_w * phase, 64) | 1) * 64;  // an odd number of lines: channels do not meet in a cache's sets
  }
};

// Copies one channel block of one image's row into its maps, padding included.
void fill_row(const Geometry& g, const Maps& m, const u8* x, s64 first, s64 last, s64 b, s64 py, s64 row, RowCopy copy_row,
              u8* maps) {
  const s64 y = row * g.stride_h + py - g.pad_top;
  for (s64 px = 0; px < m.phases_w; px++) {
    const s64 at = (py * m.phases_w + px) * m.phase + b * m.image + row * m.columns;
    // Columns whose input lies inside the image.
    const s64 begin = std::min(m.columns, std::max<s64>(0, ceil_div(g.pad_left - px, g.stride_w)));
    const s64 end = std::max(begin, std::min(m.columns, ceil_div(g.width + g.pad_left - px, g.stride_w)));
    const s64 step = g.stride_w * g.x_column;
    if (g.x_channel == 1 && step != 1 && y >= 0 && y < g.height) {  // channels last
      for (s64 c = first; c < last; c++) {
        u8* to = maps + c * m.channel + at;
        for (s64 i = 0; i < begin; i++) to[i] = u8(g.pad_code);
        for (s64 i = end; i < m.columns; i++) to[i] = u8(g.pad_code);
      }
      const u8* from = x + b * g.x_batch + y * g.x_row + first + (px - g.pad_left) * g.x_column + begin * step;
      transpose(from, step, end - begin, last - first, maps + first * m.channel + at + begin, m.channel);
      continue;
    }
    for (s64 c = first; c < last; c++) {
      u8* to = maps + c * m.channel + at;
      if (y < 0 || y >= g.height) {
        std::memset(to, int(g.pad_code), m.columns);
        continue;
      }
      const u8* from = x + b * g.x_batch + y * g.x_row + c * g.x_channel + (px - g.pad_left) * g.x_column;
      if (step == 1) {
        copy_row(from, begin, end, m.columns, u8(g.pad_code), to);
      } else {
        std::memset(to, int(g.pad_code), m.columns);
        for (s64 i = begin; i < end; i++) to[i] = from[i * step];
      }
    }
  }
}

// Rows of a linear layer: in the maps, neighbouring positions of one channel lie together.
void fill_rows(const Geometry& g, const Maps& m, const u8* x, s64 first_row, s64 last_row, u8* maps) {
  if (g.x_channel == 1) {
    transpose(x + first_row * g.x_row, g.x_row, last_row - first_row, g.channels, maps + first_row, m.channel);
    return;
  }
  for (s64 c = 0; c < g.channels; c++) {
    const u8* from = x + c * g.x_channel;
    u8* to = maps + c * m.channel;
    if (g.x_row == 1) std::memcpy(to + first_row, from + first_row, last_row - first_row);
    else
      for (s64 r = first_row; r < last_row; r++) to[r] = from[r * g.x_row];
  }
}

// Writes sums[count][block] of the positions from `position` on to the outputs from `output` on.
void store(const Table& t, const Maps& m, const u32* sums, s64 block, s64 position, s64 output, s64 count) {
  const Geometry& g = t.geometry;
  const s64 limit = std::min(block, m.phase - position);
  for (s64 i = 0; i < limit;) {
    const s64 at = position + i, b = at / m.image, oy = at % m.image / m.columns, ox = at % m.columns;
    const s64 run = std::min(m.columns - ox, limit - i), valid = oy < g.out_h ? std::min(run, g.out_w - ox) : 0;
    const s64 to = b * t.y_batch + (oy * g.out_w + ox) * t.y_pixel + output * t.y_output;
    for (s64 n = 0; n < count; n++) {
      const u32* from = sums + n * block + i;
      const u32 constant = u32(t.constant[output + n]);
      const float scale = t.scaled ? t.scale[output + n] : 0;
      const s64 at = to + n * t.y_output;
      if (t.scaled && t.y_pixel == 1) {
        for (s64 j = 0; j < valid; j++) t.scaled[at + j] = float(s32(from[j] + constant)) * scale;
      } else if (t.scaled) {
        for (s64 j = 0; j < valid; j++) t.scaled[at + j * t.y_pixel] = float(s32(from[j] + constant)) * scale;
      } else {
        for (s64 j = 0; j < valid; j++) t.sums[at + j * t.y_pixel] = s32(from[j] + constant);
      }
    }
    i += run;
  }
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int goldaxe_table(const Table* problem) {
  const Table& t = *problem;
  const Geometry& g = t.geometry;
  const Maps m(g);
  const s64 block = std::min<s64>(BLOCK, round_up(m.phase, 64));  // few rows, as of a recurrent step, need no more
  const TableKernel kernel = table_kernel_for(t, block);
  const RowCopy copy_row = row_copy_for(t);
  const s64 threads = std::max<s64>(1, t.threads), channels = g.group_channels(), outputs = g.group_outputs();
  const s64 inner = channels * g.kernel_h * g.kernel_w, blocks = ceil_div(m.phase, block), chunks = ceil_div(outputs, CHUNK);
  // The kernel reads whole blocks, beyond the last position too. Memory is kept for the next call: fresh pages cost more than maps.
  static thread_local Scratch kept;
  Scratch& maps = kept;
  maps.reserve(g.channels * m.channel + BLOCK + m.image);
  if (!maps.data) return NO_MEMORY;
  std::vector<s64> offsets;
  for (s64 c = 0; c < channels; c++)
    for (s64 ky = 0; ky < g.kernel_h; ky++)
      for (s64 kx = 0; kx < g.kernel_w; kx++) {
        const s64 y = ky * g.dilation_h, x = kx * g.dilation_w;
        const s64 phase = y % g.stride_h * m.phases_w + x % g.stride_w;
        offsets.push_back(c * m.channel + phase * m.phase + y / g.stride_h * m.columns + x / g.stride_w);
      }
  const s64 parts = std::min(chunks, g.groups * blocks >= 4 * threads ? 1 : threads);
  int failed = 0;
#pragma omp parallel num_threads(threads) reduction(| : failed)
  {
    const bool linear = g.batch == 1 && g.width == 1 && m.columns == 1 && m.rows == g.height && g.kernel_h * g.kernel_w == 1 &&
                        g.stride_h == 1 && g.pad_top == 0 && g.pad_left == 0;
    const s64 rows = linear ? ceil_div(m.rows, TILE) : g.batch * m.phases_h * m.rows;
#pragma omp for schedule(static)
    for (s64 task = 0; task < rows; task++) {
      if (linear) {
        fill_rows(g, m, t.x, task * TILE, std::min(m.rows, (task + 1) * TILE), maps.data);
        continue;
      }
      const s64 row = task % m.rows, py = task / m.rows % m.phases_h, b = task / m.rows / m.phases_h;
      for (s64 first = 0; first < g.channels; first += TILE)
        fill_row(g, m, t.x, first, std::min(g.channels, first + TILE), b, py, row, copy_row, maps.data);
    }
    const Buffer buffer(4 * BLOCK * CHUNK);
    u32* sums = reinterpret_cast<u32*>(buffer.data);
    if (!sums) failed |= NO_MEMORY;
    const s64 tasks = g.groups * blocks * parts;  // handed out in lots: asking for each of many small ones costs more than it
#pragma omp for schedule(dynamic, std::max<s64>(1, tasks / (16 * threads)))
    for (s64 task = 0; task < tasks; task++) {
      if (failed) continue;
      const s64 part = task % parts, place = task / parts % blocks, group = task / parts / blocks;
      const u8* map = maps.data + group * channels * m.channel + place * block;
      for (s64 chunk = part; chunk < chunks; chunk += parts) {
        const s64 output = group * outputs + chunk * CHUNK, count = std::min<s64>(CHUNK, outputs - chunk * CHUNK);
        std::memset(sums, 0, 4 * block * count);
        for (s64 n = 0; n < count; n++) kernel(t, map, offsets.data(), t.weight + (output + n) * inner, inner, block, sums + n * block);
        store(t, m, sums, block, place * block, output, count);
      }
    }
  }
  return failed;
}
