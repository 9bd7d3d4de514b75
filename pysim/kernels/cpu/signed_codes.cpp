// Gradients to signed codes, with a scale for each output, or one for all.
#include <cmath>
#include <vector>

#include "common.h"

// Reals x[batch][output][pixel] without gaps, pixels or outputs neighbours in memory.
struct Gradients {
  const float* x;
  s64 batch, outputs, pixels, outputs_last, threads;

  s64 count() const { return batch * outputs * pixels; }
  // What is done at a time: the pixels of one output, or so many pixels' outputs that loops are not too short for vectors.
  s64 run() const { return outputs_last ? outputs * ceil_div(256, outputs) : pixels; }
  s64 runs() const { return ceil_div(count(), run()); }
  s64 team() const { return std::max<s64>(1, std::min(threads, count() >> 14)); }
};

namespace {

FOR_EACH_ISA(u32, largest_of_run, (const float* x, s64 count, u32 found), (x, count, found)) {
  for (s64 i = 0; i < count; i++) found = std::max(found, magnitude(x[i]));
  return found;
}

FOR_EACH_ISA(void, largest_of_each, (const float* __restrict x, s64 count, u32* __restrict found), (x, count, found)) {
  for (s64 i = 0; i < count; i++) found[i] = std::max(found[i], magnitude(x[i]));
}

// Comparisons with NaN are false: it becomes the lowest code.
inline u8 code(float x, float factor, float high, float offset) {
  const float whole = std::rint(x * factor);
  const float above = whole > -high ? whole : -high;
  return u8(s32((above < high ? above : high) + offset));
}

FOR_EACH_ISA(void, codes_of_run, (const float* __restrict x, s64 count, float factor, float high, float offset, u8* __restrict codes),
             (x, count, factor, high, offset, codes)) {
  for (s64 i = 0; i < count; i++) codes[i] = code(x[i], factor, high, offset);
}

FOR_EACH_ISA(void, codes_of_each,
             (const float* __restrict x, s64 count, const float* __restrict factor, float high, float offset, u8* __restrict codes),
             (x, count, factor, high, offset, codes)) {
  for (s64 i = 0; i < count; i++) codes[i] = code(x[i], factor[i], high, offset);
}

}  // namespace

// found[outputs]: the bits of the largest magnitudes; NaN is larger than all.
extern "C" __attribute__((visibility("default"))) void goldaxe_largest(const Gradients* gradients, u32* found) {
  const Gradients& g = *gradients;
  const s64 run = g.run();
#pragma omp parallel num_threads(g.team())
  {
    std::vector<u32> mine(g.outputs_last ? run : g.outputs);
#pragma omp for schedule(static)
    for (s64 i = 0; i < g.runs(); i++) {
      const s64 at = i * run, count = std::min(run, g.count() - at);
      if (g.outputs_last) largest_of_each(g.x + at, count, mine.data());
      else mine[i % g.outputs] = largest_of_run(g.x + at, count, mine[i % g.outputs]);
    }
#pragma omp critical
    for (size_t i = 0; i < mine.size(); i++) found[i % g.outputs] = std::max(found[i % g.outputs], mine[i]);
  }
}

// codes = clamp(round(x * factor[output]), -high, high) + offset, half to even, where x lies.
extern "C" __attribute__((visibility("default"))) void goldaxe_signed_codes(const Gradients* gradients, const float* factor, float high,
                                                                            float offset, u8* codes) {
  const Gradients& g = *gradients;
  const s64 run = g.run();
  std::vector<float> factors(g.outputs_last ? run : g.outputs);
  for (size_t i = 0; i < factors.size(); i++) factors[i] = factor[i % g.outputs];
#pragma omp parallel for num_threads(g.team()) schedule(static)
  for (s64 i = 0; i < g.runs(); i++) {
    const s64 at = i * run, count = std::min(run, g.count() - at);
    if (g.outputs_last) codes_of_each(g.x + at, count, factors.data(), high, offset, codes + at);
    else codes_of_run(g.x + at, count, factors[i % g.outputs], high, offset, codes + at);
  }
}
