// Depthwise sums by AVX-512 VNNI, four taps of 16 outputs at a time.
#include <immintrin.h>

#include "depthwise_windows.h"

#define AVX512_CODE __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,avx512vbmi")))

namespace {

constexpr int MOST_BLOCK = 4;  // vectors, or outputs, whose sums are kept in registers at a time

// Shifts sums on to the next plane's scale.
template <int BLOCK>
AVX512_CODE inline void scale_up(const LowRank& p, s64 plane, __m512i (&acc)[BLOCK]) {
  if (!plane || p.shifts[plane - 1] == p.shifts[plane]) return;
  for (auto& sum : acc) sum = _mm512_sll_epi32(sum, _mm_cvtsi64_si128(p.shifts[plane - 1] - p.shifts[plane]));
}

// Writes a vector's sums where they belong, or into `sums` where an output's pixels are not neighbours.
AVX512_CODE inline void write(const LowRank& p, const Windows& windows, s64 v, __m512i sum, s64 b, s64 output, s32* sums) {
  const s64 pixel = windows.outputs[v], count = windows.outputs[v + 1] - pixel;
  const __mmask16 inside = __mmask16((1u << count) - 1);
  if (p.y_pixel != 1) return _mm512_mask_storeu_epi32(sums + pixel, inside, sum);
  const s64 to = b * p.y_batch + output * p.y_output + pixel;
  const __m512i total = _mm512_add_epi32(_mm512_sll_epi32(sum, _mm_cvtsi64_si128(p.shifts[p.planes - 1])), _mm512_set1_epi32(p.constant[output]));
  if (!p.scaled) return _mm512_mask_storeu_epi32(p.sums + to, inside, total);
  const __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(total), _mm512_set1_ps(p.scale[output]));
  if (count == 16) _mm512_storeu_ps(p.scaled + to, value);
  else _mm512_mask_storeu_ps(p.scaled + to, inside, value);
}

AVX512_CODE inline __m512i four_weights(const s8* weights) {
  s32 four;
  std::memcpy(&four, weights, 4);
  return _mm512_set1_epi32(four);
}

// BLOCK vectors of outputs first ... last-1, of one or more channels. With STEPS known, what to pick stays in registers.
template <int BLOCK, int STEPS, bool SHARED>
AVX512_CODE void sum_block(const LowRank& p, const Windows& windows, const Factors& x, s64 v, s64 b, s64 first, s64 last, s32* sums) {
  const s64 steps = STEPS ? STEPS : windows.steps, outputs = p.geometry.group_outputs();
  const s8* weights = p.packed + first * p.planes * steps * 4;
  const u8* channel = x.codes;
  __m512i index[BLOCK][STEPS ? STEPS : 1];
  s64 start[BLOCK][STEPS ? STEPS : 1];
  for (int i = 0; i < BLOCK; i++)
    for (int step = 0; step < STEPS; step++)
      index[i][step] = _mm512_load_si512(windows.index(v + i, step)), start[i][step] = windows.start(v + i, step);
  for (s64 n = first; n < last; n++) {
    for (int i = 0; i < BLOCK; i++) prefetch_output(p, b * p.y_batch + (n + 1) * p.y_output + windows.outputs[v + i], 16);
    __m512i acc[BLOCK];
    for (auto& sum : acc) sum = _mm512_setzero_si512();
    const u8* codes = channel;
    for (s64 plane = 0; plane < p.planes; plane++, codes += x.plane_bytes) {
      const __m512i pad = _mm512_set1_epi8(char(x.pads[plane]));
      scale_up(p, plane, acc);
      __m512i near[BLOCK];
      for (int i = 0; i < BLOCK && SHARED; i++) near[i] = _mm512_loadu_si512(codes + (STEPS ? start[i][0] : windows.start(v + i, 0)));
#pragma GCC unroll 3
      for (s64 step = 0; step < steps; step++, weights += 4) {
        const __m512i weight = four_weights(weights);
#pragma GCC unroll 4
        for (int i = 0; i < BLOCK; i++) {
          const __m512i from = SHARED ? near[i] : _mm512_loadu_si512(codes + (STEPS ? start[i][step] : windows.start(v + i, step)));
          const __m512i at = STEPS ? index[i][step] : _mm512_load_si512(windows.index(v + i, step));
          acc[i] = _mm512_dpbusd_epi32(acc[i], _mm512_permutex2var_epi8(from, at, pad), weight);
        }
      }
    }
    for (int i = 0; i < BLOCK; i++) write(p, windows, v + i, acc[i], b, n, sums);
    if ((n + 1) % outputs == 0) channel += x.channel_bytes;
  }
}

