"""Operand pairs that multipliers are tested with, against what itertools gives."""

from itertools import product

import numpy as np
import pytest

from multipliers import Multiplier, MultiplierError, Operand, exhaustive, get, sampled

MIXED = Multiplier("mixed", Operand(2, True), Operand(3, False), Operand(8, True), lambda a, b: a * b)


def test_all_pairs_with_a_slowest() -> None:
    vectors = exhaustive(MIXED)
    assert list(zip(vectors.a.tolist(), vectors.b.tolist(), strict=True)) == list(product((0, 1, -2, -1), range(8)))
    assert vectors.exhaustive
    assert str(vectors) == "exhaustive, 32 vectors"


def test_all_pairs_of_20_bits_and_no_more() -> None:
    assert len(exhaustive(get("exact10")).a) == 1 << 20
    with pytest.raises(MultiplierError, match=r"exact11: too wide to try all pairs; use sampled\(\)"):
        exhaustive(get("exact11"))


def corners(width: int, signed: bool) -> set[int]:
    """Zero, the extremes, and powers of two with their neighbours, of both signs, as far as they fit."""
    low, high = (-(2 ** (width - 1)), 2 ** (width - 1) - 1) if signed else (0, 2**width - 1)
    wanted = {sign * (2**bit + step) for bit in range(width + 1) for step in (-1, 0, 1) for sign in (1, -1)}
    return {value for value in {0, low, high} | wanted if low <= value <= high}


@pytest.mark.parametrize("label", ["exact16us", "exact16su", "exact12"])
def test_samples_begin_with_all_pairs_of_corners(label: str) -> None:
    multiplier, count = get(label), 500
    vectors = sampled(multiplier, count)
    pairs = list(zip(vectors.a.tolist(), vectors.b.tolist(), strict=True))
    width = multiplier.a.width
    expected = set(product(corners(width, multiplier.a.signed), corners(width, multiplier.b.signed)))
    assert set(pairs[:-count]) == expected
    assert len(pairs[:-count]) == len(expected)
    assert not vectors.exhaustive
    assert str(vectors) == f"sampled, {len(pairs):,} vectors"


def test_samples_reach_both_ends_of_both_ports() -> None:
    vectors = sampled(MIXED, 500, corners=False)
    assert set(vectors.a.tolist()) == {-2, -1, 0, 1}
    assert set(vectors.b.tolist()) == set(range(8))
    again, other = sampled(MIXED, 500, corners=False), sampled(MIXED, 500, seed=1, corners=False)
    assert np.array_equal(again.b, vectors.b)
    assert not np.array_equal(other.b, vectors.b)


def test_a_multiplier_names_corners_of_its_own() -> None:
    own = Multiplier("own", Operand(8, False), Operand(8, False), Operand(16, False), lambda a, b: a * b, corners=(77, 300))
    vectors = sampled(own, 0)
    assert {(77, 77), (77, 255), (0, 77)} <= set(zip(vectors.a.tolist(), vectors.b.tolist(), strict=True))
    assert vectors.a.max() == 255
