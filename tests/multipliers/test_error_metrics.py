"""Metrics against numbers worked out by hand, and against a plain loop on awkward multipliers."""

from dataclasses import asdict

import numpy as np
import pytest

from multipliers import Multiplier, MultiplierError, Operand, get, measure

U2, U3, S3, P8 = Operand(2, False), Operand(3, False), Operand(3, True), Operand(8, True)


def test_metrics_worked_out_by_hand() -> None:
    """2x2 bits, right but for 3 * 3 -> 7 and 0 * 1 -> 1: 16 pairs, 9 of them with a product."""
    m = Multiplier("hand", U2, U2, P8, lambda a, b: a * b - 2 * ((a == 3) & (b == 3)) + ((a == 0) & (b == 1)))
    assert asdict(measure(m)) == pytest.approx(
        {
            "mae": 3 / 16,
            "mae_percent": 100 * 3 / 256,
            "nmed": 3 / 16 / 9,
            "wce": 2,
            "wce_percent": 100 * 2 / 16,
            "mse": 5 / 16,
            "bias": -1 / 16,
            "ep": 2 / 16,
            "mre": 2 / 9 / 9,
            "mre_all": 2 / 9 / 16,
            "wcre": 2 / 9,
            "vectors": 16,
            "exhaustive": True,
        }
    )


AWKWARD = [
    Multiplier("zero_products", U3, U2, P8, lambda a, b: a * b + a - 2 * b),
    Multiplier("signed_a", S3, U2, P8, lambda a, b: a * b - 3 * a + b),
    Multiplier("signed", S3, S3, P8, lambda a, b: np.where(a < b, a * b - 9, a * b)),
    Multiplier("all_zero", U3, S3, P8, lambda a, b: 0 * a * b),
    Multiplier("exact", S3, S3, P8, lambda a, b: a * b),
]


def numbers(operand: Operand) -> range:
    half = 1 << (operand.width - 1)
    return range(-half, half) if operand.signed else range(2 * half)


@pytest.mark.parametrize("multiplier", AWKWARD, ids=lambda m: m.label)
def test_metrics_equal_a_plain_loop(multiplier: Multiplier) -> None:
    pairs = [(a, b) for a in numbers(multiplier.a) for b in numbers(multiplier.b)]
    errors = [int(multiplier(a, b)) - a * b for a, b in pairs]
    relative = [abs(e) / abs(a * b) for (a, b), e in zip(pairs, errors, strict=True) if a * b]
    count, span = len(pairs), 2 ** (multiplier.a.width + multiplier.b.width)
    mae, wce = sum(map(abs, errors)) / count, max(map(abs, errors))
    got = measure(multiplier)
    assert asdict(got) == pytest.approx(
        {
            "mae": mae,
            "mae_percent": 100 * mae / span,
            "nmed": mae / max(abs(a * b) for a, b in pairs),
            "wce": wce,
            "wce_percent": 100 * wce / span,
            "mse": sum(e * e for e in errors) / count,
            "bias": sum(errors) / count,
            "ep": sum(e != 0 for e in errors) / count,
            "mre": sum(relative) / len(relative),
            "mre_all": sum(relative) / count,
            "wcre": max(relative),
            "vectors": count,
            "exhaustive": True,
        }
    )


def test_wide_multipliers_are_sampled_and_say_so() -> None:
    m = get("drum16_k4")
    one, again, other = measure(m, 5000, seed=3), measure(m, 5000, seed=3), measure(m, 5000, seed=4)
    assert (one.vectors, one.exhaustive) == (5000, False)
    assert one == again
    assert one != other
    with pytest.raises(MultiplierError, match=r"samples = 0; at least 1"):
        measure(m, samples=0)


def test_worst_cases_look_at_corners_which_no_mean_counts() -> None:
    top = 2**16 - 1
    m = Multiplier(
        "corner", Operand(16, False), Operand(16, False), Operand(33, True), lambda a, b: a * b - 4 * ((a == top) & (b == top))
    )
    got = measure(m, samples=1000)
    assert (got.wce, got.mae, got.ep) == (4, 0, 0)
    assert got.wcre == pytest.approx(4 / top**2)
