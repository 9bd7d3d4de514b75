"""Cycles against a simulated array and published formulas, bytes against counting them one by one."""

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from integer_networks import NETWORKS, make
from torch import nn

from accelerator import Program, ProgramError, lower
from accelerator.program import AveragePool, MaxPool, Product, Recurrent, Rescale, sources
from accelerator.schedule import (
    ArraySize,
    Memory,
    dram_of_values,
    fold_cycles,
    folds,
    product_tiles,
    schedule,
    spilled,
    tile_cycles,
    tiles_of,
)
from pysim import approximate_


def program_of(model: nn.Module, inputs: torch.Tensor) -> Program:
    approximate_(model.eval(), "exact8", calibration=[inputs])
    return lower(model, [inputs])


def last_cycle(rows: int, cols: int, vectors: int) -> int:
    """The number of the cycle, from 1, in which an array without pipeline registers gives its last sum: loaded row by row,
    then fed with skewed vectors, one value moving by one element in each cycle."""
    cycle, left, given = rows, 0, np.full((rows, cols), -1)  # given: the vector that an element multiplies in this cycle
    while left < vectors:
        cycle += 1
        t = cycle - rows - 1
        given[:, 1:] = given[:, :-1].copy()
        given[:, 0] = [t - r if 0 <= t - r < vectors else -1 for r in range(rows)]
        left += int(given[rows - 1, cols - 1] >= 0)  # the corner ends the sum of the last column
    return cycle


@pytest.mark.parametrize("rows", [1, 2, 5, 8])
@pytest.mark.parametrize("cols", [1, 3, 8])
@pytest.mark.parametrize("vectors", [1, 4, 17])
def test_a_fold_takes_as_long_as_a_simulated_array(rows: int, cols: int, vectors: int) -> None:
    expected = last_cycle(rows, cols, vectors)
    assert fold_cycles("weight stationary", rows, cols, vectors, 3, 5) == expected
    assert fold_cycles("input stationary", rows, cols, 3, 5, vectors) == expected
    assert fold_cycles("output stationary", rows, cols, 3, vectors, 5) == expected - rows
    assert tile_cycles([vectors], rows, cols, registers=0) == expected
    assert tile_cycles([vectors] * 3, rows, cols, double_buffered=False, registers=0) == 3 * expected


@pytest.mark.parametrize("dataflow", ["weight stationary", "input stationary", "output stationary"])
def test_folds_cover_the_product(dataflow: Any) -> None:
    for m, k, n, rows, cols in product((1, 7, 8), (3, 8, 9), (2, 16), (1, 4, 8), (3, 8)):
        down, across = {"weight stationary": (k, n), "input stationary": (k, m), "output stationary": (m, n)}[dataflow]
        count = sum(1 for _ in product(range(0, down, rows), range(0, across, cols)))
        assert folds(dataflow, rows, cols, m, k, n) == count


def test_worked_cases() -> None:
    """By hand: 196 positions, K = 144, N = 32 on 32x32."""
    shape = (32, 32, 196, 144, 32)
    assert folds("weight stationary", *shape) * fold_cycles("weight stationary", *shape) == 5 * (64 + 32 + 196 - 2)
    assert folds("input stationary", *shape) * fold_cycles("input stationary", *shape) == 5 * 7 * (64 + 32 + 32 - 2)
    assert folds("output stationary", *shape) * fold_cycles("output stationary", *shape) == 7 * (32 + 32 + 144 - 2)
    with pytest.raises(ProgramError, match="dataflow = 'row stationary' is not allowed"):
        folds("row stationary", *shape)  # type: ignore[arg-type]


def timeline(lengths: list[int], rows: int, cols: int, registers: int) -> int:
    """Double buffering as events: weights of a tile come in from the cycle in which the tile before begins to stream."""
    loading, end = 0, 0
    for length in lengths:
        begin = max(loading + rows, end)
        loading, end = begin, begin + length
    return end + rows + cols - 2 + registers


def test_double_buffering_hides_the_shorter_of_both() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        lengths = rng.integers(1, 20, rng.integers(1, 8)).tolist()
        rows, cols, registers = (int(v) for v in rng.integers(1, 16, 3))
        assert tile_cycles(lengths, rows, cols, registers=registers) == timeline(lengths, rows, cols, registers)
    assert tile_cycles([], 4, 4) == 0


def test_tiles_cost_what_the_folds_of_the_formula_do() -> None:
    """Where a bank holds all positions, tiles without double buffering are the published folds."""
    for m, k, n, rows, cols in [(196, 144, 32, 32, 32), (10, 9, 5, 4, 3), (1, 64, 192, 16, 16)]:
        tiles = tiles_of(1, k, n, m, ArraySize(rows, cols, 1000))
        cycles = tile_cycles([tile.length for tile in tiles], rows, cols, double_buffered=False, registers=0)
        assert len(tiles) == folds("weight stationary", rows, cols, m, k, n)
        assert cycles == len(tiles) * fold_cycles("weight stationary", rows, cols, m, k, n)


