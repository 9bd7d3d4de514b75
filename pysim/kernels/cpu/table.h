// Table products: the problem as it is handed over, and the inner kernels to choose from.
#pragma once
#include "common.h"

constexpr int BLOCK = 256;   // most positions that an inner kernel does at a time
constexpr int CHUNK = 16;    // outputs whose sums are written together
constexpr int FLUSH = 256;   // products whose bytes fit a 16-bit sum: 256 * 255 < 2^16

struct Table {
  Geometry geometry;
  s64 threads, isa;
  const u8* x;          // code indices
  const u8* weight;     // column indices [outputs][channels/groups][kernel_h][kernel_w]
  const s32* wide;      // [columns][256]: the table, a column for each weight
  const u8* low;        // [columns][256]: low bytes of the table less its minimum, or null if its range exceeds 16 bits
  const u8* high;       // high bytes of the same
  const s32* constant;  // [outputs], added to the sums; with `low`, it includes the minima that were taken off
  const float* scale;   // [outputs], or null
  s32* sums;            // y[b*y_batch + pixel*y_pixel + n*y_output], written unless `scaled` is given
  float* scaled;        // the sums times `scale`, or null
  s64 y_batch, y_pixel, y_output;
  s64 saturated;        // whether sums are clamped to [least, largest] after each product, in order of k
  s64 least, largest;
};

// sums[i] += sum over k of table[weight[k]][map[offsets[k] + i]], for i = 0 ... positions-1.
typedef void (*TableKernel)(const Table& t, const u8* map, const s64* offsets, const u8* weight, s64 inner, s64 positions,
                            u32* sums);

// The kernel for blocks of so many positions: 64, 128, 192 or 256.
TableKernel table_kernel_for(const Table& t, s64 positions);

// to[0 ... columns-1] = from[0 ... columns-1] inside [begin, end), and `pad` outside of it.
typedef void (*RowCopy)(const u8* from, s64 begin, s64 end, s64 columns, u8 pad, u8* to);

RowCopy row_copy_for(const Table& t);
