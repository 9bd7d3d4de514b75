"""Error metrics over all operand pairs of multipliers that are too wide to have them in memory at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ._metrics import Metrics, largest_product
from ._multiplier import Multiplier

_BLOCK = 1 << 20
"""Operand pairs at a time: some ten arrays of 8 MB, which is where the interpreter no longer counts."""


@dataclass(frozen=True)
class _Sums:
    """What is added up over blocks; integers are exact, squares and relative errors sums of doubles."""

    pairs: int
    distance: int
    error: int
    square: float
    wrong: int
    relative: float
    nonzero: int
    wce: int
    wcre: float


def measure_all(multiplier: Multiplier, progress: Callable[[float], None] | None = None) -> Metrics:
    """Metrics over all operand pairs, 2**32 of them if need be: some seconds for 2**24.

    `progress` hears which share is done, in this thread.
    """
    a, b = multiplier.a.values(), multiplier.b.values()
    rows = max(1, _BLOCK // len(b))
    parts = [a[start : start + rows] for start in range(0, len(a), rows)]
    sums = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, part in enumerate(pool.map(lambda part: _block(multiplier, part, b), parts), 1):
            sums.append(part)
            if progress:
                progress(done / len(parts))
    return _metrics(multiplier, sums)


def _block(multiplier: Multiplier, a: np.ndarray, b: np.ndarray) -> _Sums:
    """The sums of all pairs of some a with all b."""
    pairs = np.broadcast_arrays(a[:, None], b[None, :])
    exact = (a[:, None] * b[None, :]).ravel()
    error = multiplier(pairs[0].ravel(), pairs[1].ravel()) - exact
    distance = np.abs(error)
    relative = distance / np.maximum(np.abs(exact), 1)
    relative[exact == 0] = 0
    return _Sums(
        pairs=error.size,
        distance=int(distance.sum()),
        error=int(error.sum()),
        square=float(np.square(distance.astype(np.float64)).sum()),
        wrong=int(np.count_nonzero(error)),
        relative=float(relative.sum()),
        nonzero=int(np.count_nonzero(exact)),
        wce=int(distance.max()),
        wcre=float(relative.max()),
    )


def _metrics(multiplier: Multiplier, sums: list[_Sums]) -> Metrics:
    pairs = sum(part.pairs for part in sums)
    mae = sum(part.distance for part in sums) / pairs
    wce = max(part.wce for part in sums)
    relative = sum(part.relative for part in sums)
    return Metrics(
        mae=mae,
        mae_percent=100 * mae / pairs,
        nmed=mae / largest_product(multiplier),
        wce=wce,
        wce_percent=100 * wce / pairs,
        mse=sum(part.square for part in sums) / pairs,
        bias=sum(part.error for part in sums) / pairs,
        ep=sum(part.wrong for part in sums) / pairs,
        mre=relative / sum(part.nonzero for part in sums),
        mre_all=relative / pairs,
        wcre=max(part.wcre for part in sums),
        vectors=pairs,
        exhaustive=pairs == multiplier.a.codes * multiplier.b.codes,
    )
