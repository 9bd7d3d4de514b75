"""What holds for every multiplier of every family: ports, labels, tables, signs."""

import random

import numpy as np
import pytest
from multiplier_samples import SIGNS, defaults, ids, variants

from multipliers import Multiplier, MultiplierError, Operand, exhaustive, families, from_bits, get, sampled, with_signs

ALL_SIGNS = tuple(SIGNS)


@pytest.mark.parametrize("name", families())
def test_products_fit_the_port_at_every_width_and_sign(name: str) -> None:
    for m in variants(families()[name].widths, ALL_SIGNS):
        if m.family is families()[name]:
            pairs = exhaustive(m) if m.a.width <= 5 else sampled(m, 200)
            products = m(pairs.a, pairs.b)
            assert products.min() >= m.p.low, m.label
            assert products.max() <= m.p.high, m.label


@pytest.mark.parametrize("multiplier", defaults(), ids=ids)
def test_products_of_the_8_bit_defaults_fit_the_port(multiplier: Multiplier) -> None:
    assert multiplier.p.low <= multiplier.table.min()
    assert multiplier.table.max() <= multiplier.p.high


@pytest.mark.parametrize("name", families())
def test_label_is_read_back_to_the_same_multiplier(name: str) -> None:
    for m in variants(families()[name].widths, ALL_SIGNS):
        if m.family is families()[name]:
            again = get(m.label)
            assert again.label == m.label
            assert (again.a, again.b, again.p, dict(again.parameters)) == (m.a, m.b, m.p, dict(m.parameters))


@pytest.mark.parametrize("multiplier", defaults(), ids=ids)
def test_table_is_indexed_by_a_then_b(multiplier: Multiplier) -> None:
    table, random_ = multiplier.table, random.Random(2)
    assert table.shape == (multiplier.a.codes, multiplier.b.codes)
    for _ in range(200):
        a, b = random_.randrange(multiplier.a.codes), random_.randrange(multiplier.b.codes)
        x = a - 256 if multiplier.a.signed and a >= 128 else a
        y = b - 256 if multiplier.b.signed and b >= 128 else b
        assert table[a, b] == int(multiplier(x, y))


def test_table_of_unequal_ports_is_not_transposed() -> None:
    m = Multiplier("pair", Operand(3, True), Operand(2, False), Operand(8, True), lambda a, b: 10 * a + b)
    assert m.table.shape == (8, 4)
    assert m.table[7, 2] == -8, "bits 7 of a signed 3-bit port are -1"
    assert m.table[3, 1] == 31


def test_table_is_read_only_and_refused_where_it_would_be_huge() -> None:
    with pytest.raises(ValueError, match="read-only"):
        get("exact8").table[0, 0] = 1
    with pytest.raises(MultiplierError, match=r"exact16: no table for 16 x 16 bits; at most 20"):
        _ = get("exact16").table


def test_products_that_overflow_their_port_are_refused() -> None:
    m = Multiplier("wide", Operand(2, False), Operand(2, False), Operand(3, False), lambda a, b: a * b)
    with pytest.raises(MultiplierError, match="do not fit its 3-bit product port"):
        _ = m.table


def test_products_below_their_port_are_refused() -> None:
    m = Multiplier("low", Operand(2, False), Operand(2, False), Operand(8, False), lambda a, b: a * b - (a == 0))
    with pytest.raises(MultiplierError, match="do not fit its 8-bit product port"):
        _ = m.table


@pytest.mark.parametrize(
    ("signs", "label"),
    [
        ({}, "exact4"),
        ({"signed": True}, "exact4s"),
        ({"b_signed": True}, "exact4us"),
        ({"a_signed": True}, "exact4su"),
        ({"signed": True, "a_signed": False}, "exact4us"),
        ({"signed": True, "b_signed": False}, "exact4su"),
        ({"signed": False, "b_signed": True}, "exact4us"),
    ],
)
def test_signs_of_both_operands_or_of_one(signs: dict[str, bool], label: str) -> None:
    assert get("exact", width=4, **signs).label == label


@pytest.mark.parametrize("sign", [sign for sign in SIGNS if sign])
@pytest.mark.parametrize("name", [name for name, family in families().items() if not family.native_signs])
def test_signed_form_is_sign_and_magnitude(name: str, sign: str) -> None:
    for unsigned in variants((4, 8)):
        if unsigned.family is not families()[name]:
            continue
        signed = with_signs(unsigned, *SIGNS[sign])
        pairs = exhaustive(signed) if signed.a.width == 4 else sampled(signed, 200)
        products, magnitudes = signed(pairs.a, pairs.b).tolist(), unsigned(abs(pairs.a), abs(pairs.b)).tolist()
        for a, b, product, magnitude in zip(pairs.a.tolist(), pairs.b.tolist(), products, magnitudes, strict=True):
            assert product == (magnitude if (a >= 0) == (b >= 0) else -magnitude), (signed.label, a, b)


@pytest.mark.parametrize("sign", SIGNS)
def test_exact_is_exact_for_any_signs(sign: str) -> None:
    m = get(f"exact8{sign}")
    pairs = exhaustive(m)
    products = [a * b for a, b in zip(pairs.a.tolist(), pairs.b.tolist(), strict=True)]
    assert np.array_equal(m(pairs.a, pairs.b), products)


@pytest.mark.parametrize(("width", "signed"), [(2, False), (2, True), (8, True), (16, False)])
def test_values_of_a_port_are_in_bit_order(width: int, signed: bool) -> None:
    values = Operand(width, signed).values().tolist()
    wrapped = [code - (1 << width) if signed and code >= 1 << (width - 1) else code for code in range(1 << width)]
    assert values == wrapped
    assert from_bits(np.array([(1 << width) + 1]), Operand(width, signed)) == 1, "higher bits are ignored"
