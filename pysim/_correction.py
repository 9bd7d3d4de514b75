"""A correction of each output's sum by a linear function of the sum of its activation codes, in integers.

    acc'[m, n] = acc[m, n] - ((factor[n] * S[m] + 2^(SHIFT - 1)) >> SHIFT) - offset[n],      S[m] = sum_k x[m, k]

S is the side sum that zero points of weights would need: one adder a row of an array, and one multiplication an output.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ._quantizer import Settings
from .kernels import Window

SHIFT = 8
"""Fraction bits of a factor."""


def side_sums(index: Tensor, window: Window, settings: Settings, kernels: tuple[int, int, int, int]) -> Tensor:
    """S, int64 (B, N, out_h, out_w), of code indices (B, C, H, W); `kernels` is (N, C / groups, kernel_h, kernel_w)."""
    _, zero_point, low, _ = settings
    (top, left), (bottom, right) = window.padding, window.end
    codes = F.pad(index.double() + low, (left, right, top, bottom), value=zero_point)
    ones = codes.new_ones(window.groups, *kernels[1:])
    sums = F.conv2d(codes, ones, None, window.stride, 0, window.dilation, window.groups).long()
    return sums.repeat_interleave(kernels[0] // window.groups, 1)


class Correction(nn.Module):
    """`factor`, in units of 2^-SHIFT, and `offset`, both int32 (N,): buffers, so that a state_dict carries them."""

    factor: Tensor
    offset: Tensor

    def __init__(self, outputs: int) -> None:
        super().__init__()
        for name in ("factor", "offset"):
            self.register_buffer(name, torch.zeros(outputs, dtype=torch.int32, device="cpu"))

    def forward(self, sums: Tensor) -> Tensor:
        """What is taken off accumulators with side sums (B, N, out_h, out_w): int32 of that shape."""
        scaled = (self.factor.long().view(-1, 1, 1) * sums + (1 << (SHIFT - 1))) >> SHIFT
        return (scaled + self.offset.view(-1, 1, 1)).to(torch.int32)
