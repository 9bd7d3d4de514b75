"""From a closed form to int8 planes, with the golden model as the judge.

A factor's values are cut into bytes, of which each pair is a plane, as for narrow tables (`planes.split`): an exact product of
12-bit codes has four. Sums are taken modulo 2**32, so planes that are shifted by 32 bits or more drop out.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from multipliers import Multiplier, MultiplierError
from multipliers._vectors import are_all_pairs

from ..planes import DEEPEST_SHIFT, split
from .plan import WidePlan

ALL_PAIRS = 1 << 20
"""Up to so many operand pairs, a closed form is judged on all of them."""

SAMPLES = 1 << 16
"""Random pairs that judge a closed form of more, besides all pairs of corner operands."""


@lru_cache(maxsize=4)
def compile_wide(multiplier: Multiplier, a: range, b: range) -> WidePlan:
    """The plan of a multiplier over consecutive activation codes `a` and weight codes `b`, which have to fit its ports.

    Raises MultiplierError if the multiplier's factors have a wrong shape or type, or contradict its function, naming a pair
    of operands that shows it.
    """
    none = np.zeros(len(b), np.int64)
    if multiplier.factors is None:
        largest = max(-multiplier.p.low, multiplier.p.high)
        return WidePlan("functional", multiplier, a, b, (), none, largest, "by definition")
    left, right = _factors(multiplier, a, b)
    bound = int(sum(np.abs(u).max() * np.abs(v).max() for u, v in zip(left, right, strict=True)))
    planes = [plane for u, v in zip(left, right, strict=True) for plane in split(u, v) if plane.shift <= DEEPEST_SHIFT]
    assert not any(plane.offset for plane in planes)
    planes.sort(key=lambda plane: -plane.shift)
    bare = WidePlan("closed form", multiplier, a, b, tuple(planes), none, bound, "")
    first, every = np.zeros(len(b), np.int64), np.arange(len(b))
    column = bare.model(first, every) - bare.by_planes(first, every)
    plan = WidePlan("closed form", multiplier, a, b, tuple(planes), column, bound, _vectors(a, b)[2])
    _judge(plan, left, right)
    return plan


def _factors(multiplier: Multiplier, a: range, b: range) -> tuple[np.ndarray, np.ndarray]:
    """The factors (P, A) and (P, B) of all codes; raises MultiplierError if they are none."""
    assert multiplier.factors is not None
    left, right = map(np.asarray, multiplier.factors(np.arange(a.start, a.stop), np.arange(b.start, b.stop)))
    if (
        left.shape != (len(left), len(a))
        or right.shape != (len(left), len(b))
        or {left.dtype, right.dtype} != {np.dtype(np.int64)}
    ):
        raise MultiplierError(
            f"{multiplier.label}: its factors are {left.dtype} {left.shape} and {right.dtype} {right.shape}; "
            f"int64 (P, {len(a)}) and (P, {len(b)}) are needed"
        )
    return left, right


def _judge(plan: WidePlan, left: np.ndarray, right: np.ndarray) -> None:
    """Raise MultiplierError where factors and model differ, and AssertionError where planes and model do."""
    i, j, _ = _vectors(plan.a, plan.b)
    golden = plan.model(i, j)
    stated = sum((u[i] * v[j] for u, v in zip(left, right, strict=True)), np.zeros_like(golden))
    if (wrong := np.flatnonzero(stated != golden)).size:
        k = wrong[0]
        pair = f"{plan.a[i[k]]} * {plan.b[j[k]]}"
        raise MultiplierError(f"{plan.multiplier.label}: for {pair} its factors give {stated[k]}, its model {golden[k]}")
    difference = plan.by_planes(i, j) - golden
    assert not (difference & 0xFFFFFFFF).any(), "the planes of a closed form do not give its products"


def _vectors(a: range, b: range) -> tuple[np.ndarray, np.ndarray, str]:
    """Index pairs (V,) that judge a closed form, and what to call them.

    Random indices have random sizes, too, since what a multiplier does depends on an operand's leading one.
    """
    if len(a) * len(b) <= ALL_PAIRS:
        i, j = np.divmod(np.arange(len(a) * len(b)), len(b))
        return i, j, f"{'exhaustive' if are_all_pairs(i, j, (len(a), len(b))) else 'sampled'}, {len(i):,} vectors"
    random = np.random.default_rng(0)
    corners = np.meshgrid(_corners(a), _corners(b), indexing="ij")
    i, j = (np.concatenate([c.ravel(), _random(codes, random)]) for c, codes in zip(corners, (a, b), strict=True))
    return i, j, f"sampled, {len(i):,} vectors"


def _corners(codes: range) -> np.ndarray:
    """Indices of the extremes, zero, and every power of two of either sign with its neighbours."""
    powers = [sign << bit for bit in range(17) for sign in (1, -1)]
    near = {codes[0], codes[-1], *(power + step for power in powers for step in (-1, 0, 1))}
    return np.array(sorted(code - codes.start for code in near if code in codes))


def _random(codes: range, random: np.random.Generator) -> np.ndarray:
    uniform = random.integers(codes.start, codes.stop, SAMPLES)
    small = uniform >> random.integers(0, 16, SAMPLES)
    return np.where(random.random(SAMPLES) < 0.5, uniform, np.clip(small, codes[0], codes[-1])) - codes.start
