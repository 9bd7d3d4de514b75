"""How a multiplier's error is distributed: how often each size occurs, and how it goes with the operands' size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from multipliers import Multiplier, exhaustive, sampled
from multipliers._vectors import EXHAUSTIVE_BITS

_BINS = 100
_SAMPLES = 1 << 20


@dataclass(frozen=True, eq=False)
class Histogram:
    """`shares` (N,) of operand pairs whose error lies from `edges[i]` to below `edges[i + 1]`; the sum is 1."""

    edges: np.ndarray
    shares: np.ndarray


@dataclass(frozen=True, eq=False)
class Profile:
    """Relative errors |E| / |a*b| of pairs whose |a*b| has `bits[i]` bits (N,): the mean and the worst of each size."""

    bits: np.ndarray
    mean: np.ndarray
    worst: np.ndarray


def histogram(multiplier: Multiplier) -> Histogram:
    """Errors f(a, b) - a*b over all operand pairs, or over 2**20 random ones above 2**20; bins of whole integers."""
    error, _ = _errors(multiplier)
    low, high = int(error.min()), int(error.max())
    step = max(-(-(high - low + 1) // _BINS), 1)
    first = low // step * step  # so that 0 begins a bin
    bins = (error - first) // step
    shares = np.bincount(bins) / error.size
    return Histogram(first + step * np.arange(len(shares) + 1), shares)


def by_magnitude(multiplier: Multiplier) -> Profile:
    """Relative errors against the exact product's number of bits, over the same pairs but those whose product is 0."""
    error, exact = _errors(multiplier)
    error, exact = np.abs(error[exact != 0]), np.abs(exact[exact != 0])
    sizes = np.frexp(exact.astype(np.float64))[1]  # 1 has 1 bit, 2 and 3 have 2
    relative = error / exact
    bits = np.unique(sizes)
    parts = [relative[sizes == size] for size in bits]
    return Profile(bits, np.array([part.mean() for part in parts]), np.array([part.max() for part in parts]))


def _errors(multiplier: Multiplier) -> tuple[np.ndarray, np.ndarray]:
    narrow = multiplier.a.width + multiplier.b.width <= EXHAUSTIVE_BITS
    pairs = exhaustive(multiplier) if narrow else sampled(multiplier, _SAMPLES, corners=False)
    exact = pairs.a * pairs.b
    return multiplier(pairs.a, pairs.b) - exact, exact
