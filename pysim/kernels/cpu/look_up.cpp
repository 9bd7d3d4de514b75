// What codes stand for, in training: by a table, or of real numbers at once.
#include <atomic>
#include <cmath>

#include "common.h"

namespace {

constexpr s64 RUN = 1 << 14;

s64 team(s64 threads, s64 count) { return std::max<s64>(1, std::min(threads, ceil_div(count, RUN))); }

FOR_EACH_ISA(bool, values_run, (const Quantizer& q, const float* __restrict x, s64 count, float* __restrict out), (q, x, count, out)) {
  const float scale = q.scale, zero_point = q.zero_point, low = q.low, high = q.high;
  u32 bad = 0;
  for (s64 i = 0; i < count; i++) {
    bad |= magnitude(x[i]) >= INFINITE;
    const float code = std::rint(x[i] / scale) + zero_point;
    out[i] = ((code < low ? low : code > high ? high : code) - zero_point) * scale;
  }
  return bad == 0;
}

FOR_EACH_ISA(void, scaled_run, (const u8* __restrict codes, s64 count, s32 offset, float scale, float* __restrict out),
             (codes, count, offset, scale, out)) {
  for (s64 i = 0; i < count; i++) out[i] = float(codes[i] + offset) * scale;
}

}  // namespace

// out[i] = table[codes[i]], of 256 entries.
extern "C" __attribute__((visibility("default"))) void goldaxe_look_up(const u8* __restrict codes, s64 count, const float* __restrict table,
                                                                       float* __restrict out, s64 threads) {
#pragma omp parallel for num_threads(team(threads, count)) schedule(static)
  for (s64 start = 0; start < count; start += RUN)
    for (s64 i = start; i < std::min(start + RUN, count); i++) out[i] = table[codes[i]];
}

// out[i] = scale * (codes[i] + offset), which needs no table.
extern "C" __attribute__((visibility("default"))) void goldaxe_scaled(const u8* codes, s64 count, s64 offset, float scale, float* out,
                                                                      s64 threads) {
#pragma omp parallel for num_threads(team(threads, count)) schedule(static)
  for (s64 start = 0; start < count; start += RUN) scaled_run(codes + start, std::min(RUN, count - start), s32(offset), scale, out + start);
}

// out[i] = scale * (code of x[i] - zero point). Returns 0, or 1 if a number is not finite.
extern "C" __attribute__((visibility("default"))) int goldaxe_values(const Quantizer* quantizer, s64 count, float* out, s64 threads) {
  std::atomic<int> bad{0};
#pragma omp parallel for num_threads(team(threads, count)) schedule(static)
  for (s64 start = 0; start < count; start += RUN)
    if (!values_run(*quantizer, quantizer->real + start, std::min(RUN, count - start), out + start)) bad = 1;
  return bad;
}
