"""gemmlowp's fixed-point functions against rational arithmetic."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest

from accelerator.array.requantize import requantize, rounding_divide_by_pot, saturating_rounding_doubling_high_mul

MIN, MAX = -(2**31), 2**31 - 1
EDGES = [MIN, MIN + 1, -(2**30) - 1, -(2**30), -3, -2, -1, 0, 1, 2, 3, 2**30 - 1, 2**30, 2**30 + 1, MAX - 1, MAX]


def values(count: int, seed: int) -> list[int]:
    """Edges, and random numbers of all magnitudes."""
    rng = np.random.default_rng(seed)
    return EDGES + (rng.integers(MIN, MAX + 1, count) >> rng.integers(0, 31, count)).tolist()


def half_up(x: Fraction) -> int:
    return floor(x + Fraction(1, 2))


def half_away(x: Fraction) -> int:
    return half_up(x) if x >= 0 else -half_up(-x)


def test_high_mul_rounds_halves_up_and_saturates():
    pairs = [(a, b) for a in values(60, 0) for b in values(60, 1)]
    a, b = np.array(pairs).T
    expected = [min(half_up(Fraction(x * y, 2**31)), MAX) for x, y in pairs]
    assert saturating_rounding_doubling_high_mul(a, b).tolist() == expected
    assert saturating_rounding_doubling_high_mul(MIN, MIN) == MAX


@pytest.mark.parametrize("exponent", [0, 1, 2, 7, 30, 31])
def test_divide_rounds_halves_away_from_zero(exponent: int):
    x = values(300, exponent)
    expected = [half_away(Fraction(v, 2**exponent)) for v in x]
    assert rounding_divide_by_pot(np.array(x), exponent).tolist() == expected


def test_two_roundings_differ_from_one_in_rare_cases_only():
    rng = np.random.default_rng(3)
    sums, multiplier, shift = rng.integers(-(2**20), 2**20, 4000), rng.integers(2**30, 2**31, 4000), rng.integers(1, 12, 4000)
    settings = (0, multiplier, shift, 0, -(2**15), 2**15 - 1)
    once, twice = requantize(sums, *settings, single_rounding=True), requantize(sums, *settings)
    exact = [Fraction(int(s) * int(m), 2 ** (31 + int(e))) for s, m, e in zip(sums, multiplier, shift, strict=True)]
    clamped = [min(max(half_up(x), -(2**15)), 2**15 - 1) for x in exact]
    assert once.tolist() == clamped
    assert 0 < np.count_nonzero(once != twice) < 400
    assert np.abs(once - twice).max() == 1


def test_offset_wraps_around_and_the_clamp_is_the_activation():
    assert requantize(MAX, 1, MAX, 31, 0, -128, 127) == -1
    relu6 = requantize(np.array([-500, 40, 9000]), 0, 2**30, 0, 3, 3, 90)
    assert relu6.tolist() == [3, 23, 90]


@pytest.mark.parametrize("shift", range(32))
def test_both_roundings_at_every_shift_and_edge(shift: int):
    """One rounding is half up and wraps around; two are half up, and half away from zero."""
    a, b = np.array([(a, b) for a in EDGES for b in EDGES]).T
    low, high = -(2**16), 2**16 - 1
    exact = [Fraction(x * y, 2**31) for x, y in zip(a.tolist(), b.tolist(), strict=True)]
    once = [(half_up(x / 2**shift) - MIN) % 2**32 + MIN for x in exact]
    twice = [half_away(Fraction(min(half_up(x), MAX), 2**shift)) for x in exact]
    for single_rounding, wanted in ((True, once), (False, twice)):
        found = requantize(a, 0, b, shift, 0, low, high, single_rounding=single_rounding)
        assert found.tolist() == [min(max(code, low), high) for code in wanted]
