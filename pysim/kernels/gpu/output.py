"""Where a kernel's results go."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Output:
    """`to` (B, OH, OW, N) is what a kernel writes: int32 sums, or float32, which `scale`, float32 (N,), multiplies first.

    Rows of an image follow one another in memory; otherwise strides are free.
    """

    to: Tensor
    scale: Tensor | None = None

    @staticmethod
    def new(shape: tuple[int, ...], device: torch.device) -> Output:
        """Memory for int32 sums, contiguous."""
        return Output(torch.empty(shape, dtype=torch.int32, device=device))


def finished(output: Output, constant: Tensor | None) -> Tensor:
    """The results where there is nothing to multiply: each output's constant, scaled."""
    if constant is None:
        return output.to.zero_()
    return output.to.copy_(constant if output.scale is None else constant.float() * output.scale)
