"""Each family against a judge written from its definition in another way: text, fractions and plain Python integers.

A family that brings neither a judge here nor a published figure is refused by the last test.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from multiplier_samples import defaults, ids, variants

from multipliers import Multiplier, exhaustive, families, get, sampled


@cache
def ones(value: int) -> tuple[int, ...]:
    """Positions of the set bits, read off the binary text."""
    return tuple(place for place, bit in enumerate(reversed(f"{value:b}")) if bit == "1")


def exact(a: int, b: int) -> int:
    return a * b


def truncated_columns(a: int, b: int, v: int) -> int:
    return sum([1 << i + j for i in ones(a) for j in ones(b) if i + j >= v])


def broken_array(a: int, b: int, h: int, v: int) -> int:
    return sum([1 << i + j for i in ones(a) for j in ones(b) if i + j >= v and j >= h])


def drum(a: int, b: int, k: int) -> int:
    return drum_operand(a, k) * drum_operand(b, k)


@cache
def drum_operand(value: int, k: int) -> int:
    text = f"{value:b}"
    return value if len(text) <= k else int(text[: k - 1] + "1" + "0" * (len(text) - k), 2)


CELL = {(i, j): 7 if i == j == 3 else i * j for i in range(4) for j in range(4)}


@cache
def base4(value: int) -> tuple[int, ...]:
    return () if value == 0 else (value % 4, *base4(value // 4))


def udm(a: int, b: int) -> int:
    return sum([CELL[x, y] * 4 ** (i + j) for i, x in enumerate(base4(a)) for j, y in enumerate(base4(b))])


def mitchell(a: int, b: int) -> int:
    return 0 if a == 0 or b == 0 else antilogarithm(logarithm(a) + logarithm(b))


@cache
def logarithm(value: int) -> Fraction:
    exponent = len(f"{value:b}") - 1
    return exponent + Fraction(value, 2**exponent) - 1


@cache
def antilogarithm(logarithm: Fraction) -> int:
    exponent = math.floor(logarithm)
    return math.floor(2**exponent * (1 + logarithm - exponent))


JUDGES: dict[str, Callable[..., int]] = {
    judge.__name__: judge for judge in (exact, truncated_columns, broken_array, drum, udm, mitchell)
}


def judged(multipliers: list[Multiplier]) -> list[Multiplier]:
    return [m for m in multipliers if m.family and m.family.name in JUDGES]


def agree(multiplier: Multiplier, a: np.ndarray, b: np.ndarray) -> None:
    assert multiplier.family
    judge = JUDGES[multiplier.family.name]
    got = multiplier(a, b).tolist()
    for x, y, product in zip(a.tolist(), b.tolist(), got, strict=True):
        want = judge(x, y, **multiplier.parameters)
        assert product == want, f"{multiplier.label}({x}, {y}) is {product}; by its definition {want}"


@pytest.mark.parametrize("multiplier", judged([m for m in defaults() if not m.a.signed and not m.b.signed]), ids=ids)
def test_all_pairs_of_the_8_bit_defaults(multiplier: Multiplier) -> None:
    pairs = exhaustive(multiplier)
    agree(multiplier, pairs.a, pairs.b)


@pytest.mark.parametrize("multiplier", judged(variants(range(2, 7))), ids=ids)
def test_all_pairs_of_narrow_operands(multiplier: Multiplier) -> None:
    pairs = exhaustive(multiplier)
    agree(multiplier, pairs.a, pairs.b)


@pytest.mark.parametrize("multiplier", judged(variants((15, 16))), ids=ids)
def test_corner_and_random_pairs_of_wide_operands(multiplier: Multiplier) -> None:
    corners, random = sampled(multiplier, 0), sampled(multiplier, 500, seed=1, corners=False)
    agree(multiplier, np.append(corners.a[::7], random.a), np.append(corners.b[::7], random.b))


@pytest.mark.parametrize(
    ("label", "a", "b", "product"),
    [
        ("drum8_k4", 200, 100, 21632),
        ("truncated_columns8_v7", 200, 100, 19968),
        ("broken_array8_h3_v7", 200, 100, 19200),
        ("udm8", 200, 103, 20472),
        ("udm4", 7, 7, 47),
        ("mitchell8", 200, 100, 18432),
        ("exact8s", -56, 100, -5600),
    ],
)
def test_worked_example_of_the_headers(label: str, a: int, b: int, product: int) -> None:
    assert int(get(label)(a, b)) == product


@pytest.mark.parametrize("name", families())
def test_every_family_is_judged_by_something_outside_it(name: str) -> None:
    assert name in JUDGES or families()[name].published, "add published figures, or a judge to this file"
