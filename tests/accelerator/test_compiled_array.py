"""The array's Verilog, driven in bulk: sums of a plain loop, and the cycles of the model and of the closed form."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tile_samples import by_loops, edited, problem, random_tiles

from accelerator.array import (
    ArrayConfig,
    ArrayError,
    CompiledArray,
    array_design,
    array_rtl,
    compute,
    matrix_of,
    run_tiles,
    simulate,
    tiles_of,
)
from cocotb_tests import SimulatorError
from multipliers import Multiplier, Operand, Rtl, defaults
from pysim import Accumulator
from pysim.kernels import Window, compile_plan, prepare

SMALL = [(1, 1), (1, 5), (4, 4), (7, 3)]
LABELS = ["drum8us_k4", "compressor_tree8_c1", "exact5s", "mitchell12us"]
# Products of (m, k) and (k, n): one tile, many, edges to pad, tiles shorter and longer than the array is high.
SHAPES = [(1, 1, 1), (2, 9, 3), (5, 4, 4), (3, 30, 2), (9, 7, 11), (20, 16, 5), (13, 5, 13), (64, 3, 3), (70, 12, 8)]


@pytest.mark.parametrize(("size", "label"), list(zip(SMALL, LABELS, strict=True)), ids=str)
def test_sums_and_cycles(size: tuple[int, int], label: str):
    config = ArrayConfig(*size, label, depth=64)
    array = CompiledArray(config)
    for m, k, n in SHAPES:
        x, w, mask = problem(config, m, k, n, seed=m)
        tiles = tiles_of(config, x, w, mask)
        run, expected = array.run(tiles), compute(config, tiles)
        assert matrix_of(config, run, m, n).tolist() == by_loops(config, x, w, mask)
        assert (run.cycles, run.addresses.tolist()) == (expected.cycles, expected.addresses.tolist())


@pytest.mark.parametrize("accumulator", [Accumulator(14, "saturate"), Accumulator(14, "wrap")], ids=str)
def test_stalls_and_odd_tiles(accumulator: Accumulator):
    """Tiles that no product asks for, with random stalls of both streams: the model's sums in just as many cycles."""
    config = ArrayConfig(3, 4, "drum8us_k4", accumulator, depth=7)
    array = CompiledArray(config)
    for seed in range(30):
        rng = np.random.default_rng(seed)
        tiles = random_tiles(config, rng, 6)
        offered = [np.append(rng.random(11) < share, True) for share in rng.choice([0.2, 0.6, 1.0], 2)]
        run, expected = array.run(tiles, *offered), simulate(config, tiles, *offered)
        assert (run.cycles, run.sums.tolist()) == (expected.cycles, expected.sums.tolist())
        assert run.sums.tolist() == compute(config, tiles).sums.tolist()


@pytest.mark.parametrize(
    ("edit", "handshake"),
    [
        (
            ("assign row_ready_o = ~full | swap", "assign row_ready_o = 1'b0"),
            "row_ready_o stays low and vector_ready_o stays low",
        ),
        (("(full | ~swap_i) &", "1'b0 &"), "vector_ready_o stays low"),
        (("assign sums_valid_o = ", "assign sums_valid_o = 1'b0 & "), "stuck: sums_valid_o stays low"),
        (("assign sums_valid_o = ", "assign sums_valid_o = rst_ni | "), "stuck: more sums came than tiles give"),
    ],
)
def test_a_stuck_handshake_is_named(edit: tuple[str, str], handshake: str, tmp_path: Path):
    config = ArrayConfig(1, 1, "exact8us")
    wrong = edited(array_design(config), "matrix_unit", *edit, tmp_path)
    with pytest.raises(SimulatorError) as error:
        CompiledArray(config, design=wrong).run(tiles_of(config, np.ones((3, 1), int), np.ones((1, 1), int)))
    assert handshake in str(error.value)


def test_a_multiplier_without_verilog_is_refused():
    port = Operand(8, False)
    mine = Multiplier("mine8", port, port, Operand(16, False), lambda a, b: a * b)
    with pytest.raises(ArrayError, match="mine8 is a Python function or table without Verilog"):
        array_rtl(ArrayConfig(2, 2, mine))


def test_a_multiplier_with_a_module_of_the_arrays_name_is_refused():
    port = Operand(8, False)
    text = "module skew (input wire [7:0] a_i, input wire [7:0] b_i, output wire [15:0] p_o); assign p_o = a_i * b_i; endmodule"
    mine = Multiplier("mine8", port, port, Operand(16, False), lambda a, b: a * b, verilog=Rtl("skew", text, ()))
    with pytest.raises(ArrayError, match="mine8 has a module skew, and so has the array; rename it"):
        array_rtl(ArrayConfig(2, 2, mine))


@pytest.mark.full
@pytest.mark.parametrize("label", ["exact8us", "drum8us_k4", "broken_array8us_h2_v5"])
def test_a_large_array(label: str):
    config = ArrayConfig(16, 16, label, depth=784)
    x, w, mask = problem(config, 784, 96, 24)
    tiles = tiles_of(config, x, w, mask)
    run, expected = run_tiles(config, tiles), compute(config, tiles)
    assert (run.cycles, run.sums.tolist()) == (expected.cycles, expected.sums.tolist())
    assert matrix_of(config, run, 784, 24)[:3].tolist() == by_loops(config, x[:3], w, mask)


@pytest.mark.full
@pytest.mark.parametrize("multiplier", defaults(), ids=lambda multiplier: multiplier.label)
def test_every_multiplier_of_the_library(multiplier: Multiplier):
    config = ArrayConfig(2, 3, multiplier, depth=64)
    x, w, mask = problem(config, 64, 7, 5)
    run = run_tiles(config, tiles_of(config, x, w, mask))
    assert matrix_of(config, run, 64, 5).tolist() == by_loops(config, x, w, mask)


@pytest.mark.parametrize("accumulator", [Accumulator(), Accumulator(16, "saturate"), Accumulator(13, "wrap")], ids=str)
def test_the_verilog_sums_are_those_of_the_networks_kernels(accumulator: Accumulator):
    """A sum over several tiles is clamped after the same products as the integer core's, though the array tiles it."""
    config = ArrayConfig(4, 4, "drum8us_k4", accumulator, depth=64)
    x, w, mask = problem(config, 50, 39, 6)
    order = np.argsort(config.multiplier.b.values())
    plan = compile_plan(config.multiplier.table[:, order], 0, config.multiplier.b.low, cache=False)
    columns = torch.from_numpy(w.T.copy() - config.multiplier.b.low).view(6, 39, 1, 1)
    codes = torch.from_numpy(x.T.copy()).to(torch.uint8).view(1, 39, 50, 1)
    sums = prepare(plan, columns, Window(), accumulator)(codes, torch.zeros(6, dtype=torch.int32), None)
    run = run_tiles(config, tiles_of(config, x, w, mask | True))
    assert matrix_of(config, run, 50, 6).tolist() == sums.view(6, 50).T.tolist()
