// Low-rank products of one channel with its taps: depthwise convolutions, and any other with one channel in a group.
#pragma once
#include "low_rank.h"

// A channel's padded input as a map of bytes [phase][row][column]: its rows dealt out to as many phases as the vertical stride
// has, so that an output's window starts one row after that of the output above.
struct Map {
  s64 rows, columns, phases, bytes;

  explicit Map(const Geometry& g)
      : rows(g.out_h + (g.kernel_h - 1) * g.dilation_h / g.stride_h),
        columns((g.out_w - 1) * g.stride_w + (g.kernel_w - 1) * g.dilation_w + 1),
        phases(std::min(g.stride_h, (g.kernel_h - 1) * g.dilation_h + 1)),
        bytes(round_up(phases * rows * columns, 64)) {}

  // Where a kernel row lies, from a window's start.
  s64 kernel_row(const Geometry& g, s64 ky) const {
    const s64 y = ky * g.dilation_h;
    return (y % g.stride_h * rows + y / g.stride_h) * columns;
  }
};

// Copies a channel's codes, `row` bytes from row to row and `column` from column to column, into a map, padding included.
void fill_map(const Geometry& g, const Map& map, const u8* codes, s64 row, s64 column, u8* to);

// Channels' codes by their factors, at [plane * plane_bytes + channel * channel_bytes]; `pads` has each plane's factor of the code of
// zero. 64 bytes from any code on can be read.
struct Factors {
  const u8* codes;
  s64 plane_bytes, channel_bytes;
  const u8* pads;
};

// Computes and writes outputs first ... last-1 of image b from expanded maps of one or more channels, from the first one's on; `room`
// is for the sums of an output.
void sum_maps(const LowRank& p, const Map& map, const Factors& x, s64 b, s64 first, s64 last, s32* room);

// Writes all pixels of one output, from y[to] on: shifted by what is left of the last plane's shift, plus the constant, and scaled
// if wanted.
void store_output(const LowRank& p, const s32* sums, s64 pixels, s64 to, s64 output);
