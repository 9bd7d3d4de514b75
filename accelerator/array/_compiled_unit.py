"""The product unit's Verilog, compiled by Verilator and driven in bulk: sums, codes and cycles."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import numpy as np

from cocotb_tests import SimulatorError

from ._design import Design
from ._errors import ArrayError
from ._feed import BYTES, INTEGERS, Feed, PortedFeed, stuck
from ._library import CompiledUnit
from ._ports_in_bulk import from_ports
from ._product_unit import UnitConfig
from ._rtl import unit_design


@dataclass(frozen=True, eq=False)
class Settings:
    """What sums are requantised with: offset, multiplier and shift, int32 (blocks, cols), and zero point, low and high."""

    offset: np.ndarray
    multiplier: np.ndarray
    shift: np.ndarray
    zero: int
    low: int
    high: int


@dataclass(frozen=True, eq=False)
class UnitRun:
    """What came out, in order: int64 `sums` and `codes` (S, cols), and `cycles` from the first row of weights to the last
    codes, both ends counted."""

    sums: np.ndarray
    codes: np.ndarray
    cycles: int


class CompiledProductUnit:
    """The product unit of a configuration in Verilog, compiled at first use and cached by content.

    `gates`, `design` and `seed` are as in `CompiledArray`, and so is what is raised. Calls from several threads need a unit
    each; they share the library.
    """

    def __init__(self, config: UnitConfig, seed: int = 0, *, gates: bool = False, design: Design | None = None) -> None:
        self.config = config
        harness = "harness.h", "product_harness.cpp"
        self._compiled = CompiledUnit(design or unit_design(config), harness, 5, seed=seed, gates=gates)
        self._settings: Settings | None = None

    def port(self, feed: Feed) -> PortedFeed:
        """A feed as `run` takes it; made once for what is run often."""
        return PortedFeed(self.config.array, feed, self._compiled.port_bytes)

    def set(self, settings: Settings) -> None:
        """Write the settings of all blocks; raises ArrayError if there are more than the unit has words for."""
        blocks, cols = settings.offset.shape
        if blocks > self.config.blocks:
            raise ArrayError(f"{blocks} column blocks; this unit keeps the settings of blocks = {self.config.blocks}")
        arrays = [np.ascontiguousarray(part, dtype=np.int32) for part in (settings.offset, settings.multiplier, settings.shift)]
        mask = (1 << (self.config.code_bits + 1)) - 1
        self._compiled.library.unit_set(
            self._compiled.unit,
            ctypes.c_int64(blocks),
            ctypes.c_int64(cols),
            *(array.ctypes.data_as(INTEGERS) for array in arrays),
            *(ctypes.c_int32(value) for value in (settings.zero, settings.low, settings.high, mask)),
        )
        self._settings = settings

    def run(self, feed: Feed, ported: PortedFeed | None = None) -> UnitRun:
        """Reset the unit, keep its settings, and run a feed. Raises SimulatorError, naming the handshake, if it gets stuck."""
        array, ported = self.config.array, ported or self.port(feed)
        count = feed.sums
        sums, codes = (np.zeros((count, width), dtype=np.uint8) for width in self._compiled.port_bytes[3:])
        blocks = np.ascontiguousarray(feed.blocks, dtype=np.int32)
        cycles = self._compiled.library.unit_run(
            self._compiled.unit,
            ctypes.byref(ported.struct),
            blocks.ctypes.data_as(INTEGERS),
            ctypes.c_int64(count),
            sums.ctypes.data_as(BYTES),
            codes.ctypes.data_as(BYTES),
            ctypes.c_int64(ported.patience),
        )
        if cycles < 0:
            raise SimulatorError(
                f"the {array.rows}x{array.cols} product unit of {array.multiplier.label} is stuck: {stuck(cycles)}"
            )
        raw = from_ports(codes, self.config.code_bits, array.cols)
        if self._settings is not None and self._settings.low >= 0:
            raw &= (1 << self.config.code_bits) - 1
        return UnitRun(from_ports(sums, array.accumulator.bits, array.cols), raw, int(cycles))
