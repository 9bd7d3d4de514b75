"""What goes into a simulation and what comes out of it, as bits on ports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ._evidence import Evidence


@dataclass(frozen=True)
class BitVectors:
    """Bit patterns of operands and expected products, uint64 of equal shape (N,), and the widths of the three ports."""

    a: np.ndarray
    b: np.ndarray
    expected: np.ndarray
    widths: tuple[int, int, int]

    def take(self, indices: Sequence[int]) -> BitVectors:
        """Some of the vectors."""
        chosen = np.asarray(indices, dtype=np.int64)
        return BitVectors(self.a[chosen], self.b[chosen], self.expected[chosen], self.widths)


@dataclass(frozen=True)
class Outcome:
    """How many vectors failed, for the first of them the index and the bits that came instead, and what was seen of all."""

    failures: int
    mismatches: tuple[tuple[int, int], ...]
    seen: Evidence
