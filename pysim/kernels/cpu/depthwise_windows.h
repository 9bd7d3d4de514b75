// Depthwise products out of registers: the taps of 16 neighbouring outputs are picked out of 64 neighbouring codes of a channel.
#pragma once
#include <memory>
#include <vector>

#include "depthwise.h"

// Where 16 outputs find four taps each, of one step: bytes of the 64 codes from a start on, and `PADDED` where a tap lies outside.
struct Lanes {
  static constexpr u8 PADDED = 64;
  alignas(64) u8 index[64];
};

// Outputs, numbered row by row, in vectors of up to 16: as many as find the taps of each step within 64 codes of the channel's
// [height][width]. A step is four taps of a kernel row, the last ones filled up with zero weights.
class Windows {
 public:
  // Those of a convolution; they are kept for the next call.
  static std::shared_ptr<const Windows> of(const Geometry& g);

  s64 vectors() const { return std::max<s64>(0, s64(outputs.size()) - 1); }
  s64 start(s64 v, s64 step) const { return starts[v * steps + step]; }
  const u8* index(s64 v, s64 step) const { return patterns[lanes[v * steps + step]].index; }

  s64 steps;                 // of the whole kernel
  bool shared;               // whether a vector's steps all start at the same place
  std::vector<s64> outputs;  // each vector's first, and behind the last one how many there are; empty if a step spreads too far

 private:
  explicit Windows(const Geometry& g);
  bool fill(const Geometry& g, bool one_start);

  std::vector<s64> starts;      // [vector][step]
  std::vector<u32> lanes;       // [vector][step], of `patterns`
  std::vector<Lanes> patterns;  // few: most vectors look like their neighbours
};

// Computes and writes outputs first ... last-1 of image b, of one or more channels from the first one's on. AVX-512 only. `room` is
// for 16 * planes * steps taps, and for the sums of an output.
void sum_windows(const LowRank& p, const Windows& windows, const Factors& x, s64 b, s64 first, s64 last, s32* room);
