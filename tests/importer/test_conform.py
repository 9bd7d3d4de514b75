"""Each mistake that was made to a real circuit's table is named; the circuits are those of EvoApproxLib in tests/data."""

import numpy as np
import pytest
from evoapprox8 import circuits

from importer import TableError, conform, import_table


def circuit(name):
    return import_table(circuits()[name], order="ab", signed=name.startswith("mul8s"), name=name, by_value=True)


def magnitudes(multiplier):
    values = multiplier.a.values()
    a, b = np.meshgrid(values, values, indexing="ij")
    return a, b, multiplier.table[np.abs(a) % 256, np.abs(b) % 256]


@pytest.mark.parametrize("name", ["mul8u_185Q", "mul8s_1KR3"])
def test_equal_transposed_and_shifted(name):
    multiplier = circuit(name)
    table = multiplier.table.astype(np.int64)
    assert conform(table, multiplier).conforms
    assert conform(table.T, multiplier).verdict == "transposed"
    for made, detail in [
        (np.roll(table, (128, 128), (0, 1)), r"f(a - 128, b - 128)"),
        (np.roll(table, 3, 0), r"f(a - 3, b)"),
        (np.roll(table.T, 128, 1), r"f(a, b - 128), its index shifted by a zero point, and transposed"),
    ]:
        found = conform(made, multiplier)
        assert found.verdict == "zero-point-shifted"
        assert detail in found.detail


def test_sign_folded_as_two_simulators_ship_it():
    """f(|a|, |b|) where both are negative, on a signed circuit: 12,414 entries, MAE 116.2 for 53.3, worst error 32,384."""
    multiplier = circuit("mul8s_1L2H")
    a, b, folded = magnitudes(multiplier)
    found = conform(np.where((a < 0) & (b < 0), folded, multiplier.table).astype(np.int64), multiplier)
    assert found.verdict == "sign-folded"
    assert found.by_sign == {"a < 0, b < 0": 12414}
    assert (found.differing, found.entries, found.unexplained) == (12414, 65536, 0)
    assert (round(found.table_mae, 1), round(found.circuit_mae, 1)) == (116.2, 53.3)
    assert (found.table_wce, found.circuit_wce) == (32384, 255)


@pytest.mark.parametrize("corner", [0, 5])
def test_other_folds_whatever_the_most_negative_operand_gives(corner):
    multiplier = circuit("mul8s_1L2H")
    a, b, folded = magnitudes(multiplier)
    for made in (folded, np.where((a < 0) != (b < 0), -folded, folded)):
        table = made.astype(np.int64)
        table[128, :corner] += 1
        found = conform(table, multiplier)
        assert found.verdict == "sign-folded"
        assert found.unexplained == corner


def test_product_read_with_the_other_sign():
    multiplier = circuit("mul8s_1KR3")
    assert conform(multiplier.table.astype(np.int64) % 65536, multiplier).verdict == "product sign"


def test_wrong_with_counts_and_the_first_differences():
    multiplier = circuit("mul8u_185Q")
    table = multiplier.table.astype(np.int64)
    table[3, 5] += 1
    table[200, 7] -= 2
    found = conform(table, multiplier)
    assert (found.verdict, found.differing) == ("wrong", 2)
    assert [(one.a, one.b, one.table - one.circuit) for one in found.first] == [(3, 5, 1), (200, 7, -2)]
    nearly = conform(table.T, multiplier)
    assert nearly.verdict == "wrong"
    assert "closest to: the table is the circuit with its operands exchanged: T[b, a], but for 2 entries" in nearly.detail


def test_shapes_have_to_match():
    with pytest.raises(TableError, match="the table has 16 x 16 entries, mul8u_185Q has 256 x 256"):
        conform(np.zeros((16, 16), np.int64), circuit("mul8u_185Q"))
