"""The matrix unit, cycle by cycle: rtl/array/matrix_unit.v."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ._bank import Bank
from ._config import ArrayConfig
from ._elements import Elements
from ._lines import DelayLine, Skew


@dataclass(frozen=True, eq=False)
class Row:
    """A row of weights (cols,) and which of them are there."""

    weights: np.ndarray
    mask: np.ndarray


@dataclass(frozen=True, eq=False)
class Vector:
    """Activations (rows,), and what becomes of their sums."""

    activations: np.ndarray
    swap: bool
    first: bool
    last: bool
    address: int


class Outputs(NamedTuple):
    """What the unit says in a cycle: whether it takes what is offered (`vector_ready` means nothing if none is), and sums
    (cols,) with their address, or None."""

    row_ready: bool
    vector_ready: bool
    sums: np.ndarray | None
    address: int


class MatrixUnit:
    """The unit's registers; `step` is a cycle."""

    def __init__(self, config: ArrayConfig) -> None:
        self.config = config
        rows, cols = config.rows, config.cols
        self.elements = Elements(config)
        self.banks = [Bank(config.depth) for _ in range(cols)]
        self.row_skew = Skew(cols, blank=(0, False))
        self.vector_skew = Skew(rows, blank=(0, False, False))
        self.deskew = Skew(cols, reverse=True)
        self.tags = DelayLine(rows + cols, blank=None)
        self.count = 0

    def reset(self) -> None:
        """A cycle with reset: whatever is under way is dropped. The banks keep their words."""
        for part in (self.elements, self.row_skew, self.vector_skew, self.deskew, self.tags):
            part.reset()
        self.count = 0

    def _ready(self, vector: Vector | None) -> tuple[bool, bool]:
        """Whether a row of weights is taken in this cycle, and `vector`, if one is offered."""
        full = self.count == self.config.rows
        if vector is None:
            return not full, True
        young = list(self.tags.stages)[self.config.cols + 1 :]  # taken 1 to rows - 1 cycles ago
        under_way = any(v is not None and not v.last and v.address == vector.address for v in young)
        vector_ready = (full or not vector.swap) and (vector.first or not under_way)
        return not full or (vector.swap and vector_ready), vector_ready

    def step(self, row: Row | None, vector: Vector | None) -> Outputs:
        """One cycle in which a row of weights and a vector are offered, or None."""
        rows, cols = self.config.rows, self.config.cols
        row_ready, vector_ready = self._ready(vector)
        row = row if row_ready else None
        vector = vector if vector_ready else None

        if vector is not None and vector.swap:
            self.count = 0
        load = np.array([row is not None and self.count >= r for r in range(rows)])
        self.count += row is not None

        edge = [(0, False)] * cols if row is None else list(zip(row.weights.tolist(), row.mask.tolist(), strict=True))
        b, b_valid = zip(*self.row_skew.step(edge), strict=True)
        lanes = [(0, False, False)] * rows if vector is None else [(x, True, vector.swap) for x in vector.activations.tolist()]
        a, valid, swaps = zip(*self.vector_skew.step(lanes), strict=True)

        # tags[n] belongs to the vector that was taken n cycles ago.
        leaving = self.tags.step(vector)
        tags = [*reversed(self.tags.stages), leaving]
        below = self.elements.sum[-1]
        above = [self._bank(c, tags[c], tags[rows + 1 + c], int(below[c])) for c in range(cols)]
        sums = self.deskew.step(below.tolist())
        self.elements.step(
            valid=np.array(valid), swap=np.array(swaps), a=np.array(a), load=load,
            b=np.array(b), b_valid=np.array(b_valid), sum=np.array(above),
        )  # fmt: skip
        if leaving is None or not leaving.last:
            return Outputs(row_ready, vector_ready, None, 0)
        return Outputs(row_ready, vector_ready, np.array(sums, dtype=np.int64), leaving.address)

    def _bank(self, c: int, reads: Vector | None, writes: Vector | None, below: int) -> int:
        """What bank c gives to the top of its column."""
        found = self.banks[c].step(
            read_zero=reads is None or reads.first,
            read_address=0 if reads is None else reads.address,
            write=writes is not None and not writes.last,
            write_address=0 if writes is None else writes.address,
            sum=below,
        )
        return 0 if found is None else found
