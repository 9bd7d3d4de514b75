"""A convolution's transpose as a convolution: what flows back to its input is its gradient's own convolution.

    dx[h] = sum_t g[(h + padding - t * dilation) / stride] * w[t]        over the t for which that is a whole number

is a convolution of g with flipped kernels, outputs as channels, where g has been spread out to the input's places. The places
in between and around hold no product at all, so that they are filled with a code of which every product is zero.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ...kernels import Window


def transposed(weight: Tensor, groups: int) -> Tensor:
    """The weight (C, N / groups, kernel_h, kernel_w) of the transpose of one with (N, C / groups, kernel_h, kernel_w)."""
    grouped = weight.unflatten(0, (groups, -1)).transpose(1, 2).flatten(0, 1)
    return grouped if weight.shape[2:] == (1, 1) else grouped.flip((2, 3))


def spread(q: Tensor, window: Window, size: tuple[int, int], absent: int) -> tuple[Tensor, Window]:
    """q (B, N, out_h, out_w) at an input's places, and the window, of stride 1, that leads from there to an input of `size`.

    Padding that the returned window has left is to be filled with `absent` too.
    """
    reach = [apart * (taps - 1) for apart, taps in zip(window.dilation, window.kernel, strict=True)]
    before = [reach[d] - window.padding[d] for d in (0, 1)]
    after = [size[d] + reach[d] - before[d] - q.shape[2 + d] for d in (0, 1)]
    if window.stride == (1, 1) and min(*before, *after) >= 0:
        return q, Window(window.kernel, (1, 1), window.dilation, (before[0], before[1]), (after[0], after[1]), window.groups)
    channels_last = q.stride(1) == 1
    room = torch.empty(
        (q.shape[0], q.shape[1], size[0] + reach[0], size[1] + reach[1]),
        dtype=q.dtype,
        device=q.device,
        memory_format=torch.channels_last if channels_last else torch.contiguous_format,
    ).fill_(absent)
    to, taken = [slice(None), slice(None)], [slice(None), slice(None)]
    for d in (0, 1):
        step, length = window.stride[d], q.shape[2 + d]
        first = -(min(before[d], 0) // step)  # outputs that see nothing but padding
        last = min(length, (size[d] + reach[d] - before[d] - 1) // step + 1)
        to.append(slice(before[d] + first * step, before[d] + (last - 1) * step + 1, step))
        taken.append(slice(first, last))
    room[tuple(to)] = q[tuple(taken)]
    return room, Window(window.kernel, dilation=window.dilation, groups=window.groups)
