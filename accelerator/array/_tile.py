"""What an array is fed: tiles of weights, and the activations that meet each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from multipliers import OperandError
from multipliers._bits import checked

from ._config import ArrayConfig
from ._errors import ArrayError


@dataclass(frozen=True, eq=False)
class Tile:
    """A tile of weights and the T vectors that stream through it.

    `weights` (rows, cols) and `mask` (rows, cols), False where there is no weight and nothing is added. `vectors` (T, rows)
    are activations. The sums of vector t are word `addresses[t]` of the accumulator banks, int (T,), no word twice; they
    begin at zero if `first`, and leave the array if `last`.
    """

    weights: np.ndarray
    mask: np.ndarray
    vectors: np.ndarray
    addresses: np.ndarray
    first: bool
    last: bool


@dataclass(frozen=True, eq=False)
class Run:
    """What came out: int64 `sums` (S, cols) and their `addresses` (S,) in the order in which they left, and `cycles` from
    the first row of weights to the last sums, both ends counted."""

    sums: np.ndarray
    addresses: np.ndarray
    cycles: int


def check_tiles(config: ArrayConfig, tiles: Sequence[Tile]) -> None:
    """Raise ArrayError, naming the tile, unless the array can run them in this order."""
    if config.dataflow != "weight_stationary":
        raise ArrayError(f"tiles are for weight_stationary arrays; this one is {config.dataflow} and takes folds")
    if not tiles:
        raise ArrayError("no tiles: at least one is needed")
    if not tiles[-1].last:
        raise ArrayError(f"tile {len(tiles) - 1} is the final one and gives no sums; it has to be a last one")
    begun = np.zeros(config.depth, dtype=bool)
    for index, tile in enumerate(tiles):
        wrong = _fault(config, tile, begun)
        if wrong:
            raise ArrayError(f"tile {index}: {wrong}")
        begun[tile.addresses] = not tile.last


def _fault(config: ArrayConfig, tile: Tile, begun: np.ndarray) -> str:
    """What is wrong with a tile, or nothing. `begun` says which words hold a sum."""
    shape = (config.rows, config.cols)
    if tile.weights.shape != shape or tile.mask.shape != shape:
        return f"weights of shape {tile.weights.shape} and a mask of shape {tile.mask.shape}; the array has {shape}"
    if tile.vectors.ndim != 2 or tile.vectors.shape[1] != config.rows or not len(tile.vectors):
        return f"vectors of shape {tile.vectors.shape}; (T, {config.rows}) with T of at least 1 is needed"
    if tile.addresses.shape != tile.vectors.shape[:1]:
        return f"{len(tile.vectors)} vectors and addresses of shape {tile.addresses.shape}"
    if tile.addresses.min() < 0 or tile.addresses.max() >= config.depth:
        return f"addresses {tile.addresses.min()} to {tile.addresses.max()}; the banks have 0 to {config.depth - 1}"
    if len(np.unique(tile.addresses)) != len(tile.addresses):
        return "an address comes twice"
    if not tile.first and not begun[tile.addresses].all():
        return "goes on with a sum that no tile has begun"
    try:
        checked(tile.vectors, config.multiplier.a, "a")
        checked(tile.weights, config.multiplier.b, "b")
    except OperandError as error:
        return str(error)
    return ""
