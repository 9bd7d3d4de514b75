// Where depthwise outputs find their taps.
#include "depthwise_windows.h"

#include <array>
#include <map>
#include <mutex>

namespace {

constexpr s64 REACH = 64;  // codes that a vector can pick taps from

// The codes that a step of one output reads: none if they are all outside.
struct Span {
  s64 first = INT64_MAX, last = -1;
  void add(const Span& other) { first = std::min(first, other.first), last = std::max(last, other.last); }
  bool fits() const { return last - first < REACH; }
};

// A step: four taps from column kx on of kernel row ky.
struct Step {
  s64 y, x, taps;  // of the first tap, in the image at output 0, and those that there are
};

std::vector<Step> steps_of(const Geometry& g) {
  std::vector<Step> steps;
  for (s64 ky = 0; ky < g.kernel_h; ky++)
    for (s64 kx = 0; kx < g.kernel_w; kx += 4)
      steps.push_back({ky * g.dilation_h - g.pad_top, kx * g.dilation_w - g.pad_left, std::min<s64>(4, g.kernel_w - kx)});
  return steps;
}

Span span_of(const Geometry& g, const Step& step, s64 output_y, s64 output_x) {
  const s64 y = step.y + output_y * g.stride_h, x = step.x + output_x * g.stride_w;
  Span span;
  if (y < 0 || y >= g.height) return span;
  for (s64 tap = 0, at = x; tap < step.taps; tap++, at += g.dilation_w)
    if (at >= 0 && at < g.width) span.add({y * g.width + at, y * g.width + at});
  return span;
}

constexpr size_t KEPT = 64;  // shapes whose windows are kept

}  // namespace

std::shared_ptr<const Windows> Windows::of(const Geometry& g) {
  static std::mutex alone;
  static std::map<std::array<s64, 12>, std::shared_ptr<const Windows>> kept;
  const std::array<s64, 12> shape = {g.height,     g.width,      g.kernel_h, g.kernel_w, g.stride_h, g.stride_w,
                                     g.dilation_h, g.dilation_w, g.pad_top,  g.pad_left, g.out_h,    g.out_w};
  const std::lock_guard<std::mutex> lock(alone);
  auto found = kept.find(shape);
  if (found == kept.end()) {
    if (kept.size() >= KEPT) kept.clear();
    found = kept.emplace(shape, std::shared_ptr<const Windows>(new Windows(g))).first;
  }
  return found->second;
}

Windows::Windows(const Geometry& g) : steps(g.kernel_h * ceil_div(g.kernel_w, 4)), shared(true) {
  if (fill(g, true)) return;
  shared = false;
  if (!fill(g, false)) outputs.clear();
}

// With one start for all steps, it fails rather than take vectors of fewer than 16 outputs.
bool Windows::fill(const Geometry& g, bool one_start) {
  const std::vector<Step> all = steps_of(g);
  const s64 count = g.out_h * g.out_w;
  outputs = {0}, starts.clear(), lanes.clear(), patterns.clear();
  std::map<std::array<u8, 64>, u32> known;
  std::vector<Span> spans(steps), next(steps);
  for (s64 first = 0, y = 0, x = 0; first < count;) {
    const s64 first_y = y, first_x = x;
    s64 taken = 0;
    std::fill(spans.begin(), spans.end(), Span{});
    for (; taken < 16 && first + taken < count; taken++) {
      bool fits = true;
      Span joint;
      for (s64 s = 0; s < steps; s++) {
        next[s] = spans[s];
        next[s].add(span_of(g, all[s], y, x));
        joint.add(next[s]);
        fits &= next[s].fits();
      }
      if (one_start) {
        fits = joint.fits();
        std::fill(next.begin(), next.end(), joint);
      }
      if (!fits) break;
      spans.swap(next);
      if (++x == g.out_w) x = 0, y++;
    }
    if (!taken || (one_start && taken < 16 && first + taken < count)) return false;
    for (s64 s = 0; s < steps; s++) {
      const s64 start = spans[s].last < 0 ? 0 : spans[s].first;
      std::array<u8, 64> index;
      index.fill(Lanes::PADDED);
      s64 in_y = all[s].y + first_y * g.stride_h, out_x = first_x;
      for (s64 i = 0; i < taken; i++) {
        const s64 in_x = all[s].x + out_x * g.stride_w;
        for (s64 tap = 0, column = in_x; tap < all[s].taps; tap++, column += g.dilation_w)
          if (in_y >= 0 && in_y < g.height && column >= 0 && column < g.width) index[4 * i + tap] = u8(in_y * g.width + column - start);
        if (++out_x == g.out_w) out_x = 0, in_y += g.stride_h;
      }
      const auto pattern = known.emplace(index, u32(patterns.size())).first->second;
      if (pattern == patterns.size()) {
        patterns.emplace_back();
        std::memcpy(patterns.back().index, index.data(), 64);
      }
      starts.push_back(start);
      lanes.push_back(pattern);
    }
    outputs.push_back(first += taken);
  }
  return true;
}
