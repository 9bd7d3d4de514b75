"""Plans of wide products: which codes meet which multiplier, and the int8 planes of its closed form if it has one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from multipliers import Multiplier

from ..planes import Plane

TABLE_ENTRIES = 1 << 24
"""Most entries of a table that is looked up, 64 MiB of them: 16 by 8 bits, or 12 by 12."""


@dataclass(frozen=True, eq=False)
class WidePlan:
    """How a multiplier is computed over the consecutive codes `a` and `b`, of which one at least has more than 256.

    With the kind "closed form", the product of codes i and j (as indices) is, modulo 2**32, `column[j]` plus the sum over the
    planes of `left[i] * right[j] << shift`; `left` is a byte without offset, and shifts descend from at most 31. `column` is
    int64 (B,). With "functional" there are no planes, and `products` is all there is. `bound` is at least the magnitude of
    every product. `checked` says by which operand pairs the golden model has judged the closed form, as in "sampled, 69,361
    vectors".
    """

    kind: Literal["closed form", "functional"]
    multiplier: Multiplier
    a: range
    b: range
    planes: tuple[Plane, ...]
    column: np.ndarray
    bound: int
    checked: str

    @cached_property
    def table(self) -> np.ndarray | None:
        """The products of all codes, int32 (A * B,), made at first use; None if there are too many, or too large ones."""
        rows, columns = len(self.a), len(self.b)
        if rows * columns > TABLE_ENTRIES:
            return None
        table = np.empty((rows, columns), np.int32)
        step = max(1, (1 << 15) // columns)  # the model's int64 intermediates stay in the processor's cache
        for start in range(0, rows, step):
            part = self.model(np.arange(start, min(start + step, rows))[:, None], np.arange(columns))
            table[start : start + step] = part
            if not np.array_equal(table[start : start + step], part):
                return None
        return table.ravel()

    def products(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Golden products of code indices i and j, which are broadcast: int64, or int32 from the table."""
        return self.model(i, j) if self.table is None else np.take(self.table, i * len(self.b) + j)

    def model(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Products by the golden model itself: int64."""
        a, b = np.broadcast_arrays(i + self.a.start, j + self.b.start)
        return np.asarray(self.multiplier.function(a, b), dtype=np.int64)

    def by_planes(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Products by the closed form, of index arrays of equal shape: int64, right modulo 2**32."""
        total = self.column[j]
        for plane in self.planes:
            total = total + ((plane.left[i].astype(np.int64) * plane.right[j]) << plane.shift)
        return total
