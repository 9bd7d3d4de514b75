"""The array's Verilog, compiled by Verilator and driven in bulk: the same tiles in, the same sums and cycles out."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import numpy as np

from cocotb_tests import SimulatorError

from .._compiled_unit import compiled_unit
from ._config import ArrayConfig
from ._ports_in_bulk import from_ports, to_ports
from ._rtl import array_rtl
from ._simulate import ALWAYS, Offered, pattern
from ._tile import Run, Tile, check_tiles

_SWAP, _FIRST, _LAST = 1, 2, 4
_STUCK = {
    1: "row_ready_o stays low",
    2: "vector_ready_o stays low",
    4: "sums_valid_o stays low",
    8: "more sums came than tiles give",
}

_BYTES = ctypes.POINTER(ctypes.c_uint8)


class _Feed(ctypes.Structure):
    _fields_ = (
        ("row_count", ctypes.c_int64),
        ("rows", _BYTES),
        ("masks", _BYTES),
        ("vector_count", ctypes.c_int64),
        ("vectors", _BYTES),
        ("controls", _BYTES),
        ("addresses", ctypes.POINTER(ctypes.c_int32)),
        ("row_period", ctypes.c_int64),
        ("rows_offered", _BYTES),
        ("vector_period", ctypes.c_int64),
        ("vectors_offered", _BYTES),
    )


_TYPES: dict[str, Any] = dict(_Feed._fields_)


class CompiledArray:
    """The matrix unit of a configuration in Verilog, compiled at first use and cached by content.

    `seed` draws what registers hold before they are written. Raises ArrayError where the multiplier has no Verilog,
    SimulatorError where it does not compile, ToolchainError if a program is missing, CacheError.
    """

    def __init__(self, config: ArrayConfig, seed: int = 0) -> None:
        self.config = config
        self._library, self._unit = compiled_unit(self, array_rtl(config), files("accelerator.array") / "harness.cpp", seed)
        widths = (ctypes.c_int64 * 4)()
        self._library.port_bytes(self._unit, widths)
        self._row_bytes, self._mask_bytes, self._vector_bytes, self._sum_bytes = widths

    def run(self, tiles: Sequence[Tile], rows_offered: Offered = ALWAYS, vectors_offered: Offered = ALWAYS) -> Run:
        """Reset the unit and run tiles, as `simulate` does on the model. Raises ArrayError for tiles that it cannot run, and
        SimulatorError, naming the handshake, if the Verilog gets stuck."""
        check_tiles(self.config, tiles)
        config, a, b = self.config, self.config.multiplier.a, self.config.multiplier.b
        lengths = np.array([len(tile.vectors) for tile in tiles])
        arrays = {
            "rows": to_ports(np.concatenate([tile.weights[::-1] for tile in tiles]), b.width, self._row_bytes),
            "masks": to_ports(np.concatenate([tile.mask[::-1] for tile in tiles]), 1, self._mask_bytes),
            "vectors": to_ports(np.concatenate([tile.vectors for tile in tiles]), a.width, self._vector_bytes),
            "controls": _controls(tiles, lengths),
            "addresses": np.concatenate([tile.addresses for tile in tiles]).astype(np.int32),
            "rows_offered": pattern(rows_offered, "rows_offered").astype(np.uint8),
            "vectors_offered": pattern(vectors_offered, "vectors_offered").astype(np.uint8),
        }
        feed = _Feed(
            row_count=len(tiles) * config.rows,
            vector_count=int(lengths.sum()),
            row_period=len(arrays["rows_offered"]),
            vector_period=len(arrays["vectors_offered"]),
            **{name: array.ctypes.data_as(_TYPES[name]) for name, array in arrays.items()},
        )
        count = sum(len(tile.vectors) for tile in tiles if tile.last)
        sums, addresses = np.zeros((count, self._sum_bytes), dtype=np.uint8), np.zeros(count, dtype=np.int32)
        # A period of each source may pass for every row that is waited for, and then the sums' own way.
        patience = 2 * config.latency + (config.rows + 1) * (feed.row_period + feed.vector_period)
        cycles = self._library.unit_run(
            self._unit,
            ctypes.byref(feed),
            ctypes.c_int64(count),
            sums.ctypes.data_as(_BYTES),
            addresses.ctypes.data_as(ctypes.POINTER(ctypes.c_int32)),
            ctypes.c_int64(patience),
        )
        if cycles < 0:
            stuck = " and ".join(text for bit, text in _STUCK.items() if (-1 - cycles) & bit)
            raise SimulatorError(f"the {config.rows}x{config.cols} array of {config.multiplier.label} is stuck: {stuck}")
        return Run(from_ports(sums, config.accumulator.bits, config.cols), addresses.astype(np.int64), cycles)


def run_tiles(
    config: ArrayConfig, tiles: Sequence[Tile], rows_offered: Offered = ALWAYS, vectors_offered: Offered = ALWAYS
) -> Run:
    """Tiles through the Verilog, as `CompiledArray(config).run` does it."""
    return CompiledArray(config).run(tiles, rows_offered, vectors_offered)


def _controls(tiles: Sequence[Tile], lengths: np.ndarray) -> np.ndarray:
    """What each vector says besides its activations, uint8."""
    whole = np.array([_FIRST * tile.first + _LAST * tile.last for tile in tiles], dtype=np.uint8)
    controls = np.repeat(whole, lengths)
    controls[np.cumsum(lengths) - lengths] |= _SWAP
    return controls
