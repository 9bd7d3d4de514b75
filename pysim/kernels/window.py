"""The geometry of a convolution, apart from its data: what every back end is told in the same words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Window:
    """A two-dimensional convolution's kernel, stride, dilation, zero padding and groups; each pair is (height, width).

    `padding` is that before the first row and column, `end` that behind the last. Padded positions hold a code that the
    caller names. A linear layer is the default, a 1x1 kernel.
    """

    kernel: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    end: tuple[int, int] = (0, 0)
    groups: int = 1

    def output(self, height: int, width: int) -> tuple[int, int]:
        """Output size for an input size; raises ValueError if the kernel does not fit the padded input."""
        sizes = []
        for d, size in enumerate((height, width)):
            span, padded = self.dilation[d] * (self.kernel[d] - 1) + 1, size + self.padding[d] + self.end[d]
            if padded < span:
                raise ValueError(f"a kernel that spans {span} does not fit the padded input size {padded}")
            sizes.append((padded - span) // self.stride[d] + 1)
        return sizes[0], sizes[1]

    def weight(self, shape: Sequence[int]) -> tuple[int, int, int, int]:
        """The shape (N, C / groups, kernel_h, kernel_w) of a weight that is stored with another one of as many elements."""
        return shape[0], math.prod(shape[1:]) // math.prod(self.kernel), *self.kernel

    def reads_all(self, height: int) -> bool:
        """Whether outputs depend on every input row; strides beyond the kernel, or rows left at the end, go unread."""
        span, stride = self.dilation[0] * (self.kernel[0] - 1) + 1, self.stride[0]
        padded = height + self.padding[0] + self.end[0]
        return stride <= span and (padded - span) % stride <= self.end[0]

    @property
    def flat(self) -> list[int]:
        """The window as a list of integers, which is what a torch operator takes."""
        return [*self.kernel, *self.stride, *self.dilation, *self.padding, *self.end, self.groups]

    @staticmethod
    def of(flat: Sequence[int]) -> Window:
        """The window of such a list."""
        kernel, stride, dilation, padding, end = ((flat[i], flat[i + 1]) for i in range(0, 10, 2))
        return Window(kernel, stride, dilation, padding, end, flat[10])


def empty_output(x: Tensor, weight: Tensor, window: Window, dtype: torch.dtype) -> Tensor:
    """Memory for the output (B, N, out_h, out_w) of x (B, C, H, W): channels last, but first where each output has one channel.

    Such products are computed pixel by neighbouring pixel; of a single pixel's window, outputs are neighbours.
    """
    height, width = window.output(x.shape[2], x.shape[3])
    batch, outputs = x.shape[0], weight.shape[0]
    if weight.shape[1] == 1 and window.kernel != (1, 1):
        return x.new_empty(batch, outputs, height, width, dtype=dtype)
    return x.new_empty(batch, height, width, outputs, dtype=dtype).permute(0, 3, 1, 2)


def unfolded(x: Tensor, window: Window, pad_code: int) -> Tensor:
    """im2col as a view of codes x (B, C, H, W), of any integer type: (B, out_h, out_w, G, C / G, kernel_h, kernel_w)."""
    (top, left), (bottom, right) = window.padding, window.end
    x = F.pad(x, (left, right, top, bottom), value=pad_code)
    for d in (0, 1):
        span = window.dilation[d] * (window.kernel[d] - 1) + 1
        x = x.unfold(2 + d, span, window.stride[d])[..., :: window.dilation[d]]
    return x.movedim(1, 3).unflatten(3, (window.groups, -1))
