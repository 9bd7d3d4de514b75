"""Error rates of the 4:2 compressor cells, as their papers print them."""

from fractions import Fraction
from itertools import product

import pytest

from multipliers.compressor_tree import AKBARI, ESPOSITO, MOMENI, MOMENI_CHAINED, VENKATACHALAM, YANG, compressed


def wrong(cell: int) -> list[tuple[int, ...]]:
    """The inputs whose ones the cell miscounts; the outputs have weights 1 and 2, or 1 and 1."""
    inputs = list(product((0, 1), repeat=4))
    return [x for x in inputs if sum(map(int, compressed(cell, list(x), full=1))) != sum(x)]


@pytest.mark.parametrize(("cell", "rate"), [(MOMENI, 0.25), (AKBARI, 0.625), (YANG, 1 / 16), (VENKATACHALAM, 5 / 16)])
def test_share_of_wrong_inputs(cell: int, rate: float) -> None:
    assert len(wrong(cell)) / 16 == rate


def test_error_probability_with_partial_products() -> None:
    """Esposito: each input is one with probability 1/4, as an AND of two bits is."""
    chance = sum(Fraction(1, 4) ** sum(x) * Fraction(3, 4) ** (4 - sum(x)) for x in wrong(ESPOSITO))
    assert chance == Fraction(13, 256)


def test_share_of_wrong_inputs_with_a_carry_from_the_right() -> None:
    """Momeni's design 1, whose paper counts 12 of 32: two columns, of which the right one makes the carry.

    The left cell's carry to the left is seen in a third column, which holds nothing else.
    """
    wrong = 0
    for x1, x2, x3, x4, carry in product((0, 1), repeat=5):
        rows: list = [bit << 1 for bit in (x1, x2, x3, x4)]
        right, onward = [carry, 0, carry, 0], (x1 | x2) & (x3 | x4)
        sum_, carried = compressed(MOMENI_CHAINED, [row | bit for row, bit in zip(rows, right, strict=True)], full=0b011)
        assert (sum_ >> 2, carried >> 3) == (onward, 0)
        wrong += (sum_ >> 1 & 1) + 2 * (carried >> 2 & 1) + 2 * onward != x1 + x2 + x3 + x4 + carry
    assert wrong == 12


def test_adders_left_of_the_chain_count_its_carry() -> None:
    """A cell in column 0, of ones, and exact adders of up to three entries: what leaves them is what comes in."""
    for entries in product(range(4), repeat=3):
        columns = [[1] * 4, *([1] * count + [0] * (4 - count) for count in entries)]
        rows: list = [sum(column[n] << place for place, column in enumerate(columns)) for n in range(4)]
        sum_, carry = compressed(MOMENI_CHAINED, rows, full=1)
        expected = 1 + 2 + sum(count << place for place, count in enumerate(entries, 1))  # the cell's sum, and its carry
        assert sum_ + carry == expected
