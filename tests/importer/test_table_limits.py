"""Where tables and figures end: the largest products, the smallest shapes, ports that grow, each published metric."""

from dataclasses import replace

import numpy as np
import pytest

from importer import TableError, conform, import_function, import_table
from importer._published import compared, stated_in
from importer._tables import as_table
from multipliers import get, measure

pytestmark = pytest.mark.filterwarnings("ignore::importer.ReadingWarning")  # small, odd functions, easy to tell apart


@pytest.mark.parametrize(("value", "fits"), [(2**31 - 1, True), (2**31, False), (-(2**31), True), (-(2**31) - 1, False)])
def test_products_of_32_bits(value, fits):
    table = np.zeros((4, 4), np.int64)
    table[1, 2] = value
    if fits:
        assert int(as_table(table, "mine")[1, 2]) == value
    else:
        with pytest.raises(TableError, match="mine: it holds products beyond 32 bits"):
            as_table(table, "mine")


@pytest.mark.parametrize(("shape", "fits"), [((4, 4), True), ((2, 8), False), ((16, 4), True), ((4, 12), False), ((16,), True)])
def test_shapes_of_tables(shape, fits):
    if fits:
        assert as_table(np.zeros(shape, np.int64), "mine").size == np.prod(shape)
    else:
        with pytest.raises(TableError, match="its shape"):
            as_table(np.zeros(shape, np.int64), "mine")


def test_orders_of_unequal_operands():
    table = np.arange(64).reshape(16, 4)
    assert as_table(table, "mine", order="ba").tolist() == [[4 * b + a for b in range(16)] for a in range(4)]
    with pytest.raises(TableError, match="order 'aa' is not allowed"):
        as_table(table, "mine", order="aa")


@pytest.mark.parametrize(
    ("table", "port"),
    [([0, 15], (4, False)), ([0, 16], (5, False)), ([-1, 7], (4, True)), ([-8, 8], (5, True)), ([-9, 0], (5, True))],
)
def test_ports_grow_with_the_products(table, port):
    made = import_table(np.resize(table, (4, 4)), order="ab", signed=False, name="mine")
    assert (made.p.width, made.p.signed) == port
    assert (made.table.min(), made.table.max()) == (min(table), max(table))
    assert not made.a.signed


@pytest.mark.parametrize("width", [1, 11])
def test_widths_of_functions(width):
    with pytest.raises(TableError, match=f"width = {width} is not allowed; functions are tabulated at 2 to 10 bits"):
        import_function(lambda a, b: a * b, width=width, signed=False, name="mine")


def test_figures_of_every_metric():
    """Of hand-set metrics, all different, so that no figure is read from its neighbour."""
    metrics = replace(
        measure(get("exact4")), mae=1.5, mae_percent=0.25, nmed=0.5, wce=7, wce_percent=3.5, mse=11.0, bias=0.75, ep=0.125,
        mre=0.0625, mre_all=0.03, wcre=0.875,
    )  # fmt: skip
    right = {
        "MAE": "1.5",
        "MAE%": "0.25",
        "WCE": "7",
        "WCE%": "3.5",
        "WCRE%": "87.5",
        "EP%": "12.5",
        "MRE%": "6.25",
        "MSE": "11",
    }
    assert {figure.metric: figure.reproduced for figure in compared(right, metrics)} == dict.fromkeys(right, True)
    for metric in right:
        (figure,) = compared({metric: "9.9"}, metrics)
        assert (figure.reproduced, figure.measured) == (False, float(right[metric]))


def test_of_a_name_the_first_figure_is_taken():
    text = "// MAE = 1.5\n * WCE% = 2.50 %\n// MAE = 7\nassign x = 1; // EP% = 3\n//   MSE=1e3\n// NAME = 4\n"
    assert stated_in(text) == {"MAE": "1.5", "WCE%": "2.50", "MSE": "1e3"}


def test_unsigned_tables_by_value_stay():
    """Values of unsigned operands are in the order of their bit patterns."""
    table = np.arange(16).reshape(4, 4)
    assert as_table(table, "mine", by_value=True).tolist() == table.tolist()
    assert as_table(table, "mine", by_value=True, signed=True)[0, 0] == table[2, 2]


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_infinite_products_are_refused(value):
    with pytest.raises(TableError, match="mine: it holds NaN or infinity; products are integers"):
        as_table(np.full((4, 4), value), "mine")


@pytest.mark.parametrize(("wrong", "unexplained"), [((slice(None), 8), 16), ((8, slice(None)), 16), ((slice(5), 8), 5)])
def test_what_the_most_negative_operand_gives_is_left_open(wrong, unexplained):
    """Of a or of b: its magnitude has no code of its own."""
    multiplier = get("drum4s_k3")
    a, b = np.meshgrid(multiplier.a.values(), multiplier.b.values(), indexing="ij")
    folded = multiplier.table[np.abs(a) % 16, np.abs(b) % 16].astype(np.int64)
    folded[wrong] += 100
    found = conform(folded, multiplier)
    assert (found.verdict, found.unexplained) == ("sign-folded", unexplained)
    folded[3, 7] += 1
    assert conform(folded, multiplier).verdict == "wrong"
