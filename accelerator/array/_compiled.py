"""The array's Verilog, compiled by Verilator and driven in bulk: the same tiles in, the same sums and cycles out."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import numpy as np

from cocotb_tests import SimulatorError

from ._config import ArrayConfig
from ._design import Design
from ._feed import BYTES, INTEGERS, PortedFeed, feed_of, stuck
from ._library import CompiledUnit
from ._ports_in_bulk import from_ports
from ._rtl import array_design
from ._simulate import ALWAYS, Offered
from ._tile import Run, Tile, check_tiles


class CompiledArray:
    """The matrix unit of a configuration in Verilog, compiled at first use and cached by content.

    Operand pairs of up to 16 bits are multiplied once by the multiplier's Verilog, and elements look their products up; with
    `gates`, and for wider ones, each element simulates the multiplier itself. `design` is taken in place of the
    configuration's own: one with a fault in it, say. `seed` draws what registers hold before they are written. Raises
    ArrayError where the multiplier has no Verilog, SimulatorError where it does not compile, ToolchainError if a program is
    missing, CacheError.
    """

    def __init__(self, config: ArrayConfig, seed: int = 0, *, gates: bool = False, design: Design | None = None) -> None:
        self.config = config
        self._compiled = CompiledUnit(design or array_design(config), ("harness.h", "harness.cpp"), 4, seed=seed, gates=gates)

    def run(self, tiles: Sequence[Tile], rows_offered: Offered = ALWAYS, vectors_offered: Offered = ALWAYS) -> Run:
        """Reset the unit and run tiles, as `simulate` does on the model. Raises ArrayError for tiles that it cannot run, and
        SimulatorError, naming the handshake, if the Verilog gets stuck."""
        check_tiles(self.config, tiles)
        config, feed = self.config, feed_of(tiles)
        ported = PortedFeed(config, feed, self._compiled.port_bytes, rows_offered, vectors_offered)
        sums, addresses = (
            np.zeros((feed.sums, self._compiled.port_bytes[3]), dtype=np.uint8),
            np.zeros(feed.sums, dtype=np.int32),
        )
        cycles = self._compiled.library.unit_run(
            self._compiled.unit,
            ctypes.byref(ported.struct),
            ctypes.c_int64(feed.sums),
            sums.ctypes.data_as(BYTES),
            addresses.ctypes.data_as(INTEGERS),
            ctypes.c_int64(ported.patience),
        )
        if cycles < 0:
            raise SimulatorError(
                f"the {config.rows}x{config.cols} array of {config.multiplier.label} is stuck: {stuck(cycles)}"
            )
        return Run(from_ports(sums, config.accumulator.bits, config.cols), addresses.astype(np.int64), cycles)


def run_tiles(
    config: ArrayConfig, tiles: Sequence[Tile], rows_offered: Offered = ALWAYS, vectors_offered: Offered = ALWAYS
) -> Run:
    """Tiles through the Verilog, as `CompiledArray(config).run` does it."""
    return CompiledArray(config).run(tiles, rows_offered, vectors_offered)
