"""What a compiled unit is fed in one run, as arrays of its ports' bytes."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from ._config import ArrayConfig
from ._ports_in_bulk import to_ports
from ._simulate import ALWAYS, Offered, pattern
from ._tile import Tile

SWAP, FIRST, LAST = 1, 2, 4
STUCK = {
    1: "row_ready_o stays low",
    2: "vector_ready_o stays low",
    4: "sums_valid_o stays low",
    8: "more sums came than tiles give",
}

BYTES = ctypes.POINTER(ctypes.c_uint8)
INTEGERS = ctypes.POINTER(ctypes.c_int32)


@dataclass(frozen=True, eq=False)
class Feed:
    """Rows of weights (N, cols) with their masks, vectors (V, rows), and of each vector its control bits (`SWAP`, `FIRST`,
    `LAST`), word in the banks and column block (V,), in the order in which the unit takes them."""

    rows: np.ndarray
    masks: np.ndarray
    vectors: np.ndarray
    controls: np.ndarray
    addresses: np.ndarray
    blocks: np.ndarray

    @property
    def sums(self) -> int:
        """How many sets of sums come out."""
        return int(((self.controls & LAST) != 0).sum())


def feed_of(tiles: Sequence[Tile], blocks: Sequence[int] | None = None) -> Feed:
    """The feed of tiles, each with the number of its column block (0 if not given)."""
    lengths = np.array([len(tile.vectors) for tile in tiles])
    whole = np.array([FIRST * tile.first + LAST * tile.last for tile in tiles], dtype=np.uint8)
    controls = np.repeat(whole, lengths)
    controls[np.cumsum(lengths) - lengths] |= SWAP
    return Feed(
        np.concatenate([tile.weights[::-1] for tile in tiles]),
        np.concatenate([tile.mask[::-1] for tile in tiles]),
        np.concatenate([tile.vectors for tile in tiles]),
        controls,
        np.concatenate([tile.addresses for tile in tiles]),
        np.repeat(np.zeros(len(tiles), dtype=np.int32) if blocks is None else np.array(blocks), lengths),
    )


class FeedStruct(ctypes.Structure):
    """`Feed` of harness.h."""

    _fields_ = (
        ("row_count", ctypes.c_int64),
        ("rows", BYTES),
        ("masks", BYTES),
        ("vector_count", ctypes.c_int64),
        ("vectors", BYTES),
        ("controls", BYTES),
        ("addresses", INTEGERS),
        ("row_period", ctypes.c_int64),
        ("rows_offered", BYTES),
        ("vector_period", ctypes.c_int64),
        ("vectors_offered", BYTES),
    )


_TYPES: dict[str, Any] = dict(FeedStruct._fields_)


class PortedFeed:
    """A feed as the harness takes it: the struct, and the arrays that it points to. `widths` are the bytes of row_i,
    row_mask_i and vector_i."""

    def __init__(
        self,
        config: ArrayConfig,
        feed: Feed,
        widths: Sequence[int],
        rows_offered: Offered = ALWAYS,
        vectors_offered: Offered = ALWAYS,
    ) -> None:
        a, b = config.multiplier.a, config.multiplier.b
        self.arrays = {
            "rows": to_ports(feed.rows, b.width, widths[0]),
            "masks": to_ports(feed.masks, 1, widths[1]),
            "vectors": to_ports(feed.vectors, a.width, widths[2]),
            "controls": np.ascontiguousarray(feed.controls, dtype=np.uint8),
            "addresses": np.ascontiguousarray(feed.addresses, dtype=np.int32),
            "rows_offered": pattern(rows_offered, "rows_offered").astype(np.uint8),
            "vectors_offered": pattern(vectors_offered, "vectors_offered").astype(np.uint8),
        }
        self._vectors = a.width, widths[2]
        self.struct = FeedStruct(
            row_count=len(feed.rows),
            vector_count=len(feed.controls),
            row_period=len(self.arrays["rows_offered"]),
            vector_period=len(self.arrays["vectors_offered"]),
            **{name: array.ctypes.data_as(_TYPES[name]) for name, array in self.arrays.items()},
        )
        # A period of each source may pass for every row that is waited for, and then the sums' own way.
        periods = self.struct.row_period + self.struct.vector_period
        self.patience = 2 * (config.latency + 4) + (config.rows + 1) * periods

    def again(self, vectors: np.ndarray) -> PortedFeed:
        """The same with other vectors (V, rows)."""
        other = copy(self)
        other.arrays = self.arrays | {"vectors": to_ports(vectors, *self._vectors)}
        other.struct = FeedStruct.from_buffer_copy(self.struct)
        other.struct.vectors = other.arrays["vectors"].ctypes.data_as(BYTES)
        return other


def stuck(answer: int) -> str:
    """What a negative answer of the harness says."""
    return " and ".join(text for bit, text in STUCK.items() if (-1 - answer) & bit)