template <int STEPS, bool SHARED>
AVX512_CODE void sum_blocks(const LowRank& p, const Windows& windows, const Factors& x, s64 b, s64 first, s64 last, s32* sums) {
  typedef void (*Block)(const LowRank&, const Windows&, const Factors&, s64, s64, s64, s64, s32*);
  static constexpr Block blocks[MOST_BLOCK] = {sum_block<1, STEPS, SHARED>, sum_block<2, STEPS, SHARED>, sum_block<3, STEPS, SHARED>,
                                               sum_block<4, STEPS, SHARED>};
  const s64 vectors = windows.vectors();
  for (s64 v = 0, left = ceil_div(vectors, MOST_BLOCK); left; left--) {
    const s64 block = ceil_div(vectors - v, left);  // of nearly equal size: a short one would wait for its own sums
    blocks[block - 1](p, windows, x, v, b, first, last, sums);
    v += block;
  }
}

// One vector of several outputs, whose taps, [plane][step], are picked once.
template <int BLOCK>
AVX512_CODE void sum_outputs(const LowRank& p, const Windows& windows, const s32* taps, s64 v, s64 b, s64 output) {
  const s64 bytes = p.planes * windows.steps * 4;
  const s8* weights = p.packed + output * bytes;
  __m512i acc[BLOCK];
  for (auto& sum : acc) sum = _mm512_setzero_si512();
  for (s64 plane = 0; plane < p.planes; plane++) {
    scale_up(p, plane, acc);
    for (s64 step = 0; step < windows.steps; step++, taps += 16, weights += 4) {
      const __m512i from = _mm512_load_si512(taps);
#pragma GCC unroll 4
      for (int n = 0; n < BLOCK; n++) acc[n] = _mm512_dpbusd_epi32(acc[n], from, four_weights(weights + n * bytes));
    }
  }
  for (int n = 0; n < BLOCK; n++) write(p, windows, v, acc[n], b, output + n, nullptr);
}

AVX512_CODE void pick(const LowRank& p, const Windows& windows, const Factors& x, s64 v, s32* taps) {
  for (s64 plane = 0; plane < p.planes; plane++)
    for (s64 step = 0; step < windows.steps; step++, taps += 16) {
      const __m512i from = _mm512_loadu_si512(x.codes + plane * x.plane_bytes + windows.start(v, step));
      const __m512i pad = _mm512_set1_epi8(char(x.pads[plane]));
      _mm512_store_si512(taps, _mm512_permutex2var_epi8(from, _mm512_load_si512(windows.index(v, step)), pad));
    }
}

}  // namespace

void sum_windows(const LowRank& p, const Windows& windows, const Factors& x, s64 b, s64 first, s64 last, s32* room) {
  const s64 outputs = p.geometry.group_outputs();
  if (outputs >= MOST_BLOCK && p.y_pixel == 1) {
    Factors channel = x;
    for (s64 from = first; from < last; channel.codes += x.channel_bytes) {
      const s64 to = std::min(last, round_up(from + 1, outputs));
      for (s64 v = 0; v < windows.vectors(); v++) {
        pick(p, windows, channel, v, room);
        s64 n = from;
        for (; n + MOST_BLOCK <= to; n += MOST_BLOCK) sum_outputs<MOST_BLOCK>(p, windows, room, v, b, n);
        for (; n < to; n++) sum_outputs<1>(p, windows, room, v, b, n);
      }
      from = to;
    }
    return;
  }
  const auto sum = windows.steps != 3 ? (windows.shared ? sum_blocks<0, true> : sum_blocks<0, false>)
                                      : (windows.shared ? sum_blocks<3, true> : sum_blocks<3, false>);
  if (p.y_pixel == 1) return sum(p, windows, x, b, first, last, room);
  Factors channel = x;
  for (s64 n = first; n < last; n++) {  // each by itself: there is room for the sums of one
    sum(p, windows, channel, b, n, n + 1, room);
    store_output(p, room, p.geometry.out_h * p.geometry.out_w, b * p.y_batch, n);
    if ((n + 1) % outputs == 0) channel.codes += x.channel_bytes;
  }
}
