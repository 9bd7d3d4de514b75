"""The output-stationary unit, cycle by cycle: rtl/array/os_pe.v, os_array.v and os_unit.v as plain arrays of registers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ._config import ArrayConfig
from ._elements import from_above, from_left
from ._folds import Fold, check_folds
from ._lines import DelayLine, Skew
from ._simulate import ALWAYS, Offered, pattern
from ._tile import Run


@dataclass(frozen=True, eq=False)
class Step:
    """Activations (rows,) and a row of weights (cols,) with its mask that meet, and whether a fold ends with them."""

    vector: np.ndarray
    weights: np.ndarray
    mask: np.ndarray
    last: bool


class StepOutputs(NamedTuple):
    """What the unit says in a cycle: whether it takes what is offered, and a row of sums (cols,) with its number, or None."""

    ready: bool
    sums: np.ndarray | None
    row: int


class OsElements:
    """The registers of all elements, (rows, cols), named as in os_pe.v without `_q`; `step` is a clock edge."""

    def __init__(self, config: ArrayConfig) -> None:
        self.config = config
        self.reset()
        self.a, self.b, self.sum, self.result = (self._zeros(np.int64) for _ in range(4))
        self.b_valid = self._zeros(bool)

    def reset(self) -> None:
        """What the reset clears: control."""
        self.valid, self.first, self.last = (self._zeros(bool) for _ in range(3))
        rows, cols = self.config.rows, self.config.cols
        self.shifts = [DelayLine(c, blank=(False,) * rows) for c in range(cols)]

    def _zeros(self, dtype: type) -> np.ndarray:
        return np.zeros((self.config.rows, self.config.cols), dtype=dtype)

    def step(
        self,
        *,
        valid: np.ndarray,
        first: np.ndarray,
        last: np.ndarray,
        a: np.ndarray,
        b: np.ndarray,
        b_valid: np.ndarray,
        shift: Sequence[bool],
    ) -> None:
        """One cycle with these inputs: `valid`, `first`, `last`, `a` (rows,) from the left, `b`, `b_valid` (cols,) from above,
        and `shift` (rows,) for column 0."""
        shifted = np.array([line.step(tuple(shift)) for line in self.shifts]).T
        products = np.where(self.b_valid, self.config.products(self.a, self.b), 0)
        sums = self.config.add(np.where(self.first, 0, self.sum), products)
        above = from_above(self.result, np.zeros(self.config.cols, dtype=np.int64))
        self.result = np.where(self.valid & self.last, sums, np.where(shifted, above, self.result))
        self.sum = np.where(self.valid, sums, self.sum)
        taken = from_left(self.valid, valid)
        self.a = np.where(taken, from_left(self.a, a), self.a)
        self.b = np.where(taken, from_above(self.b, b), self.b)
        self.b_valid = np.where(taken, from_above(self.b_valid, b_valid), self.b_valid)
        self.valid, self.first, self.last = taken, from_left(self.first, first), from_left(self.last, last)


class OsUnit:
    """The unit's registers; `step` is a cycle."""

    def __init__(self, config: ArrayConfig) -> None:
        self.config = config
        rows, cols = config.rows, config.cols
        self.elements = OsElements(config)
        self.vector_skew = Skew(rows, blank=(0, False, False, False))
        self.row_skew = Skew(cols, blank=(0, False))
        self.deskew = Skew(cols, reverse=True)
        self.complete = DelayLine(rows, blank=False)
        self.tag = DelayLine(cols - 1, blank=(False, 0))
        self.first, self.cool, self.drain = True, 0, 0

    def reset(self) -> None:
        """A cycle with reset: whatever is under way is dropped."""
        for part in (self.elements, self.vector_skew, self.row_skew, self.deskew, self.complete, self.tag):
            part.reset()
        self.first, self.cool, self.drain = True, 0, 0

    def step(self, step: Step | None) -> StepOutputs:
        """One cycle in which a step is offered, or None; `ready` means nothing then."""
        rows, cols = self.config.rows, self.config.cols
        ready = step is None or not step.last or self.cool == 0
        step = step if ready else None
        lanes = [(0, False, False, False)] * rows
        edge = [(0, False)] * cols
        if step is not None:
            lanes = [(x, True, self.first, step.last) for x in step.vector.tolist()]
            edge = list(zip(step.weights.tolist(), step.mask.tolist(), strict=True))
        a, valid, first, last = zip(*self.vector_skew.step(lanes), strict=True)
        b, b_valid = zip(*self.row_skew.step(edge), strict=True)
        sums = self.deskew.step(self.elements.result[-1].tolist())
        leaves, row = self.tag.step((self.drain > 0, rows - self.drain))
        self.elements.step(
            valid=np.array(valid), first=np.array(first), last=np.array(last), a=np.array(a), b=np.array(b),
            b_valid=np.array(b_valid), shift=[0 < self.drain <= r for r in range(rows)],
        )  # fmt: skip

        ends = step is not None and step.last
        complete = self.complete.step(ends)
        self.drain = 1 if complete else (self.drain + 1) % (rows + 1) if self.drain else 0
        self.cool = rows - 1 if ends else max(0, self.cool - 1)
        self.first = self.first if step is None else step.last
        return StepOutputs(ready, np.array(sums, dtype=np.int64) if leaves else None, row)


def steps_of(folds: Sequence[Fold]) -> Iterator[Step]:
    """All steps in order."""
    for fold in folds:
        final = len(fold.vectors) - 1
        for k, (vector, weights, mask) in enumerate(zip(fold.vectors, fold.weights, fold.mask, strict=True)):
            yield Step(vector, weights, mask, k == final)


def simulate_folds(config: ArrayConfig, folds: Sequence[Fold], offered: Offered = ALWAYS) -> Run:
    """Run the cycle-exact model; steps are offered as soon as the pattern allows. For small arrays. Raises ArrayError."""
    check_folds(config, folds)
    allowed = pattern(offered, "offered")
    unit, steps = OsUnit(config), steps_of(folds)
    step = next(steps, None)
    sums: list[np.ndarray] = []
    rows: list[int] = []
    begun, cycle = None, 0
    while len(sums) < len(folds) * config.rows:
        now = step if allowed[cycle % len(allowed)] else None
        out = unit.step(now)
        if now is not None and out.ready:
            step = next(steps, None)
            begun = cycle if begun is None else begun
        if out.sums is not None:
            sums.append(out.sums)
            rows.append(out.row)
        cycle += 1
    return Run(np.array(sums), np.array(rows, dtype=np.int64), cycle - (begun or 0))
