"""Fitting factors into bytes: where balancing left a factor just too large for one plane, other planes take a part of it.

Seysen's measure knows lengths; what costs planes is a window of 256, or 8 bits, exceeded. So the additions that keep a product
(see balance.py) are tried again, greedily, only where a plane exceeds a window, and are judged by the planes that they save.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

_STEPS = 24

_BIT = 1 / 64
"""The cost, in planes, of one bit too many: leads on from one step to the next, and never outweighs a plane."""


def fitted(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Factors with the same product as `left` (A, r) and `right` (r, B), int64, and a locally least number of planes."""
    left, right = left.copy(), right.copy()
    for _ in range(_STEPS):
        costs = [_cost(u, v) for u, v in zip(left.T, right, strict=True)]
        best, gain = None, _BIT / 1024
        for i, j, k in _moves(left, right, np.array(costs) > 1):
            after = _cost(left[:, i], right[i] + k * right[j]) + _cost(left[:, j] - k * left[:, i], right[j])
            if costs[i] + costs[j] - after > gain:
                best, gain = (i, j, k), costs[i] + costs[j] - after
        if best is None:
            break
        i, j, k = best
        right[i] += k * right[j]
        left[:, j] -= k * left[:, i]
    return left, right


def _moves(left: np.ndarray, right: np.ndarray, large: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """(i, j, k) that shorten u_j by k u_i or v_i by k v_j, of pairs of planes of which one is too large."""
    allowed = (large[:, None] | large[None, :]) & ~np.eye(len(large), dtype=bool)
    for i, j in np.argwhere(allowed).tolist():
        for nearest in (_nearest(left[:, j], left[:, i]), -_nearest(right[i], right[j])):
            yield from ((i, j, k) for k in (nearest - 1, nearest, nearest + 1) if k)


def _nearest(vector: np.ndarray, other: np.ndarray) -> int:
    """The multiple of `other` that is nearest to `vector`, but for constants."""
    centred = other - other.mean()
    size = float(centred @ centred)
    return round(float(vector @ centred) / size) if size else 0


def _cost(left: np.ndarray, right: np.ndarray) -> float:
    """Planes of u v, odd common factors apart, and a little for each bit beyond a byte."""
    bits_left = _bits(left - left.min(), int(left.max()) - int(left.min()))
    bits_right = 1 + _bits(right, max(int(right.max()), -int(right.min()) - 1))
    too_many = (max(0.0, bits_left - 8), max(0.0, bits_right - 8))
    return (1 + math.ceil(too_many[0] / 8)) * (1 + math.ceil(too_many[1] / 8)) + _BIT * sum(too_many)


def _bits(values: np.ndarray, peak: int) -> float:
    """Bits, as a fraction, of integers up to `peak` without the zeros that all end in."""
    common = int(np.bitwise_or.reduce(values))
    return math.log2(peak // (common & -common) + 1) if common and peak > 0 else 0.0
