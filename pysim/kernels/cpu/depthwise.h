// Low-rank products of one channel with its taps: depthwise convolutions, and any other with one channel in a group.
#pragma once
#include "low_rank.h"

constexpr int MOST_BLOCK = 4;  // vectors of 16 neighbouring outputs that a kernel does at a time

// A channel's padded input as a map of bytes [phase][row][column]: its rows dealt out to as many phases as the vertical stride
// has, so that an output's window starts one row after that of the output above. Outputs are numbered row by row, and taken 16 at
// a time. A step is four taps of a kernel row, the last ones filled up with zero weights.
struct Map {
  s64 rows, columns, phases, bytes;
  s64 steps, step_columns;  // steps of a kernel row, columns between one step and the next
  s64 vectors;              // of 16 outputs

  explicit Map(const Geometry& g)
      : rows(g.out_h + (g.kernel_h - 1) * g.dilation_h / g.stride_h),
        columns((g.out_w - 1) * g.stride_w + (g.kernel_w - 1) * g.dilation_w + 1),
        phases(std::min(g.stride_h, (g.kernel_h - 1) * g.dilation_h + 1)),
        bytes(round_up(phases * rows * columns + 64, 64)),
        steps(ceil_div(g.kernel_w, 4)),
        step_columns(4 * g.dilation_w),
        vectors(ceil_div(g.out_h * g.out_w, 16)) {}

  // Where an output's window starts.
  s64 start(const Geometry& g, s64 output) const { return output / g.out_w * columns + output % g.out_w * g.stride_w; }
  // Where a kernel row lies, from a window's start.
  s64 kernel_row(const Geometry& g, s64 ky) const {
    const s64 y = ky * g.dilation_h;
    return (y % g.stride_h * rows + y / g.stride_h) * columns;
  }
};

// How 16 outputs find their taps: those of step s lie at bytes `index` of the 64 from start + kernel row + s * step_columns on.
struct Vector {
  u8 index[64];
  s64 start;
};

// Copies a channel's codes, `row` bytes from row to row and `column` from column to column, into a map, padding included.
typedef void (*MapFill)(const Geometry& g, const Map& map, const u8* codes, s64 row, s64 column, u8* to);

MapFill map_fill_for(s64 isa, const Map& map);

// sums[0 ... 16 * vectors - 1] of one channel's expanded maps, [plane][map.bytes], with one output's weights
// [plane][kernel_h][4 * steps]; shifted to the last plane's scale.
typedef void (*DepthwiseKernel)(const LowRank& p, const Map& map, const Vector* vectors, const s64* offsets, const u8* maps,
                                const s8* weights, s32* sums);

// `vectors` is null where 16 outputs' taps spread over more than 64 bytes; the kernel then does without them.
DepthwiseKernel depthwise_kernel_for(s64 isa, bool vectors);

// Writes all pixels of one output, from y[to] on: shifted by what is left of the last plane's shift, plus the constant, and scaled
// if wanted.
void store_output(const LowRank& p, const s32* sums, s64 pixels, s64 to, s64 output);
