"""The first integer of a product that differs: where it came from, in the smallest run that still shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from accelerator import Program
from accelerator.array import CompiledProductUnit, Design, Settings, UnitConfig, compute, feed_of
from accelerator.array import Tile as ArrayTile
from accelerator.array.requantize import requantize
from accelerator.golden import GATE_HIGH, GATE_LOW
from accelerator.program import Product, Recurrent
from accelerator.rtl import ProductPlan, unit_config
from accelerator.schedule import ArraySize, Tile, product_tiles, resting, streams


@dataclass(frozen=True, eq=False)
class Place:
    """The first sums, in the order in which they leave the array, with a wrong accumulator or code.

    `stream` are the activations (groups, M, K) of input `index` (and recurrent step `step`, or None); `vector` is the number
    of the vector, of all that stream through, that ends the sums, and `tile` that of its tile. `cycle` is when it enters the
    array, counted from the layer's first row of weights (from the step's, in a recurrent layer); `column` the first wrong one.
    """

    operation: Product | Recurrent
    plan: ProductPlan
    stream: np.ndarray
    clamp: tuple[int, int, int]
    index: int
    step: int | None
    tile: int
    vector: int
    cycle: int
    column: int


def first_wrong(
    program: Program, operation: Product | Recurrent, size: ArraySize, values: dict[str, Tensor], golden: dict[str, Tensor]
) -> Place | None:
    """Where a product's `.acc` or codes in `values` first differ from the golden simulator's; None if they are equal."""
    acc, wanted = (_planes(operation, each[f"{operation.name}.acc"]) for each in (values, golden))
    name = f"{operation.name}.from_hidden" if isinstance(operation, Recurrent) else operation.target
    codes, wanted_codes = (_planes(operation, each[name]) for each in (values, golden))
    wrong = (acc != wanted) | (codes != wanted_codes)
    if not wrong.any():
        return None
    which = _order(operation, wrong)
    groups = operation.window.groups if isinstance(operation, Product) else 1
    plan = ProductPlan(product_tiles(program, operation, size), operation.matrix, groups, wrong.shape[-1], size)
    flat = np.append(wrong[which].ravel(), False)[plan.given]
    row = int(flat.any(1).argmax())
    ends = np.flatnonzero(plan.feed.controls & 4)
    vector = int(ends[row])
    tile = int(plan.tile[vector])
    held = [max(each.length, size.rows) for each in plan.tiles[:tile]]
    cycle = size.rows + sum(held) + vector - int(plan.begins[tile])
    if isinstance(operation, Recurrent):
        index, step = which
        stream = values[f"{operation.name}.hidden"][index, step].numpy().reshape(1, 1, -1)
        clamp = 0, GATE_LOW, GATE_HIGH
    else:
        (index,), step = which, None
        stream = streams(operation, values[operation.source][index].numpy(), program.values[operation.source].zero_point)
        clamp = program.values[operation.target].zero_point, operation.low, operation.high
    return Place(operation, plan, stream, clamp, index, step, tile, vector, cycle, int(flat[row].argmax()))


def _planes(operation: Product | Recurrent, tensor: Tensor) -> np.ndarray:
    """(B, N, M) of a product, (B, T, N, 1) of a recurrent layer."""
    if isinstance(operation, Recurrent):
        return np.asarray(tensor.unsqueeze(-1).numpy())
    outputs = operation.matrix.outputs
    if operation.layout == "image":
        return np.asarray(tensor.reshape(len(tensor), outputs, -1).numpy())
    return np.asarray(tensor.reshape(len(tensor), -1, outputs).transpose(1, 2).numpy())


def _order(operation: Product | Recurrent, wrong: np.ndarray) -> tuple[int, ...]:
    """The first input with a difference; in a recurrent layer, the first step that is computed."""
    index = int(wrong.any(axis=tuple(range(1, wrong.ndim))).argmax())
    if not isinstance(operation, Recurrent):
        return (index,)
    steps = np.flatnonzero(wrong[index].any(axis=(1, 2)))
    return index, int(steps[-1] if operation.reverse else steps[0])


@dataclass(frozen=True, eq=False)
class Reproduction:
    """Tiles of column block 0 on which the Verilog goes wrong, its settings, and what the first of them was in the layer."""

    tiles: list[ArrayTile]
    settings: Settings
    first_tile: int
    first_vector: int
    what: str


def reproduce(config: UnitConfig, design: Design, place: Place) -> Reproduction | None:
    """The smallest of some runs that goes wrong: one tile and one vector, then all tiles of the sum, then with all vectors of
    the chunk, then everything up to the wrong sum. None if none does: the fault depends on what was before."""
    unit, plan = CompiledProductUnit(config, design=design), place.plan
    all_settings = plan.settings(*place.clamp)
    number = int(plan.feed.blocks[place.vector])
    block = slice(number, number + 1)
    parts = all_settings.offset[block], all_settings.multiplier[block], all_settings.shift[block]
    settings = Settings(*parts, *place.clamp)
    unit.set(settings)
    for tiles, tile, vector, what in _candidates(place):
        run, expected = unit.run(feed_of(tiles)), compute(config.array, tiles).sums
        wanted = requantize(expected, settings.offset, settings.multiplier, settings.shift, *np.array(place.clamp))
        if not (np.array_equal(run.sums, expected) and np.array_equal(run.codes, wanted)):
            return Reproduction(tiles, settings, tile, vector, what)
    return None


def _candidates(place: Place) -> Iterator[tuple[list[ArrayTile], int, int, str]]:
    """Runs from small to large, with the number of the first tile and vector of each."""
    plan, last = place.plan, place.tile
    first = last
    while not plan.tiles[first].first:
        first -= 1
    vectors = plan.vectors(place.stream)
    offset = place.vector - int(plan.begins[last])

    def tile(number: int, rows: slice, alone: bool = False) -> ArrayTile:
        spec: Tile = plan.tiles[number]
        held, valid = resting(spec, plan.matrix.weight, plan.groups, plan.size)
        begin = int(plan.begins[number])
        part = vectors[begin : begin + spec.length][rows]
        ends = (True, True) if alone else (spec.first, spec.last)
        return ArrayTile(held, valid, part, np.arange(len(part)), *ends)

    one = slice(offset, offset + 1)
    for number in range(first, last + 1):
        yield [tile(number, one, alone=True)], number, offset, "one tile, one vector"
    for span, what in ((one, "the tiles of the sum, one vector"), (slice(0, offset + 1), "the tiles of the sum")):
        yield [tile(number, span) for number in range(first, last + 1)], first, span.start, what
    whole = slice(None)
    yield [tile(number, whole) for number in range(last + 1)], 0, 0, "all tiles up to the sum"


def product_unit_of(program: Program, size: ArraySize) -> UnitConfig:
    """The product unit that a program was run on."""
    return unit_config(program.arithmetic, size)
