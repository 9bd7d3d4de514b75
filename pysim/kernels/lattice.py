"""Integer matrices as lattices: rank, and exact factors `M = U V` with V short, by python-flint's LLL.

V is an LLL-reduced basis of the lattice that M's rows span, and U holds the rows' integer coordinates in it. The work is done
on r x r and r x B matrices, r the rank: rank and r independent rows and columns come from an elimination modulo a prime.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

_PRIME = 2**31 - 1


def flint_available() -> bool:
    """Whether python-flint is installed; it is imported only when a lattice is asked for."""
    return find_spec("flint") is not None


def independent(matrix: np.ndarray, limit: int | None = None) -> tuple[list[int], list[int]]:
    """Indices of independent rows and of as many independent columns, as many as the rank modulo 2**31 - 1 or `limit`.

    The rank modulo a prime never exceeds the rank over the rationals, and differs from it by rare chance only.
    """
    rest = matrix.astype(np.int64) % _PRIME
    rows: list[int] = []
    columns: list[int] = []
    order = np.arange(len(rest))
    while limit is None or len(rows) < limit:
        alive = rest.any(1)
        if not alive.any():
            break
        rest, order = rest[alive], order[alive]
        column = int(np.flatnonzero(rest[0])[0])
        pivot = rest[0] * pow(int(rest[0, column]), -1, _PRIME) % _PRIME
        rows.append(int(order[0]))
        columns.append(column)
        rest, order = (rest[1:] - rest[1:, column, None] * pivot) % _PRIME, order[1:]
    return rows, columns


def rank(matrix: np.ndarray, limit: int | None = None) -> int:
    """The rank of an integer matrix (modulo 2**31 - 1, see `independent`), or `limit` if it is larger."""
    return len(independent(matrix, limit)[0])


def factor(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Exact factors U (A, r) and V (r, B), int64, of an int64 matrix (A, B); V is a reduced basis of the row lattice.

    None where the entries pass 2**40, or where the prime hid a part of the rank.
    """
    flint: Any = import_module("flint")

    def exact(values: np.ndarray) -> Any:
        return flint.fmpz_mat(*values.shape, [int(value) for value in values.ravel()])

    rows, columns = independent(matrix)
    size = len(rows)
    if not size:
        return np.zeros((matrix.shape[0], 0), np.int64), np.zeros((0, matrix.shape[1]), np.int64)
    hermite = exact(np.unique(matrix[:, columns], axis=0)).hnf()
    generators = flint.fmpz_mat(size, size, hermite.entries()[: size * size])
    coordinates = flint.fmpq_mat(generators) * flint.fmpq_mat(exact(matrix[np.ix_(rows, columns)])).inv()
    basis, denominator = (coordinates * flint.fmpq_mat(exact(matrix[rows]))).numer_denom()
    if denominator != 1:
        return None
    right = _int64(basis.lll())
    if right is None:
        return None
    left, denominator = (
        flint.fmpq_mat(exact(matrix[:, columns])) * flint.fmpq_mat(exact(right[:, columns])).inv()
    ).numer_denom()
    left = _int64(left)
    if left is None or denominator != 1 or not np.array_equal(left @ right, matrix):
        return None
    return left, right


def _int64(matrix: Any) -> np.ndarray | None:
    """An fmpz matrix in NumPy, or None if an entry passes 2**40."""
    entries = [int(entry) for entry in matrix.entries()]
    if any(abs(entry) >> 40 for entry in entries):
        return None
    return np.array(entries, dtype=np.int64).reshape(matrix.nrows(), matrix.ncols())
