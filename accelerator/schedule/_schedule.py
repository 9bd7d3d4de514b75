"""What a program costs on an array, an operation at a time: tiles, cycles, utilisation and traffic, of one input."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce

from ..cycles import product_cycles
from ..program import (
    AveragePool,
    Concatenate,
    MaxPool,
    Operation,
    Product,
    Program,
    Recurrent,
    Rescale,
    Reshape,
    Select,
    Transpose,
    sources,
)
from ..vector import cycles as vector_cycles
from ._size import ArraySize, Memory
from ._tiles import Tile, tiles_of
from ._traffic import CONSTANTS, Traffic, bytes_of, dram_of_values, of_tiles, size_of

_MODULES = {AveragePool: "average_pool", MaxPool: "max_pool"}
"""Operations, and the modules of rtl/vector that do them."""


@dataclass(frozen=True)
class Cost:
    """One operation's products, tiles, cycles and bytes; `utilization` is products per element and cycle, 0 ... 1.

    `vector_cycles` are those of `cycles` that pass in the vector unit.
    """

    name: str
    kind: str
    products: int
    tiles: int
    cycles: int
    vector_cycles: int
    utilization: float
    traffic: Traffic


@dataclass(frozen=True)
class Schedule:
    """The costs of a program's operations in order, each begun when the one before it has ended."""

    size: ArraySize
    memory: Memory
    costs: tuple[Cost, ...]

    @property
    def cycles(self) -> int:
        """Cycles of one input."""
        return sum(cost.cycles for cost in self.costs)

    @property
    def products(self) -> int:
        """Products of one input."""
        return sum(cost.products for cost in self.costs)

    @property
    def utilization(self) -> float:
        """Products per element and cycle, 0 ... 1."""
        return self.products / (self.cycles * self.size.rows * self.size.cols)

    @property
    def traffic(self) -> Traffic:
        """All bytes of one input."""
        return reduce(lambda total, cost: total + cost.traffic, self.costs, Traffic())


def schedule(program: Program, size: ArraySize, memory: Memory | None = None, *, double_buffered: bool = True) -> Schedule:
    """The costs of a program on an array of that size, with the tiles that `product_tiles` gives.

    Results of products are requantised as they leave the array, `REQUANTIZE` cycles after the last sums. The vector unit has
    `memory.lanes` lanes, and its cycles are `accelerator.vector.cycles`. Reshaping,
    selecting and joining are a matter of addresses. A recurrent step waits for the one before it.
    """
    memory = memory or Memory()
    dram = dram_of_values(program, memory.values)
    costs = (_cost(program, operation, size, memory, double_buffered, dram[operation.name]) for operation in program.operations)
    return Schedule(size, memory, tuple(costs))


def product_tiles(program: Program, operation: Product | Recurrent, size: ArraySize) -> list[Tile]:
    """The tiles of a product of one input; of a recurrent layer those of one step."""
    outputs, *inner = operation.matrix.weight.shape
    groups = operation.window.groups if isinstance(operation, Product) else 1
    return tiles_of(groups, math.prod(inner), outputs // groups, positions(program, operation), size)


def positions(program: Program, operation: Product | Recurrent) -> int:
    """Output positions of a product of one input, 1 of a recurrent step."""
    if isinstance(operation, Recurrent):
        return 1
    return program.values[operation.target].elements // operation.matrix.outputs


def _cost(
    program: Program, operation: Operation, size: ArraySize, memory: Memory, double_buffered: bool, dram_values: int
) -> Cost:
    kind = type(operation).__name__.lower()
    written = size_of(program.values[operation.target])
    if isinstance(operation, Product | Recurrent):
        return _product(program, operation, size, memory, double_buffered, Traffic(results=written, dram_values=dram_values))
    if isinstance(operation, Reshape | Select | Transpose | Concatenate):
        return Cost(operation.name, kind, 0, 0, 0, 0, 0.0, Traffic(dram_values=dram_values))
    read = sum(size_of(program.values[name]) for name in sources(operation))
    count = program.values[operation.target].elements
    if isinstance(operation, AveragePool | MaxPool):
        read = count * math.prod(operation.kernel) * bytes_of(program.values[operation.source].bits)
        cycles = vector_cycles(_MODULES[type(operation)], count, memory.lanes, math.prod(operation.kernel))
    else:
        assert isinstance(operation, Rescale)
        cycles = vector_cycles("rescale", count, memory.lanes)
    traffic = Traffic(activations=read, results=written, dram_values=dram_values)
    return Cost(operation.name, kind, 0, 0, cycles, cycles, 0.0, traffic)


def _product(
    program: Program,
    operation: Product | Recurrent,
    size: ArraySize,
    memory: Memory,
    double_buffered: bool,
    moved: Traffic,
) -> Cost:
    operands = program.arithmetic.operands
    activation, weight = (bytes_of((len(part) - 1).bit_length()) for part in (operands.activation, operands.weight))
    tiles = product_tiles(program, operation, size)
    cycles = product_cycles([tile.length for tile in tiles], size.rows, size.cols, double_buffered=double_buffered)
    traffic, products, count = (
        of_tiles(tiles, activation, weight),
        sum(tile.weights * tile.length for tile in tiles),
        len(tiles),
    )
    stored = operation.matrix.weight.size * weight
    loads = len({tile.start for tile in tiles})
    vector = 0
    if isinstance(operation, Recurrent):
        steps, hidden = program.values[operation.target].shape
        # The codes of the hidden state first, and behind the product the cell.
        vector = vector_cycles("rescale", hidden, memory.lanes) + vector_cycles("recurrent_cell", hidden, memory.lanes)
        cycles, vector = steps * (cycles + vector), steps * vector
        products, count, loads = steps * products, steps * count, steps
        gates = size_of(program.values[operation.source])
        traffic = reduce(Traffic.__add__, [traffic] * steps) + Traffic(activations=gates)
    again = 1 if stored <= memory.weights else loads
    dram = Traffic(dram_weights=stored * again + CONSTANTS * operation.matrix.outputs)
    utilization = products / (cycles * size.rows * size.cols)
    kind = type(operation).__name__.lower()
    return Cost(operation.name, kind, products, count, cycles, vector, utilization, traffic + dram + moved)
