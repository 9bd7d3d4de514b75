"""The accumulator that products are summed in: how many bits it has, and what happens when they do not suffice.

Wrapping around is addition modulo 2**bits, which no order of products changes. Saturation clamps after each addition, so the
order counts: it is that of the weights in memory, input channel, kernel row, kernel column, from a sum of zero. Zero-point
correction and bias are added behind the accumulator, in 32 bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from .._errors import PysimError


@dataclass(frozen=True)
class Accumulator:
    """A two's complement accumulator of 8 to 32 bits; raises PysimError for anything else."""

    bits: int = 32
    overflow: Literal["wrap", "saturate"] = "wrap"

    def __post_init__(self) -> None:
        if isinstance(self.bits, bool) or self.bits not in range(8, 33):
            raise PysimError(f"accumulator bits = {self.bits!r} is not allowed; use 8 to 32")
        if self.overflow not in ("wrap", "saturate"):
            raise PysimError(f"accumulator overflow = {self.overflow!r} is not allowed; use 'wrap' or 'saturate'")

    @property
    def low(self) -> int:
        """The smallest sum."""
        return -(1 << (self.bits - 1))

    @property
    def high(self) -> int:
        """The largest sum."""
        return (1 << (self.bits - 1)) - 1

    def holds(self, bound: int, inner: int) -> bool:
        """Whether no sum of `inner` products of magnitude up to `bound` can leave the range, in whatever order."""
        return bound * inner <= self.high

    def wrapped(self, sums: Tensor) -> Tensor:
        """int32 sums, right modulo 2**32, as an accumulator that wraps around holds them."""
        shift = 32 - self.bits
        return (sums << shift) >> shift


class Wrapping:
    """Any product, with its sums wrapped to fewer than 32 bits before the constants are added."""

    def __init__(self, inner: Any, accumulator: Accumulator) -> None:
        self.inner, self.accumulator = inner, accumulator
        self.plan, self.weight, self.window = inner.plan, inner.weight, inner.window

    def __call__(self, x: Tensor, constant: Tensor, scale: Tensor | None, pad_code: int = 0) -> Tensor:
        """As the inner product, see `Product`."""
        sums = self.accumulator.wrapped(self.inner(x, torch.zeros_like(constant), None, pad_code))
        sums = sums + constant.view(-1, 1, 1)
        return sums if scale is None else sums.float() * scale.view(-1, 1, 1)
