"""What a simulation has shown: on how many pairs of operands, and a hash of every product that came with its operands.

Nothing here is declared: both are counted from what stood on the ports. Whether they are what a verification claims is found
out by computing the same of the model, for all pairs from its table, and not from the vectors that the simulator was given.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from multipliers import Multiplier


@dataclass(frozen=True)
class Evidence:
    """The number of distinct pairs (a, b), and the SHA-256 of all distinct (a, b, p), bit patterns, in the order of a, b, p."""

    pairs: int
    products: str


def evidence(a: np.ndarray, b: np.ndarray, p: np.ndarray) -> Evidence:
    """That of bit patterns on the ports, integers of equal shape (N,), in any order; a pair may come several times."""
    rows = np.stack([a, b, p], axis=1).astype(np.uint64)
    rows = rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))]
    new = rows[1:] != rows[:-1]
    distinct = np.ones(len(rows), dtype=bool)
    distinct[1:] = new.any(axis=1)
    return Evidence(min(1, len(rows)) + int(np.count_nonzero(new[:, :2].any(axis=1))), _hash(rows[distinct]))


def evidence_of_all_pairs(multiplier: Multiplier) -> Evidence:
    """What a simulation that tries all pairs has to show, from the model's table; raises MultiplierError without one.

    It is computed once for each multiplier.
    """
    if multiplier not in _known:
        table = multiplier.table.astype(np.int64) & ((1 << multiplier.p.width) - 1)
        a, b = np.indices(table.shape)
        _known[multiplier] = Evidence(table.size, _hash(np.stack([a.ravel(), b.ravel(), table.ravel()], axis=1)))
    return _known[multiplier]


_known: WeakKeyDictionary[Multiplier, Evidence] = WeakKeyDictionary()


def _hash(rows: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(rows).astype("<u8").tobytes()).hexdigest()
