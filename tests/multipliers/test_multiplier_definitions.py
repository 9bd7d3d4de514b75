"""Each family against a judge written from its definition in another way: text, fractions and plain Python integers.

A judge is a function of the family's name: judge(a, b, width=..., **parameters).
A family that brings neither a judge here nor a published figure is refused by the last test.
"""

import inspect
from collections.abc import Callable

import judges_of_arrays
import judges_of_booth
import judges_of_logarithms
import judges_of_segments
import judges_of_trees
import numpy as np
import pytest
from multiplier_samples import SIGNS, defaults, ids, variants

from multipliers import Multiplier, exhaustive, families, get, sampled

JUDGES: dict[str, Callable[..., int]] = {
    name: judge
    for module in (judges_of_arrays, judges_of_booth, judges_of_logarithms, judges_of_segments, judges_of_trees)
    for name, judge in inspect.getmembers(module, inspect.isfunction)
    if name in families()
}


def judged(multipliers: list[Multiplier]) -> list[Multiplier]:
    """Those with a judge, unsigned, and also signed where the family itself takes signs."""
    judged = [m for m in multipliers if m.family and m.family.name in JUDGES]
    return [m for m in judged if (m.family and m.family.native_signs) or not (m.a.signed or m.b.signed)]


def agree(multiplier: Multiplier, a: np.ndarray, b: np.ndarray) -> None:
    assert multiplier.family
    judge = JUDGES[multiplier.family.name]
    got = multiplier(a, b).tolist()
    for x, y, product in zip(a.tolist(), b.tolist(), got, strict=True):
        want = judge(x, y, width=multiplier.a.width, **multiplier.parameters)
        assert product == want, f"{multiplier.label}({x}, {y}) is {product}; by its definition {want}"


@pytest.mark.parametrize("multiplier", judged(defaults()), ids=ids)
def test_all_pairs_of_the_8_bit_defaults(multiplier: Multiplier) -> None:
    pairs = exhaustive(multiplier)
    agree(multiplier, pairs.a, pairs.b)


@pytest.mark.parametrize("multiplier", judged(variants(range(2, 7), tuple(SIGNS))), ids=ids)
def test_all_pairs_of_narrow_operands(multiplier: Multiplier) -> None:
    pairs = exhaustive(multiplier)
    agree(multiplier, pairs.a, pairs.b)


@pytest.mark.parametrize("multiplier", judged(variants((15, 16), tuple(SIGNS))), ids=ids)
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
        ("truncated_operands8_t4", 200, 100, 18432),
        ("perforation8_j1_k2", 200, 100, 19200),
        ("roba8", 200, 100, 18432),
        ("mbm8_t0", 200, 100, 19072),
        ("dr_alm8_t5", 200, 100, 19456),
        ("dr_alm8s_t5", 0, -3, -1),
        ("alm_soa8_w4", 200, 100, 20352),
        ("iterative_log8_n1", 200, 100, 17408),
        ("iterative_log8_n2", 200, 100, 19968),
        ("tosam8_h1_t3", 200, 100, 20992),
        ("ssm8_m5", 200, 100, 19200),
        ("essm8_m4", 200, 45, 8448),
        ("dsm8_m4", 200, 100, 18432),
        ("cell_array8_m3", 200, 103, 20728),
        ("cell_array4_m3", 7, 7, 51),
        ("sdlc8", 200, 3, 472),
        ("error_recovery8_k16", 200, 7, 1400),
        ("error_recovery8_k16", 200, 3, 600),
        ("error_recovery8_k0", 200, 3, 344),
        ("pr8s_k1_m2", 100, -55, -5600),
        ("rad8s_k6", 100, -55, -5600),
        ("abm8s_m4", 100, 2, 203),
        ("r4abm8s_e2_p4", 100, 1, 100),
        ("r4abm8s_e2_p4", 103, 1, 115),
        ("compressor_tree4_c4", 15, 15, 217),
    ],
)
def test_worked_example_of_the_headers(label: str, a: int, b: int, product: int) -> None:
    assert int(get(label)(a, b)) == product


@pytest.mark.parametrize("name", families())
def test_every_family_is_judged_by_something_outside_it(name: str) -> None:
    assert name in JUDGES or families()[name].published, "add published figures, or a judge to one of the files judges_of_*"
