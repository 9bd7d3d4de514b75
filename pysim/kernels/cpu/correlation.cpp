// Correlations by look-up: sum over all positions m of table[q[m, n]][x[m, k]], for one channel in a group.
//
// Both operands change with the position, so that no column of the table stays in registers: an output position's row of the table
// is looked up at all taps of its window instead.
#include "transpose.h"

struct Correlation {
  Geometry geometry;
  s64 threads;
  s64 run;           // positions whose sums fit 32 bits, at least 1
  const u8* x;       // code indices, at the geometry's strides
  const u8* q;       // code indices q[b*q_batch + pixel*q_pixel + n*q_output]
  s64 q_batch, q_pixel, q_output;
  const s32* table;  // [256][256], a row for each q
  s64* sums;         // [outputs][kernel_h][kernel_w]
};

namespace {

// A rectangle of output positions: `map` is the padded input from its first window on, `q` its first code.
struct Block {
  const u8 *map, *q;
  s64 rows, columns;
};

// Adds ROWS * COLUMNS neighbouring taps of a block's windows; `down` leads from one row of the map to the next. With STRIDE known,
// taps of a row are neighbours in memory.
template <int ROWS, int COLUMNS, int STRIDE>
void add_taps(const Correlation& c, const Block& block, s64 down, s64* sums) {
  const Geometry& g = c.geometry;
  const s64 below = g.dilation_h * down, right = STRIDE ? 1 : g.dilation_w, step = STRIDE ? STRIDE : g.stride_w;
  s32 acc[ROWS][COLUMNS] = {};
  for (s64 oy = 0; oy < block.rows; oy++) {
    const u8 *map = block.map + oy * g.stride_h * down, *q = block.q + oy * g.out_w * c.q_pixel;
    for (s64 ox = 0; ox < block.columns; ox++, map += step, q += c.q_pixel) {
      const s32* row = c.table + 256 * *q;
      for (int ky = 0; ky < ROWS; ky++)
        for (int kx = 0; kx < COLUMNS; kx++) acc[ky][kx] += row[map[ky * below + kx * right]];
    }
  }
  for (int ky = 0; ky < ROWS; ky++)
    for (int kx = 0; kx < COLUMNS; kx++) sums[ky * g.kernel_w + kx] += acc[ky][kx];
}

typedef void (*AddTaps)(const Correlation&, const Block&, s64, s64*);

AddTaps square_for(const Geometry& g) {
  if (g.dilation_w == 1 && g.stride_w == 1) return add_taps<3, 3, 1>;
  return g.dilation_w == 1 && g.stride_w == 2 ? add_taps<3, 3, 2> : add_taps<3, 3, 0>;
}

// Three rows and columns of taps at a time as long as there are so many: their sums stay in registers.
void add_windows(const Correlation& c, const Block& block, s64 down, s64* sums) {
  const Geometry& g = c.geometry;
  for (s64 ky = 0; ky < g.kernel_h;) {
    const bool three = ky + 3 <= g.kernel_h;
    for (s64 kx = 0; kx < g.kernel_w;) {
      const bool square = three && kx + 3 <= g.kernel_w;
      const AddTaps add = square ? square_for(g) : three ? add_taps<3, 1, 0> : add_taps<1, 1, 0>;
      Block from = block;
      from.map += ky * g.dilation_h * down + kx * g.dilation_w;
      add(c, from, down, sums + ky * g.kernel_w + kx);
      kx += square ? 3 : 1;
    }
    ky += three ? 3 : 1;
  }
}

// One image's channels as padded maps [channel][row][column]; the padding is there already.
void fill_maps(const Geometry& g, const u8* x, s64 rows, s64 columns, u8* maps) {
  const s64 begin = std::max<s64>(0, g.pad_left), end = std::min(columns, g.pad_left + g.width);
  if (begin >= end) return;
  for (s64 y = std::max<s64>(0, g.pad_top); y < std::min(rows, g.pad_top + g.height); y++) {
    const u8* from = x + (y - g.pad_top) * g.x_row + (begin - g.pad_left) * g.x_column;
    u8* to = maps + y * columns + begin;
    if (g.x_channel == 1) {
      transpose(from, g.x_column, end - begin, g.channels, to, rows * columns);
      continue;
    }
    for (s64 c = 0; c < g.channels; c++, from += g.x_channel, to += rows * columns)
      for (s64 i = 0; i < end - begin; i++) to[i] = from[i * g.x_column];
  }
}

void add_image(const Correlation& c, s64 b, s64 rows, s64 columns, u8* maps, s64* sums) {
  const Geometry& g = c.geometry;
  const s64 taps = g.kernel_h * g.kernel_w, each = g.group_outputs();
  const s64 wide = std::min(c.run, g.out_w), high = wide < g.out_w ? 1 : c.run / wide;
  fill_maps(g, c.x + b * g.x_batch, rows, columns, maps);
  for (s64 n = 0; n < g.outputs; n++)
    for (s64 oy = 0; oy < g.out_h; oy += high)
      for (s64 ox = 0; ox < g.out_w; ox += wide) {
        const u8* map = maps + (n / each * rows + oy * g.stride_h) * columns + ox * g.stride_w;
        const u8* q = c.q + b * c.q_batch + n * c.q_output + (oy * g.out_w + ox) * c.q_pixel;
        add_windows(c, {map, q, std::min(high, g.out_h - oy), std::min(wide, g.out_w - ox)}, columns, sums + n * taps);
      }
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int goldaxe_correlation(const Correlation* problem) {
  const Correlation& c = *problem;
  const Geometry& g = c.geometry;
  const s64 rows = (g.out_h - 1) * g.stride_h + (g.kernel_h - 1) * g.dilation_h + 1;
  const s64 columns = (g.out_w - 1) * g.stride_w + (g.kernel_w - 1) * g.dilation_w + 1;
  const s64 taps = g.kernel_h * g.kernel_w, team = std::max<s64>(1, std::min(c.threads, g.batch));
  int failed = 0;
#pragma omp parallel for num_threads(team) schedule(static) reduction(| : failed)
  for (s64 part = 0; part < team; part++) {
    const Buffer maps(g.channels * rows * columns), room(8 * g.outputs * taps);
    if (!maps.data || !room.data) {
      failed |= NO_MEMORY;
      continue;
    }
    std::memset(maps.data, int(g.pad_code), g.channels * rows * columns);
    s64* sums = reinterpret_cast<s64*>(room.data);
    for (s64 b = g.batch * part / team; b < g.batch * (part + 1) / team; b++) add_image(c, b, rows, columns, maps.data, sums);
#pragma omp critical
    for (s64 i = 0; i < g.outputs * taps; i++) c.sums[i] += sums[i];
  }
  return failed;
}
