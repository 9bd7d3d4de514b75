"""Values: the named integer tensors that operations read and write."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Value:
    """A tensor of codes in low ... high that stand for `scale * (code - zero_point)`; `shape` is that of one input.

    Images are (C, H, W), sequences (T, F), vectors (F,). A run adds the batch in front.
    """

    name: str
    shape: tuple[int, ...]
    scale: float
    zero_point: int
    low: int
    high: int

    @property
    def bits(self) -> int:
        """Bits of one code in memory."""
        if self.signed:
            return 1 + max(self.high.bit_length(), (~self.low).bit_length())
        return max((self.high - self.low).bit_length(), self.high.bit_length())

    @property
    def signed(self) -> bool:
        """Whether codes are two's complement."""
        return self.low < 0

    @property
    def elements(self) -> int:
        """Codes of one input."""
        return math.prod(self.shape)

    def like(self, other: Value) -> bool:
        """Whether both stand for the same numbers with the same codes, whatever their names and shapes."""
        mine, theirs = ((v.scale, v.zero_point, v.low, v.high) for v in (self, other))
        return mine == theirs
