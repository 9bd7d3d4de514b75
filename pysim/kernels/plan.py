"""Plans: how a multiplier is computed, as int8 products or by looking its table up, and the proof that this is exact.

A plan says `T[a, b] = sum_p 2**shift_p * left_p[a] * right_p[b] + column[b]` for all codes (a, b), and is proved to over all
of them before it is used, whether it was compiled or came from the cache. Planes are ordered by descending shift, as Horner's
scheme takes them: `acc <<= difference of shifts` between one and the next.

Kernels add and shift in 32 bits that wrap around, as the accumulator that they stand for does, and are exact modulo 2**32
however long the sum is. No sum of K products wraps at all if `K * plan.bound < 2**31`; who needs that checks it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from .planes import Plane

Kind = Literal["exact", "low rank", "table"]


@dataclass(frozen=True, eq=False)
class Plan:
    """How a multiplier is computed over codes.

    `kind` is "exact" (one plane, the product of the codes), "low rank" (planes, none for a table that depends on b alone)
    or "table" (no planes: look it up). `column` is int64 of shape (B,), a constant of each weight that every product with it
    adds; a tile padded by the implementation adds nothing, so not this either. `table` is the read-only int32 table (A, B),
    `table_hash` the SHA-256 of it and its code ranges. `rank_table` and `rank_error` are the ranks of T and of T - a * b,
    modulo the prime 2**31 - 1. `seconds` is what compiling took when it was done.
    """

    kind: Kind
    planes: tuple[Plane, ...]
    column: np.ndarray
    table: np.ndarray
    table_hash: str
    rank_table: int
    rank_error: int
    seconds: float

    @cached_property
    def bound(self) -> int:
        """The largest magnitude in the table; training asks for it at each step."""
        return int(np.abs(self.table.astype(np.int64)).max())

    @property
    def correction(self) -> np.ndarray:
        """`column` for kernels that multiply `left + offset`, the unsigned operand: less what the offsets add; int64 (B,)."""
        correction = self.column.copy()
        for plane in self.planes:
            correction -= plane.right.astype(np.int64) * (plane.offset << plane.shift)
        return correction

    def reconstruct(self) -> np.ndarray:
        """The table that the plan computes: int64 of shape (A, B)."""
        if self.kind == "table":
            return self.table.astype(np.int64)
        total = np.zeros(self.table.shape, np.int64) + self.column
        for plane in self.planes:
            total += plane.product()
        return total

    def proved(self) -> bool:
        """Whether the planes are legal and in order, and give the table for every pair of codes."""
        shapes = {(len(plane.left), len(plane.right)) for plane in self.planes} | {(len(self.table), len(self.column))}
        shifts = [plane.shift for plane in self.planes]
        return (
            shapes == {self.table.shape}
            and not (self.kind == "table" and self.planes)
            and all(plane.legal for plane in self.planes)
            and shifts == sorted(shifts, reverse=True)
            and np.array_equal(self.reconstruct(), self.table)
        )
