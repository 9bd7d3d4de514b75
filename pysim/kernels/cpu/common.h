// What the CPU kernels share: the shape of a convolution, instruction sets, buffers, and activations gathered row by row.
//
// All kernels sum exactly in 32-bit integers that wrap around, so a result depends neither on the instruction set nor on the
// number of threads. A linear layer is a 1x1 convolution over an image of one column.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "isa.h"

typedef uint8_t u8;
typedef int8_t s8;
typedef int32_t s32;
typedef uint32_t u32;
typedef int64_t s64;

enum Failure { NO_MEMORY = 1, NOT_FINITE = 2 };  // as bits of a kernel's result

// Activations are code indices x[b*stride_b + y*stride_y + x*stride_x + c*stride_c], weights
// w[outputs][channels/groups][kernel_h][kernel_w]. Outputs lie at strides of their own; a pixel is oy * out_w + ox. A padded
// position holds the code `pad_code`.
struct Geometry {
  s64 batch, height, width, channels, outputs, groups;
  s64 kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
  s64 pad_top, pad_left, out_h, out_w, pad_code;
  s64 x_batch, x_row, x_column, x_channel;

  s64 group_channels() const { return channels / groups; }
  s64 group_outputs() const { return outputs / groups; }
};

// Real activations that become code indices as a kernel reads them, at the strides of the codes that they replace; no `real`, no
// such activations.
struct Quantizer {
  const float* real;
  float scale, zero_point, low, high;
};

// codes[i] = clamp(round(x[i] / scale) + zero_point, low, high) - low, half to even, in float32: the same operations, in the same
// order, as the quantiser in torch, and so the same codes. Returns whether all numbers are finite. x[ahead] and what follows, which
// need not exist, is fetched meanwhile: the caller's next run, if that is not where the processor would look by itself.
bool quantize_run(const Quantizer& q, const float* x, s64 count, u8* codes, s64 ahead = 1024);

// The bits of |x|. Magnitudes are ordered as they are, which compilers turn into vectors as they do not with real numbers; those of
// infinities and NaN are the largest.
inline u32 magnitude(float x) {
  u32 bits;
  std::memcpy(&bits, &x, 4);
  return bits & 0x7fffffffu;
}

constexpr u32 INFINITE = 0x7f800000u;

inline s64 ceil_div(s64 a, s64 b) { return (a + b - 1) / b; }
inline s64 round_up(s64 a, s64 b) { return ceil_div(a, b) * b; }

// A buffer of unspecified content that keeps its memory between uses, up to a limit; `data` is null if there is none.
struct Scratch {
  static constexpr s64 KEPT = 64 << 20;
  ~Scratch() { std::free(data); }
  void reserve(s64 bytes) {
    if (data && bytes <= size && size <= KEPT) return;
    std::free(data);
    size = round_up(bytes, 64) + 128;
    data = static_cast<u8*>(std::aligned_alloc(64, size));
    if (!data) size = 0;
  }
  s64 size = 0;
  u8* data = nullptr;
};

// A zeroed buffer on a cache line's boundary, with two lines to spare at its end; `data` is null if there is no memory.
struct Buffer {
  explicit Buffer(s64 bytes) : size(round_up(bytes, 64) + 128), data(static_cast<u8*>(std::aligned_alloc(64, size))) {
    if (data) std::memset(data, 0, size);
  }
  ~Buffer() { std::free(data); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  s64 size;
  u8* data;
};
