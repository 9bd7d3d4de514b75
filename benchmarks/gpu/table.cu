// Sums of table look-ups with the whole table in shared memory: out[m, n] = sum_k table[x[m, k]][w[k, n]], modulo 2**32.
//
// A block computes 128 x 128 outputs; its 128 KiB table leaves room for one block on a multiprocessor. The lanes of a warp take
// neighbouring outputs of the same pixel, so they read the same row of the table: 32 random entries of 128 words, some 3 to 4
// of them in the fullest of the 32 banks. A code is read once for 4 look-ups of a lane, a weight once for 8.

#include <cstdint>

namespace {

constexpr int kPixels = 128, kOutputs = 128, kDepth = 64, kThreads = 512;
constexpr int kRows = kPixels / (kThreads / 32), kColumns = kOutputs / 32;
constexpr int kTableBytes = 256 * 256 * 2, kBytes = kTableBytes + kPixels * kDepth + kDepth * kOutputs;

__global__ void __launch_bounds__(kThreads, 1)
    look_up(const uint8_t* x, const int16_t* table, const uint8_t* w, int32_t* out, int pixels, int outputs, int inner) {
  extern __shared__ __align__(16) char shared[];
  int4* shared_table = reinterpret_cast<int4*>(shared);
  uint8_t* codes = reinterpret_cast<uint8_t*>(shared + kTableBytes);  // [pixel][k]
  uint8_t* weights = codes + kPixels * kDepth;                        // [k][output]
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const int first_pixel = blockIdx.y * kPixels, first_output = blockIdx.x * kOutputs;

  for (int i = threadIdx.x; i < kTableBytes / 16; i += kThreads) {
    shared_table[i] = reinterpret_cast<const int4*>(table)[i];
  }
  uint32_t sums[kRows][kColumns] = {};
  for (int start = 0; start < inner; start += kDepth) {
    __syncthreads();
    for (int i = threadIdx.x; i < kPixels * kDepth; i += kThreads) {
      const int pixel = first_pixel + i / kDepth, k = start + i % kDepth;
      codes[i] = pixel < pixels && k < inner ? x[static_cast<int64_t>(pixel) * inner + k] : 0;
    }
    for (int i = threadIdx.x; i < kDepth * kOutputs; i += kThreads) {
      const int k = start + i / kOutputs, output = first_output + i % kOutputs;
      weights[i] = k < inner && output < outputs ? w[static_cast<int64_t>(k) * outputs + output] : 0;
    }
    __syncthreads();
    const int depth = inner - start < kDepth ? inner - start : kDepth;
    for (int k = 0; k < depth; k += 4) {
      uint32_t four[kRows];
#pragma unroll
      for (int r = 0; r < kRows; ++r) {
        four[r] = *reinterpret_cast<const uint32_t*>(codes + (warp * kRows + r) * kDepth + k);
      }
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        if (k + j >= depth) break;
        int column[kColumns];
#pragma unroll
        for (int c = 0; c < kColumns; ++c) column[c] = weights[(k + j) * kOutputs + c * 32 + lane] * 2;
#pragma unroll
        for (int r = 0; r < kRows; ++r) {
          const char* row = shared + ((four[r] >> (8 * j)) & 255) * 512;
#pragma unroll
          for (int c = 0; c < kColumns; ++c) {
            sums[r][c] += static_cast<uint32_t>(static_cast<int32_t>(*reinterpret_cast<const int16_t*>(row + column[c])));
          }
        }
      }
    }
  }
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
#pragma unroll
    for (int c = 0; c < kColumns; ++c) {
      const int pixel = first_pixel + warp * kRows + r, output = first_output + c * 32 + lane;
      if (pixel < pixels && output < outputs) {
        out[static_cast<int64_t>(pixel) * outputs + output] = static_cast<int32_t>(sums[r][c]);
      }
    }
  }
}

}  // namespace

#ifdef __CUDACC__
// x (pixels, inner), table (256, 256), w (inner, outputs), out (pixels, outputs), all contiguous, the table on 16 bytes. Returns
// CUDA's error code, 0 for none.
extern "C" int goldaxe_table(const uint8_t* x, const int16_t* table, const uint8_t* w, int32_t* out, int pixels, int outputs,
                             int inner, cudaStream_t stream) {
  cudaError_t error = cudaFuncSetAttribute(look_up, cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes);
  if (error != cudaSuccess) return error;
  const dim3 grid((outputs + kOutputs - 1) / kOutputs, (pixels + kPixels - 1) / kPixels);
  look_up<<<grid, kThreads, kBytes, stream>>>(x, table, w, out, pixels, outputs, inner);
  return cudaGetLastError();
}
#endif
