"""The search for the fewest planes: which matrix to factor, which way round, and in which bases.

The table less its first row has rank r, and no plan with a free column term has fewer than r planes; a search that comes down
to r stops. Over weight codes -127 ... 127 it does so for every family and circuit tried, but for DRUM with code -128, which no
one plane can hold. It tries the table itself, and its error beside an exact plane, each with a reduced basis of its rows and of
its columns; then these bases balanced, then fitted into bytes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .balance import balanced
from .fitting import fitted
from .lattice import factor, rank
from .planes import DEEPEST_SHIFT, WINDOW, Plane, split

HIGHEST_RANK = 24
"""Tables of higher rank are left to table kernels, which are as fast as so many int8 products."""

_Factors = tuple[np.ndarray, np.ndarray]
"""Columns u of shape (A, r) and rows v of shape (r, B)."""


def exact_planes(a: np.ndarray, b: np.ndarray) -> list[Plane]:
    """The planes of a * b for consecutive codes a (A,) and b (B,): one, `left = a` and `right = b`, where b fits int8."""
    if b[0] < -128 or b[-1] > 127:
        return split(a, b)
    offset = 0 if a[0] >= 0 and a[-1] < WINDOW else -int(a[0])
    return [Plane(a.astype(np.int16), b.astype(np.int8), 0, offset)]


def fewest_planes(table: np.ndarray, a: np.ndarray, b: np.ndarray) -> list[Plane] | None:
    """The fewest planes found that make up `table` (A, B), int64, but for a term in b; None if the rank is too high."""
    bound = rank(table - table[0], HIGHEST_RANK + 1)
    if bound > HIGHEST_RANK:
        return None
    best: list[Plane] | None = None
    for beside, factors in _candidates(table, a, b):
        planes = [*beside, *_split_all(*factors)]
        if all(plane.shift <= DEEPEST_SHIFT for plane in planes) and (best is None or len(planes) < len(best)):
            best = planes
        if best is not None and len(best) <= bound:
            break
    return best


def _candidates(table: np.ndarray, a: np.ndarray, b: np.ndarray) -> Iterator[tuple[list[Plane], _Factors]]:
    """Planes that are there already, and factors of what is left."""
    starts = []
    for beside, factors in _bases(table, a, b):
        yield beside, factors
        starts.append((beside, balanced(*factors)))
        yield starts[-1]
    for beside, factors in starts:
        if len(_split_all(*factors)) <= 2 * len(factors[1]):  # of larger ones none has come down to bytes
            yield beside, fitted(*factors)


def _bases(table: np.ndarray, a: np.ndarray, b: np.ndarray) -> Iterator[tuple[list[Plane], _Factors]]:
    for matrix, beside in ((table, []), (table - np.multiply.outer(a, b), exact_planes(a, b))):
        differences = matrix - matrix[0]
        for transposed in (False, True):
            factors = factor(differences.T if transposed else differences)
            if factors is not None:
                yield beside, (factors[1].T, factors[0].T) if transposed else factors


def _split_all(left: np.ndarray, right: np.ndarray) -> list[Plane]:
    return [plane for u, v in zip(left.T, right, strict=True) for plane in split(u, v)]
