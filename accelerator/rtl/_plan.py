"""A product as what the product unit is fed: rows of weights once, vectors for each input, and the way of each sum back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..array import Feed, Settings
from ..array._feed import FIRST, LAST, SWAP
from ..program import Matrix
from ..schedule import ArraySize, Tile, resting


class ProductPlan:
    """The tiles of a product of `groups` groups at M positions, as arrays.

    `block[v]` and `tile[v]` are the column block and the tile of vector v, `position[v]` its position.
    """

    def __init__(self, tiles: Sequence[Tile], matrix: Matrix, groups: int, positions: int, size: ArraySize) -> None:
        self.tiles, self.matrix, self.groups, self.positions, self.size = tiles, matrix, groups, positions, size
        self.inner = matrix.weight[0].size
        self.outputs = matrix.outputs // groups
        lengths = np.array([tile.length for tile in tiles])
        self.tile = np.repeat(np.arange(len(tiles)), lengths)
        self.position = np.concatenate([np.arange(tile.start, tile.stop) for tile in tiles])
        begins = np.cumsum(lengths) - lengths
        self.begins = begins

        controls = np.array([FIRST * tile.first + LAST * tile.last for tile in tiles], dtype=np.uint8)[self.tile]
        controls[begins] |= SWAP
        held = [resting(tile, matrix.weight, groups, size) for tile in tiles]
        self._numbers = _blocks(tiles)
        self.feed = Feed(
            np.concatenate([weights[::-1] for weights, _ in held]),
            np.concatenate([valid[::-1] for _, valid in held]),
            np.zeros((0, size.rows), dtype=np.int64),
            controls,
            np.arange(len(self.tile)) - begins[self.tile],
            self._numbers[self.tile].astype(np.int32),
        )
        self._taken = self._sources()[self.tile] * positions + self.position[:, None]
        self.given = self._targets()

    @property
    def blocks(self) -> int:
        """How many column blocks have settings."""
        return int(self._numbers.max()) + 1

    def vectors(self, stream: np.ndarray) -> np.ndarray:
        """The vectors (V, rows) of one input's activations (groups, M, K); rows without weights get the code 0."""
        lanes = stream.transpose(0, 2, 1).reshape(-1, self.positions)
        return np.concatenate([lanes, np.zeros((1, self.positions), lanes.dtype)]).ravel()[self._taken]

    def gather(self, sums: np.ndarray) -> np.ndarray:
        """(N, M) from what left the unit, (S, cols)."""
        result = np.empty(self.matrix.outputs * self.positions + 1, dtype=sums.dtype)
        result[self.given] = sums
        return result[:-1].reshape(self.matrix.outputs, self.positions)

    def settings(self, zero: int, low: int, high: int) -> Settings:
        """The requantisers' settings; columns without an output get a multiplier of 0."""
        shape = self.blocks, self.size.cols
        offset, multiplier, shift = (np.zeros(shape, dtype=np.int32) for _ in range(3))
        for number, tile in zip(self._numbers, self.tiles, strict=True):
            for block in tile.blocks:
                outputs = block.group * self.outputs + np.arange(block.n_start, block.n_stop)
                columns = slice(block.col, block.col + len(outputs))
                offset[number, columns] = self.matrix.constant[outputs]
                multiplier[number, columns] = self.matrix.multiplier[outputs]
                shift[number, columns] = self.matrix.shift[outputs]
        return Settings(offset, multiplier, shift, zero, low, high)

    def _sources(self) -> np.ndarray:
        """Which lane, group * K + k, streams through each row of each tile (tiles, rows); the one behind the last is zero."""
        lanes = np.full((len(self.tiles), self.size.rows), self.groups * self.inner)
        for lane, tile in zip(lanes, self.tiles, strict=True):
            for block in tile.blocks:
                inner = np.arange(block.k_start, block.k_stop)
                lane[block.row : block.row + len(inner)] = block.group * self.inner + inner
        return lanes

    def _targets(self) -> np.ndarray:
        """Where each sum belongs in (N, M), flat (S, cols); sums that nobody wants go behind the last."""
        nowhere = self.matrix.outputs * self.positions
        parts = []
        for tile in self.tiles:
            if tile.last:
                place = np.full((tile.length, self.size.cols), nowhere)
                for block in tile.blocks:
                    outputs = block.group * self.outputs + np.arange(block.n_start, block.n_stop)
                    columns = slice(block.col, block.col + len(outputs))
                    place[:, columns] = outputs * self.positions + np.arange(tile.start, tile.stop)[:, None]
                parts.append(place)
        return np.concatenate(parts)


def _blocks(tiles: Sequence[Tile]) -> np.ndarray:
    """The number of each tile's column block: tiles that add to the same outputs have the same, at whatever positions."""
    numbers: dict[object, int] = {}
    keys = [tuple((block.group, block.n_start, block.col) for block in tile.blocks) for tile in tiles]
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys])
