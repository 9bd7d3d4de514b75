// Packs expanded weights for the low-rank kernels, once per layer.
#include "low_rank.h"

extern "C" __attribute__((visibility("default"))) s64 goldaxe_packed_bytes(const Geometry* g, s64 planes) {
  const Panels p = panels_of(*g, planes);
  return g->groups * p.count * p.bytes;
}

// `weight` holds column indices [outputs][channels/groups][kernel_h][kernel_w], `right` the weights' factors [planes][256].
// Bytes beyond the last channel or output are zero, so that padding adds nothing.
extern "C" __attribute__((visibility("default"))) void goldaxe_pack(const Geometry* geometry, s64 planes, const s8* right, const u8* weight, s8* packed) {
  const Geometry& g = *geometry;
  const Panels p = panels_of(g, planes);
  const s64 channels = g.group_channels(), outputs = g.group_outputs();
  std::memset(packed, 0, goldaxe_packed_bytes(geometry, planes));
  for (s64 output = 0; output < g.outputs; output++) {
    const s64 group = output / outputs, local = output % outputs, panel = local / (16 * p.vectors);
    const s64 lane = local % (16 * p.vectors) * 4;
    for (s64 plane = 0; plane < planes; plane++)
      for (s64 ky = 0; ky < g.kernel_h; ky++)
        for (s64 kx = 0; kx < g.kernel_w; kx++) {
          const s64 segment = p.taps_joined ? ky : ky * g.kernel_w + kx, first = p.taps_joined ? kx * p.channels : 0;
          s8* to = packed + (group * p.count + panel) * p.bytes + ((plane * p.segments + segment) * p.steps) * p.vectors * 64;
          for (s64 c = 0; c < channels; c++) {
            const u8 code = weight[((output * channels + c) * g.kernel_h + ky) * g.kernel_w + kx];
            const s64 byte = first + c;
            to[byte / 4 * p.vectors * 64 + lane + byte % 4] = right[256 * plane + code];
          }
        }
  }
}
