"""Whole programs on the compiled Verilog: every integer is the golden simulator's, every cycle the model's."""

from typing import Any

import numpy as np
import pytest
import torch
from integer_networks import NETWORKS, make
from sweep import SWEEP
from torch import Tensor, nn

from accelerator import Program, ProgramError, lower, run
from accelerator.array import ArrayError
from accelerator.program import Product, Recurrent
from accelerator.rtl import OnVerilog, ProductPlan
from accelerator.schedule import ArraySize, gather, product_tiles, resting, schedule, streaming
from pysim import Accumulator, Quantization, approximate_

SIZES = [ArraySize(4, 3, 5), ArraySize(1, 1, 64), ArraySize(3, 7, 4), ArraySize(20, 6, 9)]
"""Sums that wait, positions in chunks of a few, groups that share a tile, columns and rows that stay empty."""

FROM_ZERO = "compressor_tree8_c1"
"""A multiplier with f(0, x) != 0, so that what is padded shows."""


def program_of(model: nn.Module, inputs: Tensor, multiplier: Any = FROM_ZERO, quantization: Any = None) -> Program:
    approximate_(model.eval(), multiplier, quantization=quantization, calibration=[inputs])
    return lower(model, [inputs])


def compare(program: Program, inputs: Tensor, size: ArraySize) -> int:
    """Every integer and every cycle; how many layers had cycles to compare."""
    golden, found = run(program, inputs), run(program, inputs, backend="rtl", config=size)
    assert golden.values.keys() == found.values.keys()
    for name, expected in golden.values.items():
        assert torch.equal(found.values[name], expected), name
    layers = 0
    for operation, cost in zip(program.operations, schedule(program, size).costs, strict=True):
        measured = found.measured[operation.name]
        vector, product = cost.vector_cycles, cost.cycles - cost.vector_cycles
        assert measured.product == (product,) * len(inputs) if product else measured.product == (), operation.name
        assert measured.vector == (vector,) * len(inputs) if vector else measured.vector == (), operation.name
        layers += cost.cycles > 0
    return layers


LONG = [pytest.param(ArraySize(*size, 1 + 3 * i), marks=pytest.mark.full) for i, size in enumerate(SWEEP)]


@pytest.mark.parametrize("size", [*SIZES, *LONG], ids=str)
def test_every_network_on_every_size(size: ArraySize) -> None:
    """56 layers on each array, 41 of them products, of 30 shapes: convolutions, strided, dilated, grouped and depthwise ones,
    rows, steps of three recurrent cells."""
    layers, shapes = 0, set()
    for made in map(make, NETWORKS):
        program = program_of(*made)
        layers += compare(program, made[1][:2], size)
        for each in program.operations:
            if isinstance(each, Product | Recurrent):
                groups = each.window.groups if isinstance(each, Product) else 0
                shapes.add((groups, each.matrix.weight.shape, program.values[each.target].shape))
    assert (layers, len(shapes)) == (56, 30)


@pytest.mark.parametrize("accumulator", [Accumulator(12, "saturate"), Accumulator(13, "wrap")], ids=str)
def test_narrow_accumulators(accumulator: Accumulator) -> None:
    """Sums that are clamped or wrap around on the way, however tiles cut them."""
    model, inputs = make("efficientnet-lite blocks")
    program = program_of(model, inputs, "drum8_k4", Quantization(accumulator=accumulator))
    compare(program, inputs[:2], ArraySize(4, 3, 5))


@pytest.mark.parametrize("multiplier", ["mitchell8s", "exact12us"])
def test_signed_codes_and_wide_ones(multiplier: str) -> None:
    """Symmetric activations; and 24 bits of operands, whose multipliers are simulated in gates in every element."""
    model, inputs = make("perceptron")
    bits = 12 if "12" in multiplier else 8
    compare(program_of(model, inputs, multiplier, Quantization(bits, bits)), inputs[:2], ArraySize(2, 2, 64))


@pytest.mark.parametrize("gates", [False, True], ids=["looked up", "in gates"])
@pytest.mark.parametrize("threads", [1, 3])
def test_units_and_threads_make_no_difference(gates: bool, threads: int) -> None:
    model, inputs = make("conv1d")
    program, told = program_of(model, inputs), []
    machine = OnVerilog(program, ArraySize(3, 4, 8), threads=threads, gates=gates, tell=told.append)
    codes = run(program, inputs[:7]).values[program.input]
    found = machine.run(codes)
    assert torch.equal(found[program.outputs[0]], run(program, inputs[:7]).output)
    assert sorted(told) == sorted(c for measured in machine.measured.values() for c in measured.product)


def test_a_plan_is_what_the_schedule_says() -> None:
    """Weights, vectors and the way back of sums, against the functions that take a tile at a time."""
    program = program_of(*make("efficientnet-lite blocks"))
    rng, size = np.random.default_rng(0), ArraySize(20, 6, 9)
    for operation in (o for o in program.operations if isinstance(o, Product)):
        tiles = product_tiles(program, operation, size)
        groups = operation.window.groups
        positions = program.values[operation.target].elements // operation.matrix.outputs
        plan = ProductPlan(tiles, operation.matrix, groups, positions, size)
        stream = rng.integers(0, 256, (groups, positions, operation.matrix.weight[0].size))
        assert plan.vectors(stream).tolist() == np.concatenate([streaming(t, stream, size) for t in tiles]).tolist()
        held = [resting(tile, operation.matrix.weight, groups, size) for tile in tiles]
        assert (plan.feed.rows == np.concatenate([weights[::-1] for weights, _ in held])).all()
        assert (plan.feed.masks == np.concatenate([valid[::-1] for _, valid in held])).all()
        sums = [rng.integers(-99, 99, (tile.length, size.cols)) for tile in tiles if tile.last]
        expected = gather(tiles, sums, groups, operation.matrix.outputs // groups, positions)
        assert (plan.gather(np.concatenate(sums)) == expected).all()


def test_bad_input_is_refused() -> None:
    program = program_of(*make("perceptron"))
    with pytest.raises(ProgramError, match=r"config = \(4, 4\) is not allowed"):
        run(program, torch.zeros(1, 6), backend="rtl", config=(4, 4))  # type: ignore[arg-type]
    with pytest.raises(ArrayError, match="rows = 257 is not allowed"):
        run(program, torch.zeros(1, 6), backend="rtl", config=ArraySize(257, 4))
    with pytest.raises(ProgramError, match="backend = 'fpga' is not allowed; use 'golden', 'rtl'"):
        run(program, torch.zeros(1, 6), backend="fpga")
    wide = program_of(nn.Sequential(nn.Conv2d(1025, 1025, 1, groups=1025)), torch.randn(2, 1025, 1, 1))
    with pytest.raises(ArrayError, match="1025 column blocks; this unit keeps the settings of blocks = 1024"):
        run(wide, torch.zeros(1, 1025, 1, 1), backend="rtl", config=ArraySize(1, 1))
