"""Closed forms of array multipliers that drop partial products."""

import numpy as np


def row_factors(a: np.ndarray, b: np.ndarray, *, width: int, h: int, v: int) -> tuple[np.ndarray, np.ndarray]:
    """Factors (P, A) and (P, B), P <= width, of the sum of partial products a_i * b_j * 2**(i+j) over j >= h and i + j >= v.

    Row j is bit j of b times a without its low v - j bits. Rows from v on lose nothing, and together are one factor.

    >>> left, right = row_factors(np.array([200]), np.array([100]), width=8, h=3, v=7)
    >>> int((left * right).sum())
    19200
    """
    cut = [j for j in range(h, min(v, width)) if v - j < width]
    left, right = [(a >> (v - j)) << (v - j) for j in cut], [b & (1 << j) for j in cut]
    whole = max(h, v)
    if whole < width:
        left.append(a)
        right.append((b >> whole) << whole)
    return np.array(left, np.int64).reshape(-1, a.size), np.array(right, np.int64).reshape(-1, b.size)
