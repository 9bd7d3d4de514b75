// Gathering activations: the codes of a padded input row, a column's channels side by side.
#pragma once
#include "transpose.h"

// Real activations x, of which columns or channels are neighbours in memory, to codes in `room`, with the same neighbours and no
// gaps: [row][column][channel] or [channel][row][column]. Returns whether all are finite.
inline bool quantize_rows(const Quantizer& q, const Geometry& g, const float* x, s64 rows, s64 channels, u8* room) {
  const s64 width = g.width;
  bool finite = true;
  if (g.x_channel == 1 && g.x_column == channels) {
    for (s64 y = 0; y < rows; y++) finite &= quantize_run(q, x + y * g.x_row, width * channels, room + y * width * channels);
  } else if (g.x_channel == 1) {
    for (s64 y = 0; y < rows; y++)
      for (s64 i = 0; i < width; i++)
        finite &= quantize_run(q, x + y * g.x_row + i * g.x_column, channels, room + (y * width + i) * channels);
  } else if (g.x_row == width && g.x_channel == rows * width) {
    finite = quantize_run(q, x, channels * rows * width, room);
  } else if (g.x_row == width) {
    for (s64 c = 0; c < channels; c++)
      finite &= quantize_run(q, x + c * g.x_channel, rows * width, room + c * rows * width, g.x_channel);
  } else {
    for (s64 c = 0; c < channels; c++)
      for (s64 y = 0; y < rows; y++)
        finite &= quantize_run(q, x + c * g.x_channel + y * g.x_row, width, room + (c * rows + y) * width);
  }
  return finite;
}

// The codes of one group's channels in some rows of an image.
struct Rows {
  Geometry geometry;
  const u8* codes;
  bool finite;
};

// Rows first ... last-1 of image b, where they lie, or quantised into `room`, of as many bytes as there are codes.
inline Rows rows_of(const Geometry& g, const u8* x, const Quantizer& q, s64 b, s64 first, s64 last, s64 group, u8* room) {
  const s64 channels = g.group_channels(), rows = std::max<s64>(0, last - first);
  const s64 from = b * g.x_batch + first * g.x_row + group * channels * g.x_channel;
  Rows r{g, q.real ? room : x + from, true};
  r.geometry.height = rows, r.geometry.channels = channels, r.geometry.groups = 1;
  if (!q.real) return r;
  r.finite = quantize_rows(q, g, q.real + from, rows, channels, room);
  if (g.x_channel == 1) r.geometry.x_row = g.width * channels, r.geometry.x_column = channels;
  else r.geometry.x_row = g.width, r.geometry.x_channel = rows * g.width;
  return r;
}

// Gathers row y with its padding, [column][channel]; channels beyond keep what they hold.
inline void gather_row(const Rows& rows, s64 y, s64 columns, s64 padded, u8* row) {
  const Geometry& g = rows.geometry;
  const s64 channels = g.channels;
  const s64 first = std::min(columns, std::max<s64>(0, g.pad_left)), last = std::max(first, std::min(columns, g.pad_left + g.width));
  if (y < 0 || y >= g.height) {
    std::memset(row, int(g.pad_code), columns * padded);
    return;
  }
  if (first > 0) std::memset(row, int(g.pad_code), first * padded);
  if (last < columns) std::memset(row + last * padded, int(g.pad_code), (columns - last) * padded);
  const u8* from = rows.codes + y * g.x_row + (first - g.pad_left) * g.x_column;
  u8* to = row + first * padded;
  if (g.x_channel == 1 && padded == channels && g.x_column == channels) {
    std::memcpy(to, from, (last - first) * channels);
  } else if (g.x_channel == 1) {
    for (s64 i = 0; i < last - first; i++) std::memcpy(to + i * padded, from + i * g.x_column, channels);
  } else if (g.x_column == 1) {
    transpose(from, g.x_channel, channels, last - first, to, padded);
  } else {
    for (s64 c = 0; c < channels; c++)
      for (s64 i = 0; i < last - first; i++) to[i * padded + c] = from[i * g.x_column + c * g.x_channel];
  }
}
