"""Tiles through the array: cycle by cycle, and in closed form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..cycles import tile_cycles
from ._config import ArrayConfig
from ._errors import ArrayError
from ._tile import Run, Tile, check_tiles
from ._unit import MatrixUnit, Row, Vector

Offered = Sequence[bool] | np.ndarray
"""In which cycles a source has something, over and over; all True never makes the array wait."""

ALWAYS = (True,)


def simulate(
    config: ArrayConfig, tiles: Sequence[Tile], rows_offered: Offered = ALWAYS, vectors_offered: Offered = ALWAYS
) -> Run:
    """Run the cycle-exact model; rows of weights and vectors are offered as soon as the patterns allow. For small arrays.

    Raises ArrayError for tiles that the array cannot run, and for a pattern that never offers anything.
    """
    check_tiles(config, tiles)
    rows_pattern, vectors_pattern = pattern(rows_offered, "rows_offered"), pattern(vectors_offered, "vectors_offered")
    unit, rows, vectors = MatrixUnit(config), rows_of(tiles), vectors_of(tiles)
    row, vector = next(rows, None), next(vectors, None)
    expected = sum(len(tile.vectors) for tile in tiles if tile.last)
    sums: list[np.ndarray] = []
    addresses: list[int] = []
    begun, cycle = None, 0
    while len(sums) < expected:
        row_now = row if rows_pattern[cycle % len(rows_pattern)] else None
        vector_now = vector if vectors_pattern[cycle % len(vectors_pattern)] else None
        out = unit.step(row_now, vector_now)
        if row_now is not None and out.row_ready:
            row = next(rows, None)
            begun = cycle if begun is None else begun
        if vector_now is not None and out.vector_ready:
            vector = next(vectors, None)
        if out.sums is not None:
            sums.append(out.sums)
            addresses.append(out.address)
        cycle += 1
    return Run(np.array(sums), np.array(addresses, dtype=np.int64), cycle - (begun or 0))


def compute(config: ArrayConfig, tiles: Sequence[Tile]) -> Run:
    """The sums of `simulate`, product by product but not cycle by cycle, and `cycles` of the tiles. Raises ArrayError."""
    check_tiles(config, tiles)
    banks = np.zeros((config.depth, config.cols), dtype=np.int64)
    sums, addresses = [], []
    for tile in tiles:
        total = np.zeros((len(tile.vectors), config.cols), dtype=np.int64) if tile.first else banks[tile.addresses]
        for r in range(config.rows):
            products = config.products(tile.vectors[:, r, None], tile.weights[r])
            total = config.add(total, np.where(tile.mask[r], products, 0))
        if tile.last:
            sums.append(total)
            addresses.append(tile.addresses)
        else:
            banks[tile.addresses] = total
    return Run(np.concatenate(sums), np.concatenate(addresses), cycles(config, [len(tile.vectors) for tile in tiles]))


def cycles(config: ArrayConfig, lengths: Sequence[int] | np.ndarray) -> int:
    """Cycles that tiles of so many vectors take if nothing makes the array wait: from the first row of weights to the last
    sums, both ends counted. Tiles that add to the same sums address them in the same order.

    The first tile's weights take `rows` cycles. A tile then keeps the array for as many cycles as it has vectors, and at
    least for the `rows` cycles in which the next one's weights come in. Sums leave `rows + cols` cycles after their vector.

    >>> cycles(ArrayConfig(4, 4, "exact8us"), [10, 2, 5])
    31
    """
    tile_lengths = np.asarray(lengths, dtype=np.int64)
    if tile_lengths.ndim != 1 or not len(tile_lengths) or tile_lengths.min() < 1:
        raise ArrayError(f"tiles of {lengths!r} vectors: at least one tile, and one vector in each, are needed")
    return tile_cycles(tile_lengths.tolist(), config.rows, config.cols)


def rows_of(tiles: Sequence[Tile]) -> Iterator[Row]:
    """All rows of weights in the order in which the array takes them, each tile's last row first."""
    for tile in tiles:
        for r in reversed(range(len(tile.weights))):
            yield Row(tile.weights[r], tile.mask[r])


def vectors_of(tiles: Sequence[Tile]) -> Iterator[Vector]:
    """All vectors in order."""
    for tile in tiles:
        for t, (activations, address) in enumerate(zip(tile.vectors, tile.addresses.tolist(), strict=True)):
            yield Vector(activations, t == 0, tile.first, tile.last, address)


def pattern(offered: Offered, name: str) -> np.ndarray:
    """A pattern as a bool array; raises ArrayError if it offers nothing."""
    array = np.asarray(offered, dtype=bool)
    if array.ndim != 1 or not array.any():
        raise ArrayError(f"{name} has to offer something: a row of truth values with at least one True is needed")
    return array
