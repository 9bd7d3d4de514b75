"""The cycle-exact model and the closed form give the integers of a plain loop, and equal cycles."""

from dataclasses import replace

import numpy as np
import pytest
from tile_samples import by_loops, problem, random_tiles

from accelerator.array import ArrayConfig, ArrayError, compute, cycles, matrix_of, simulate, tiles_of
from multipliers import get
from pysim import Accumulator

SIZES = [(1, 1), (1, 5), (5, 1), (4, 4), (7, 3), (3, 7)]
ACCUMULATORS = [Accumulator(), Accumulator(17, "saturate"), Accumulator(14, "wrap")]
# An exact one, one with f(0, x) != 0, one without a table, one whose operands are both signed.
LABELS = ["exact8us", "compressor_tree8_c1", "drum12us_k4", "mitchell8s"]


@pytest.mark.parametrize("accumulator", ACCUMULATORS, ids=str)
@pytest.mark.parametrize(("rows", "cols"), SIZES)
def test_sums_are_those_of_a_plain_loop(rows: int, cols: int, accumulator: Accumulator):
    config = ArrayConfig(rows, cols, "drum8us_k4", accumulator, depth=5)
    x, w, mask = problem(config, 7, 9, 8)
    tiles = tiles_of(config, x, w, mask)
    expected = by_loops(config, x, w, mask)
    for run in (simulate(config, tiles), compute(config, tiles)):
        assert matrix_of(config, run, 7, 8).tolist() == expected


@pytest.mark.parametrize("label", LABELS)
def test_any_multiplier(label: str):
    config = ArrayConfig(3, 2, label, depth=8)
    x, w, mask = problem(config, 4, 7, 3, seed=1)
    tiles = tiles_of(config, x, w, mask)
    for run in (simulate(config, tiles), compute(config, tiles)):
        assert matrix_of(config, run, 4, 3).tolist() == by_loops(config, x, w, mask)


def test_padding_adds_nothing_even_where_a_product_with_zero_is_not_zero():
    config = ArrayConfig(4, 4, "compressor_tree8_c1")
    assert config.products(np.array(255), np.array(0)) != 0 or (config.multiplier.table[:, 0] != 0).any()
    x, w, mask = problem(config, 3, 1, 1)
    run = simulate(config, tiles_of(config, x, w, mask | True))
    assert matrix_of(config, run, 3, 1).tolist() == by_loops(config, x, w, mask | True)


@pytest.mark.parametrize("seed", range(12))
def test_stalls_and_odd_tiles_change_no_sum(seed: int):
    rng = np.random.default_rng(seed)
    rows, cols, depth = rng.integers(1, 6, 3).tolist()
    config = ArrayConfig(rows, cols, "exact8us", ACCUMULATORS[seed % 3], depth)
    tiles = random_tiles(config, rng, 9)
    expected = compute(config, tiles)
    for share in (1.0, 0.8, 0.3):
        offered = [np.append(rng.random(11) < share, True), np.append(rng.random(13) < share, True)]
        run = simulate(config, tiles, *offered)
        assert (run.sums.tolist(), run.addresses.tolist()) == (expected.sums.tolist(), expected.addresses.tolist())


@pytest.mark.parametrize(("rows", "cols"), SIZES)
def test_cycles_are_the_closed_form(rows: int, cols: int):
    config = ArrayConfig(rows, cols, "exact8us", depth=9)
    for m, k, n in ((1, 1, 1), (1, 3 * rows, cols), (9, 2 * rows, 2 * cols), (11, rows + 1, cols + 1)):
        x, w, mask = problem(config, m, k, n)
        tiles = tiles_of(config, x, w, mask)
        assert simulate(config, tiles).cycles == compute(config, tiles).cycles
        assert compute(config, tiles).cycles == cycles(config, [len(tile.vectors) for tile in tiles])


