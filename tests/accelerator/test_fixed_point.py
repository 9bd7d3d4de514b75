"""Requantiser and rescaler against gemmlowp's text in Python's integers, and against rounding's definition."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from slow_interpreter import INT32_MAX, INT32_MIN, rdbpot, srdhm

from accelerator.fixed_point import doubling_high, requantization, requantize, rescaling, round_shift

CORNERS = [INT32_MIN, INT32_MIN + 1, -(2**30), -3, -2, -1, 0, 1, 2, 3, 2**30 - 1, 2**30, 2**30 + 1, INT32_MAX - 1, INT32_MAX]


def random_int32(count: int, seed: int) -> list[int]:
    """Of all magnitudes."""
    rng = np.random.default_rng(seed)
    return [
        int(v) >> int(s) for v, s in zip(rng.integers(INT32_MIN, INT32_MAX + 1, count), rng.integers(0, 31, count), strict=True)
    ]


def half_away(x: Fraction) -> int:
    """The nearest integer, halves away from zero: the definition."""
    return int(math.copysign(1, x)) * math.floor(abs(x) + Fraction(1, 2))


def test_doubling_high_equals_gemmlowp() -> None:
    """All pairs of corners, the saturating one among them, and 4,000 random pairs."""
    pairs = [(a, b) for a in CORNERS for b in CORNERS] + list(zip(random_int32(4000, 0), random_int32(4000, 1), strict=True))
    a, b = (torch.tensor(part) for part in zip(*pairs, strict=True))
    assert doubling_high(a, b).tolist() == [srdhm(*pair) for pair in pairs]
    assert doubling_high(torch.tensor(INT32_MIN), torch.tensor(INT32_MIN)) == INT32_MAX


@pytest.mark.parametrize("shift", range(32))
def test_round_shift_equals_gemmlowp_and_the_definition(shift: int) -> None:
    half = 1 << max(shift - 1, 0)
    ties = [sign * (half + k * (1 << shift)) for sign in (1, -1) for k in (0, 1, 2, 5)]
    values = [*CORNERS, *ties, *(tie + d for tie in ties for d in (-1, 1)), *random_int32(300, shift)]
    got = round_shift(torch.tensor(values), shift).tolist()
    assert got == [half_away(Fraction(value, 1 << shift)) for value in values]
    assert got == [rdbpot(value, shift) for value in values]


def test_round_shift_of_48_bits() -> None:
    """The rescaler's sums are wider than accumulators."""
    values = [sign * (2**47 - 1 - k) for sign in (1, -1) for k in range(5)] + [3 << 46, -(3 << 46), 1 << 46, -(1 << 46)]
    for shift in (1, 23, 46, 47):
        assert round_shift(torch.tensor(values), shift).tolist() == [half_away(Fraction(v, 1 << shift)) for v in values]


def test_requantize_equals_gemmlowp() -> None:
    accumulators = CORNERS + random_int32(500, 2)
    multipliers = [2**30, INT32_MAX, -(2**30), INT32_MIN, 1518500250, 7, 0]
    shifts = [0, 1, 5, 12, 31, 31, 0]
    for low, high, zero in ((0, 255, 0), (-127, 127, 0), (17, 201, 17), (-32768, 32767, -5)):
        acc = torch.tensor(accumulators, dtype=torch.int32)[:, None].expand(-1, len(multipliers))
        got = requantize(acc, torch.tensor(multipliers), torch.tensor(shifts), zero, low, high)
        for i, value in enumerate(accumulators):
            expected = [
                max(low, min(high, zero + rdbpot(srdhm(value, m), s))) for m, s in zip(multipliers, shifts, strict=True)
            ]
            assert got[i].tolist() == expected


@pytest.mark.parametrize("sign", [1, -1])
def test_requantization_is_within_its_last_bit(sign: int) -> None:
    factors = sign * np.array(
        [0.5, 0.25, 1 - 2**-33, 2**-31, 2**-32, 1e-12, 0.1, 0.9999999999, 3e-5, *np.random.default_rng(0).random(99)]
    )
    multipliers, shifts = requantization(factors)
    for factor, multiplier, shift in zip(factors, multipliers.tolist(), shifts.tolist(), strict=True):
        assert 0 <= shift <= 31
        assert INT32_MIN <= multiplier <= INT32_MAX
        assert abs(Fraction(multiplier, 1 << 31 + shift) - Fraction(factor)) <= Fraction(1, 1 << 31 + shift)
        assert shift == 31 or abs(multiplier) >= 1 << 30, "31 bits are significant"


def test_requantization_refuses_factors_of_one_and_more() -> None:
    for factor in (1.0, -1.0, 2.5, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="must be below 1"):
            requantization(np.array([0.5, factor]))


def test_requantized_accumulators_are_rounded_as_the_definition_says() -> None:
    """Rounding twice, as gemmlowp does, is off from once only next to a tie: by at most one."""
    accumulators, factor = random_int32(3000, 4), 0.0123456789
    (multiplier,), (shift,) = (part.tolist() for part in requantization(np.array([factor])))
    got = requantize(
        torch.tensor(accumulators)[:, None], torch.tensor([multiplier]), torch.tensor([shift]), 0, INT32_MIN, INT32_MAX
    )
    exact = [Fraction(value * multiplier, 1 << 31 + shift) for value in accumulators]
    off = [abs(g - half_away(e)) for g, e in zip(got[:, 0].tolist(), exact, strict=True)]
    assert max(off) <= 1
    for g, e in zip(got[:, 0].tolist(), exact, strict=True):
        assert abs(g - e) <= Fraction(1, 2) + Fraction(1, 1 << shift + 1)


def test_rescaling_is_rounded_up_to_24_bits() -> None:
    rng = np.random.default_rng(0)
    for factors in ([1.0], [0.5, 0.25], [1 / 49], [1 - 2**-40], [3.7e6, 1.0], *rng.random((50, 2)).tolist()):
        multipliers, shift = rescaling(factors)
        assert 1 << 23 <= max(multipliers) < 1 << 24
        assert 0 <= shift <= 47
        for factor, multiplier in zip(factors, multipliers, strict=True):
            assert 0 <= Fraction(multiplier, 1 << shift) - Fraction(factor) < Fraction(1, 1 << shift)


def test_rescaling_refuses_what_it_cannot_reach() -> None:
    for factors in ([0.0], [-0.5, 1.0], [2.0**23], [float("nan")]):
        with pytest.raises(ValueError, match="use 0 < factor"):
            rescaling(factors)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 6, 9, 16, 25, 49, 64, 100, 196, 1024])
def test_a_mean_is_rounded_exactly(count: int) -> None:
    """A sum over `count` codes, divided by the rescaler, is the exact quotient rounded, at ties and next to them."""
    (multiplier,), shift = rescaling([1 / count])
    around = {tie + d for k in range(0, 2 * 255, 7) for tie in [k * count // 2, -(k * count // 2)] for d in (-1, 0, 1)}
    sums = sorted({s for s in around if abs(s) <= 255 * count} | {255 * count, -255 * count})
    got = round_shift(torch.tensor(sums) * multiplier, shift).tolist()
    assert got == [half_away(Fraction(s, count)) for s in sums]
