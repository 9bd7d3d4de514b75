"""Operand pairs to test with: all of them, or the corners and a seeded random sample; which it is, is counted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ._bits import Operand, to_bits
from ._errors import MultiplierError
from ._multiplier import Multiplier

EXHAUSTIVE_BITS = 20
"""Operand bits, both together, up to which all pairs are tried (2**20 pairs)."""


@dataclass(frozen=True)
class Vectors:
    """Operand pairs: int64 arrays `a` and `b` of equal shape (N,), and the two ports that they are for."""

    a: np.ndarray
    b: np.ndarray
    ports: tuple[Operand, Operand]

    @cached_property
    def exhaustive(self) -> bool:
        """Whether every pair of codes is among them."""
        a, b = (to_bits(values, port) for values, port in zip((self.a, self.b), self.ports, strict=True))
        return are_all_pairs(a, b, (self.ports[0].codes, self.ports[1].codes))

    def __str__(self) -> str:
        return f"{'exhaustive' if self.exhaustive else 'sampled'}, {len(self.a):,} vectors"


def are_all_pairs(i: np.ndarray, j: np.ndarray, shape: tuple[int, int]) -> bool:
    """Whether the index pairs `i`, `j`, integers of equal shape (N,), are all of a grid of that `shape`, some perhaps twice."""
    if len(i) < shape[0] * shape[1]:
        return False
    seen = np.zeros(shape, dtype=bool)
    seen[i, j] = True
    return bool(seen.all())


def exhaustive(multiplier: Multiplier) -> Vectors:
    """All operand pairs, `a` varying slowest; raises MultiplierError above 2**20 pairs."""
    if multiplier.a.width + multiplier.b.width > EXHAUSTIVE_BITS:
        raise MultiplierError(f"{multiplier.label}: too wide to try all pairs; use sampled()")
    a, b = np.meshgrid(multiplier.a.values(), multiplier.b.values(), indexing="ij")
    return Vectors(a.ravel(), b.ravel(), (multiplier.a, multiplier.b))


def sampled(multiplier: Multiplier, count: int, seed: int = 0, corners: bool = True) -> Vectors:
    """`count` uniformly random operand pairs, behind all pairs of corner operands if wanted."""
    rng = np.random.default_rng(seed)
    a = rng.integers(multiplier.a.low, multiplier.a.high + 1, count)
    b = rng.integers(multiplier.b.low, multiplier.b.high + 1, count)
    if corners:
        corner_a, corner_b = np.meshgrid(
            *(_corners(port, multiplier.corners) for port in (multiplier.a, multiplier.b)), indexing="ij"
        )
        a, b = np.concatenate([corner_a.ravel(), a]), np.concatenate([corner_b.ravel(), b])
    return Vectors(a, b, (multiplier.a, multiplier.b))


def _corners(operand: Operand, more: tuple[int, ...]) -> np.ndarray:
    """Extremes, zero, and each power of two with its neighbours, of both signs where there are two; and `more`."""
    powers = [1 << bit for bit in range(operand.width)]
    near = [power + step for power in powers for step in (-1, 0, 1)]
    candidates = np.unique([operand.low, operand.high, 0, *near, *(-value for value in near), *more])
    return candidates[(candidates >= operand.low) & (candidates <= operand.high)]
