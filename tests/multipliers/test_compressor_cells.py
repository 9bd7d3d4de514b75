"""Error rates of the 4:2 compressor cells, as their papers print them."""

from fractions import Fraction
from itertools import product

import pytest

from multipliers.compressor_tree import AKBARI, ESPOSITO, MOMENI, VENKATACHALAM, YANG, compressed


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
