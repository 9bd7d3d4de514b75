// Real numbers to code indices: index = clamp(round(x / scale) + zero_point, low, high) - low, half to even, in float32; the same
// operations, in the same order, as the quantiser in torch, and so the same codes.
#include <atomic>
#include <cmath>

#include "common.h"

namespace {

__attribute__((target_clones("avx512f", "avx2", "default"))) bool quantize_run(const float* x, s64 count, float scale, float zero_point,
                                                                               float low, float high, u8* codes) {
  u32 bad = 0;  // a number whose exponent is all ones is infinite or NaN
  for (s64 i = 0; i < count; i++) {
    u32 bits;
    std::memcpy(&bits, x + i, 4);
    bad |= (bits & 0x7f800000u) == 0x7f800000u;
    const float code = std::rint(x[i] / scale) + zero_point;
    const float inside = code < low ? low : code > high ? high : code;
    codes[i] = u8(s32(inside - low));
  }
  return bad == 0;
}

}  // namespace

// Returns 0, or 1 if a number is not finite.
extern "C" __attribute__((visibility("default"))) int goldaxe_quantize(const float* x, s64 count, float scale, float zero_point, float low, float high, u8* codes, s64 threads) {
  constexpr s64 RUN = 1 << 14;
  std::atomic<int> bad{0};
#pragma omp parallel for num_threads(std::max<s64>(1, std::min(threads, ceil_div(count, RUN)))) schedule(static)
  for (s64 start = 0; start < count; start += RUN)
    if (!quantize_run(x + start, std::min(RUN, count - start), scale, zero_point, low, high, codes + start)) bad = 1;
  return bad;
}