def counted(program: Program, operation: Any, size: ArraySize) -> tuple[int, int, int, int]:
    """Products, and bytes of weights, activations and sums, by walking over every element of every tile."""
    products = weights = activations = sums = 0
    for tile in product_tiles(program, operation, size):
        used = set()
        for b in tile.blocks:
            for k, n in product(range(b.k_start, b.k_stop), range(b.n_start, b.n_stop)):
                used.add((b.row + k - b.k_start, b.col + n - b.n_start))
        weights += len(used)
        for _ in range(tile.start, tile.stop):
            products += len(used)
            activations += len({row for row, _ in used})
            for _ in {col for _, col in used}:
                sums += 4 * (0 if tile.first else 1) + 4 * (0 if tile.last else 1)
    return products, weights, activations, sums


@pytest.mark.parametrize("name", NETWORKS)
def test_costs_are_what_counting_gives(name: str) -> None:
    program = program_of(*make(name))
    memory = Memory(weights=40, values=60, lanes=3)
    for size in (ArraySize(4, 3, 5), ArraySize(20, 6, 64)):
        plan = schedule(program, size, memory)
        moved = dram_of_values(program, memory.values)
        assert [cost.name for cost in plan.costs] == [operation.name for operation in program.operations]
        for operation, cost in zip(program.operations, plan.costs, strict=True):
            traffic, target = cost.traffic, program.values[operation.target]
            assert traffic.dram_values == moved[operation.name]
            width = 2 if target.high > 255 else 1
            if isinstance(operation, Product | Recurrent):
                steps = target.shape[0] if isinstance(operation, Recurrent) else 1
                products, weights, activations, sums = (steps * part for part in counted(program, operation, size))
                gates = 2 * program.values[operation.source].elements if isinstance(operation, Recurrent) else 0
                assert (cost.products, traffic.weights, traffic.sums) == (products, weights, sums)
                lengths = [tile.length for tile in product_tiles(program, operation, size)]
                vector = 0  # of a step: codes of hidden states, then cells, 3 a cycle, and the way through both
                if isinstance(operation, Recurrent):
                    vector = 2 * -(-operation.matrix.weight.shape[1] // 3) + 5 + 11
                assert cost.cycles == steps * (timeline(lengths, size.rows, size.cols, 2) + 3 + vector)
                assert traffic.activations == activations + gates
                assert traffic.results == target.elements * width
                assert cost.utilization == products / (cost.cycles * size.rows * size.cols)
                chunks = (
                    steps if isinstance(operation, Recurrent) else -(-target.elements // operation.matrix.outputs // size.depth)
                )
                stored = operation.matrix.weight.size
                assert traffic.dram_weights == stored * (1 if stored <= 40 else chunks) + 9 * operation.matrix.outputs
            elif isinstance(operation, AveragePool):
                assert cost.cycles == -(-target.elements // 3) * operation.kernel[0] * operation.kernel[1] + 6
            elif isinstance(operation, Rescale):
                assert cost.cycles == -(-target.elements // 3) + 5
            elif not isinstance(operation, MaxPool):
                assert cost.cycles == 0, "addresses alone"
        assert plan.cycles == sum(cost.cycles for cost in plan.costs)
        assert plan.traffic.sram == sum(cost.traffic.sram for cost in plan.costs)
        assert plan.traffic.dram == sum(cost.traffic.dram for cost in plan.costs)


@pytest.mark.parametrize("name", ["efficientnet-lite blocks", "pools", "lstm"])
def test_values_spill_only_where_they_must(name: str) -> None:
    """With memory for all of them none does; with none all do; what stays always fits, counted operation by operation."""
    program = program_of(*make(name))
    sizes = {name: value.elements * (2 if value.high > 255 else 1) for name, value in program.values.items()}
    assert spilled(program, sum(sizes.values())) == set()
    assert spilled(program, 0) == set(program.values)
    for capacity in (50, 100, 200, 400):
        gone = spilled(program, capacity)
        written = {program.input: 0} | {operation.target: i for i, operation in enumerate(program.operations)}
        for i in range(len(program.operations)):
            needed = {s for operation in program.operations[i:] for s in sources(operation)} | set(program.outputs)
            living = {v for v in program.values if written[v] <= i and (v in needed or written[v] == i)}
            assert sum(sizes[v] for v in living - gone) <= capacity
        total = sum(dram_of_values(program, capacity).values())
        expected = 0
        for value in program.values:
            reads = sum(value in sources(operation) for operation in program.operations)
            if value in gone:
                expected += sizes[value] * (reads + (value != program.input))
            else:
                expected += sizes[value] * (value == program.input or value in program.outputs)
        assert total == expected


def test_an_output_lives_to_the_end() -> None:
    """An early output stays while later operations run, so it is counted beside their values."""

    class Early(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second, self.third = nn.Linear(4, 10), nn.Linear(4, 4), nn.Linear(4, 4)

        def forward(self, x: torch.Tensor) -> Any:
            return self.first(x), self.third(self.second(x))

    program = program_of(Early(), torch.randn(8, 4))
    assert program.outputs == ("first", "third")
    assert spilled(program, 20 + 4 + 8) == set()
    assert spilled(program, 20 + 4 + 7) == {"first"}


def test_sizes_are_checked() -> None:
    for wrong in (0, -1, 2.5, True):
        with pytest.raises(ProgramError, match=r"rows = .* is not allowed"):
            ArraySize(wrong, 4)  # type: ignore[arg-type]
        with pytest.raises(ProgramError, match=r"lanes = .* is not allowed"):
            Memory(lanes=wrong)  # type: ignore[arg-type]