@pytest.mark.parametrize(("rows", "cols", "length"), [(8, 8, 1), (16, 4, 100), (32, 32, 784)])
def test_one_tile_takes_two_cycles_more_than_the_demand_model(rows: int, cols: int, length: int):
    """2R + C + T - 2 counts up to the last product; its sum is a register, and leaves in the cycle after."""
    assert cycles(ArrayConfig(rows, cols, "exact8us"), [length]) == 2 * rows + cols + length - 2 + 2


def test_a_waiting_sum_is_awaited_when_a_slow_tile_is_followed_by_a_fast_one():
    """Word 1 is addressed again 2 cycles later, before its sum has passed 4 rows."""
    config = ArrayConfig(4, 1, "exact8us", depth=2)
    x, w, mask = problem(config, 2, 8, 1)
    run = simulate(config, tiles_of(config, x, w, mask), vectors_offered=[True] * 5 + [False] * 3 + [True] * 9)
    assert matrix_of(config, run, 2, 1).tolist() == by_loops(config, x, w, mask)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": 0}, "rows = 0 is not allowed; use 1 to 256"),
        ({"rows": True}, "rows = True is not allowed; use 1 to 256"),
        ({"cols": 257}, "cols = 257 is not allowed; use 1 to 256"),
        ({"cols": 2.5}, "cols = 2.5 is not allowed; use 1 to 256"),
        ({"depth": 1 << 17}, "depth = 131072 is not allowed; use 1 to 65536"),
        ({"dataflow": "output"}, "dataflow = 'output' is not allowed; use 'weight_stationary'"),
        ({"accumulator": 32}, "accumulator = 32 is not allowed; use a pysim.Accumulator"),
        ({"multiplier": 3}, "multiplier = 3 is not allowed; use a label such as 'drum8us_k4', or a Multiplier"),
        ({"multiplier": "drum8_k44"}, "k = 44 is not allowed"),
    ],
)
def test_a_bad_configuration_is_refused(change: dict, message: str):
    with pytest.raises(ArrayError) as error:
        ArrayConfig(**({"rows": 4, "cols": 4, "multiplier": "exact8us"} | change))
    assert message in str(error.value)


def test_bad_tiles_are_refused_by_number():
    config = ArrayConfig(2, 2, get("exact8us"), depth=4)
    good, second = tiles_of(config, np.ones((3, 4), int), np.ones((4, 2), int))
    for tiles, message in [
        ([], "no tiles"),
        ([good], "tile 0 is the final one and gives no sums"),
        ([second], "tile 0: goes on with a sum that no tile has begun"),
        ([good, second, second], "tile 2: goes on with a sum that no tile has begun"),
        ([replace(good, weights=np.ones((3, 2), int)), second], "tile 0: weights of shape (3, 2)"),
        ([good, replace(second, vectors=np.ones((0, 2), int))], "tile 1: vectors of shape (0, 2)"),
        ([good, replace(second, addresses=np.arange(2))], "tile 1: 3 vectors and addresses of shape (2,)"),
        ([good, replace(second, addresses=np.array([0, 1, 4]))], "tile 1: addresses 0 to 4; the banks have 0 to 3"),
        ([good, replace(second, addresses=np.array([0, 1, 1]))], "tile 1: an address comes twice"),
        ([replace(good, vectors=good.vectors + 255), second], "operand a = 256 does not fit"),
        ([replace(good, weights=good.weights + 0.5), second], "operand b has dtype float64"),
    ]:
        with pytest.raises(ArrayError) as error:
            compute(config, tiles)
        assert message in str(error.value)
    with pytest.raises(ArrayError, match="rows_offered has to offer something"):
        simulate(config, [good, second], rows_offered=[False])
    with pytest.raises(ArrayError, match="at least one tile"):
        cycles(config, [3, 0])
    with pytest.raises(ArrayError, match=r"x of shape \(3, 3\), w of shape \(4, 2\)"):
        tiles_of(config, np.ones((3, 3), int), np.ones((4, 2), int))
