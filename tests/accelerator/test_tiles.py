"""Tiles compute their product, on every array: element by element, they give the golden simulator's accumulators."""

import math
from functools import cache
from typing import Any

import numpy as np
import pytest
from integer_networks import make
from odd_multipliers import ODD_S, ODD_US

from accelerator import Program, lower, run
from accelerator.program import Product, Recurrent
from accelerator.schedule import ArraySize, gather, product_tiles, resting, streaming, streams, tiles_of
from pysim import approximate_

SIZES = [
    ArraySize(1, 1, 1),
    ArraySize(2, 3, 5),
    ArraySize(9, 4),
    ArraySize(20, 7, 11),
    ArraySize(64, 16, 64),
    ArraySize(5, 1, 1000),
]


def flow(
    size: ArraySize, table: np.ndarray, low: tuple[int, int], tiles: list[Any], weight: np.ndarray, stream: np.ndarray
) -> Any:
    """What leaves an array that is fed these tiles: sums of its columns, kept in banks between tiles."""
    banks = np.zeros((size.depth, size.cols), np.int64)
    for tile in tiles:
        held, valid = resting(tile, weight, len(stream), size)
        vectors = streaming(tile, stream, size)
        assert held.shape == valid.shape == (size.rows, size.cols)
        assert vectors.shape == (tile.length, size.rows)
        assert tile.length <= size.depth
        if tile.first:
            banks[:] = 0
        for r, c in np.argwhere(valid):
            banks[: tile.length, c] += table[vectors[:, r] - low[0], held[r, c] - low[1]]
        if tile.last:
            yield banks[: tile.length].copy()


@cache
def program_of(name: str, multiplier: Any) -> tuple[Program, Any]:
    model, inputs = make(name)
    approximate_(model, multiplier, calibration=[inputs])
    program = lower(model, [inputs])
    return program, run(program, inputs[:1]).values


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size.rows}x{size.cols}, depth {size.depth}")
@pytest.mark.parametrize("multiplier", [ODD_US, ODD_S], ids=["unsigned a", "signed a"])
def test_tiles_give_the_accumulators(multiplier: Any, size: ArraySize) -> None:
    """Dense, pointwise, depthwise with both strides, and grouped with padding: elements without weights add nothing."""
    for name in ("efficientnet-lite blocks", "pools", "conv1d"):
        program, values = program_of(name, multiplier)
        operands = program.arithmetic.operands
        low = operands.activation.low, operands.weight.low
        codes = (np.arange(part.low, part.high + 1) for part in (operands.activation, operands.weight))
        table = multiplier(*np.meshgrid(*codes, indexing="ij"))
        for operation in program.operations:
            if not isinstance(operation, Product):
                continue
            tiles = product_tiles(program, operation, size)
            source = program.values[operation.source]
            stream = streams(operation, values[operation.source][0].numpy(), source.zero_point)
            groups, positions, _ = stream.shape
            outputs = operation.matrix.outputs // groups
            sums = list(flow(size, table, low, tiles, operation.matrix.weight, stream))
            got = gather(tiles, sums, groups, outputs, positions) + operation.matrix.constant[:, None]
            acc = values[f"{operation.name}.acc"][0].numpy()
            acc = acc.reshape(len(got), -1) if operation.layout == "image" else acc.reshape(positions, -1).T
            assert np.array_equal(got, acc), operation.name


SHAPES = [(1, 9, 5, 7), (1, 1, 1, 1), (8, 9, 1, 30), (3, 4, 2, 3), (1, 100, 33, 2), (16, 25, 1, 4), (5, 1, 3, 9)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size.rows}x{size.cols}, depth {size.depth}")
def test_every_product_is_done_once(shape: tuple[int, int, int, int], size: ArraySize) -> None:
    groups, inner, outputs, positions = shape
    tiles = tiles_of(groups, inner, outputs, positions, size)
    done = np.zeros((groups, inner, outputs, positions), int)
    for tile in tiles:
        used = np.zeros((size.rows, size.cols), int)
        for b in tile.blocks:
            done[b.group, b.k_start : b.k_stop, b.n_start : b.n_stop, tile.start : tile.stop] += 1
            used[b.row : b.row + b.k_stop - b.k_start, b.col : b.col + b.n_stop - b.n_start] += 1
            assert (b.k_start == 0) == tile.first
            assert (b.k_stop == inner) == tile.last
        assert used.max() == 1
        assert used.sum() == tile.weights
        assert (used.any(1).sum(), used.any(0).sum()) == (tile.rows, tile.cols)
    assert (done == 1).all()


def test_sums_of_one_bank_follow_each_other() -> None:
    """A bank's sums are ended before others begin in it."""
    tiles = tiles_of(2, 10, 5, 7, ArraySize(4, 3, 5))
    open_for: Any = None
    for tile in tiles:
        key = (tile.blocks[0].group, tile.blocks[0].n_start, tile.start)
        assert (open_for is None) == tile.first
        assert tile.first or open_for == key
        open_for = None if tile.last else key
    assert open_for is None
    assert len(tiles) == 2 * 2 * 2 * 3


def test_depthwise_channels_share_tiles() -> None:
    """3x3 on 64x16: 7 channels at a time, each in 9 rows and 1 column of its own."""
    tiles = tiles_of(16, 9, 1, 64, ArraySize(64, 16))
    assert [len(tile.blocks) for tile in tiles] == [7, 7, 2]
    assert [(block.row, block.col) for block in tiles[0].blocks] == [(9 * i, i) for i in range(7)]


def test_a_recurrent_step_is_one_position() -> None:
    program, _ = program_of("gru", "exact8")
    operation = next(o for o in program.operations if isinstance(o, Recurrent))
    tiles = product_tiles(program, operation, ArraySize(2, 5))
    assert {tile.length for tile in tiles} == {1}
    assert sum(tile.weights for tile in tiles) == math.prod(operation.matrix.weight.shape)
