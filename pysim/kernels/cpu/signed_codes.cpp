// Gradients to signed codes, with a scale for each output, or one for all.
#include <cmath>

#include "common.h"

#define CLONES __attribute__((target_clones("avx512f", "avx2", "default")))

// Reals x[batch][output][pixel] without gaps, pixels or outputs neighbours in memory.
struct Gradients {
  const float* x;
  s64 batch, outputs, pixels, outputs_last, threads;

  // One image's numbers lie together: as rows of pixels, or of outputs.
  s64 rows() const { return outputs_last ? pixels : outputs; }
  s64 columns() const { return outputs_last ? outputs : pixels; }
  s64 team() const { return std::max<s64>(1, std::min(threads, batch * outputs * pixels >> 14)); }
};

namespace {

// Magnitudes are ordered as their bits are, which compilers turn into vectors as they do not with real numbers.
inline u32 magnitude(float x) {
  u32 bits;
  std::memcpy(&bits, &x, 4);
  return bits & 0x7fffffffu;
}

CLONES u32 largest_of_run(const float* x, s64 count, u32 found) {
  for (s64 i = 0; i < count; i++) found = std::max(found, magnitude(x[i]));
  return found;
}

CLONES void largest_of_each(const float* __restrict x, s64 count, u32* __restrict found) {
  for (s64 i = 0; i < count; i++) found[i] = std::max(found[i], magnitude(x[i]));
}

// Comparisons with NaN are false: it becomes the lowest code.
inline u8 code(float x, float factor, float high, float offset) {
  const float whole = std::rint(x * factor);
  const float above = whole > -high ? whole : -high;
  return u8(s32((above < high ? above : high) + offset));
}

CLONES void codes_of_run(const float* __restrict x, s64 count, float factor, float high, float offset, u8* __restrict codes) {
  for (s64 i = 0; i < count; i++) codes[i] = code(x[i], factor, high, offset);
}

CLONES void codes_of_each(const float* __restrict x, s64 count, const float* __restrict factor, float high, float offset,
                          u8* __restrict codes) {
  for (s64 i = 0; i < count; i++) codes[i] = code(x[i], factor[i], high, offset);
}

}  // namespace

// found[threads][outputs]: the bits of the largest magnitudes that each thread came across; NaN is larger than all.
extern "C" __attribute__((visibility("default"))) void goldaxe_largest(const Gradients* gradients, u32* found) {
  const Gradients& g = *gradients;
  const s64 team = g.team(), rows = g.rows(), columns = g.columns(), tasks = g.batch * rows;
#pragma omp parallel for num_threads(team) schedule(static)
  for (s64 part = 0; part < team; part++)
    for (s64 task = tasks * part / team; task < tasks * (part + 1) / team; task++) {
      const float* from = g.x + task * columns;
      u32* to = found + part * g.outputs;
      if (g.outputs_last) largest_of_each(from, columns, to);
      else to[task % rows] = largest_of_run(from, columns, to[task % rows]);
    }
}

// codes = clamp(round(x * factor[output]), -high, high) + offset, half to even, where x lies.
extern "C" __attribute__((visibility("default"))) void goldaxe_signed_codes(const Gradients* gradients, const float* factor, float high,
                                                                            float offset, u8* codes) {
  const Gradients& g = *gradients;
  const s64 rows = g.rows(), columns = g.columns();
#pragma omp parallel for num_threads(g.team()) schedule(static)
  for (s64 task = 0; task < g.batch * rows; task++) {
    const s64 at = task * columns;
    if (g.outputs_last) codes_of_each(g.x + at, columns, factor, high, offset, codes + at);
    else codes_of_run(g.x + at, columns, factor[task % rows], high, offset, codes + at);
  }
}
