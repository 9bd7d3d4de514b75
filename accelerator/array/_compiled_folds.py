"""The output-stationary unit's Verilog, compiled and driven in bulk: the same folds in, the same sums and cycles out."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np

from cocotb_tests import SimulatorError

from ._config import ArrayConfig
from ._design import Design
from ._feed import BYTES, INTEGERS
from ._folds import Fold, check_folds
from ._library import CompiledUnit
from ._ports_in_bulk import from_ports, to_ports
from ._rtl import array_design
from ._simulate import ALWAYS, Offered, pattern
from ._tile import Run

_STUCK = {1: "step_ready_o stays low", 2: "sums_valid_o stays low", 4: "more sums came than folds give"}


class _Steps(ctypes.Structure):
    _fields_ = (
        ("count", ctypes.c_int64),
        ("vectors", BYTES),
        ("rows", BYTES),
        ("masks", BYTES),
        ("lasts", BYTES),
        ("period", ctypes.c_int64),
        ("offered", BYTES),
    )


class CompiledOsArray:
    """The output-stationary unit of a configuration in Verilog: to folds what `CompiledArray` is to tiles, with the same
    arguments and errors."""

    def __init__(self, config: ArrayConfig, seed: int = 0, *, gates: bool = False, design: Design | None = None) -> None:
        self.config = config
        self._compiled = CompiledUnit(design or array_design(config), ("os_harness.cpp",), 4, seed=seed, gates=gates)

    def run(self, folds: Sequence[Fold], offered: Offered = ALWAYS) -> Run:
        """Reset the unit and run folds, as `simulate_folds` does on the model. Raises ArrayError for folds that it cannot run,
        and SimulatorError, naming the handshake, if the Verilog gets stuck."""
        config = self.config
        check_folds(config, folds)
        a, b, widths = config.multiplier.a.width, config.multiplier.b.width, self._compiled.port_bytes
        lasts = np.zeros(sum(len(fold.vectors) for fold in folds), dtype=np.uint8)
        lasts[np.cumsum([len(fold.vectors) for fold in folds]) - 1] = 1
        arrays = {
            "vectors": to_ports(np.concatenate([fold.vectors for fold in folds]), a, widths[0]),
            "rows": to_ports(np.concatenate([fold.weights for fold in folds]), b, widths[1]),
            "masks": to_ports(np.concatenate([fold.mask for fold in folds]), 1, widths[2]),
            "lasts": lasts,
            "offered": pattern(offered, "offered").astype(np.uint8),
        }
        pointers: dict[str, Any] = {name: array.ctypes.data_as(BYTES) for name, array in arrays.items()}
        period = len(arrays["offered"])
        steps = _Steps(count=len(lasts), period=period, **pointers)
        count = len(folds) * config.rows
        sums, rows = np.zeros((count, widths[3]), dtype=np.uint8), np.zeros(count, dtype=np.int32)
        cycles = self._compiled.library.unit_run(
            self._compiled.unit,
            ctypes.byref(steps),
            ctypes.c_int64(count),
            sums.ctypes.data_as(BYTES),
            rows.ctypes.data_as(INTEGERS),
            ctypes.c_int64(2 * config.latency + (config.rows + 1) * period),
        )
        if cycles < 0:
            stuck = " and ".join(text for bit, text in _STUCK.items() if (-1 - cycles) & bit)
            raise SimulatorError(f"the {config.rows}x{config.cols} array of {config.multiplier.label} is stuck: {stuck}")
        return Run(from_ports(sums, config.accumulator.bits, config.cols), rows.astype(np.int64), cycles)


def run_folds(config: ArrayConfig, folds: Sequence[Fold], offered: Offered = ALWAYS) -> Run:
    """Folds through the Verilog, as `CompiledOsArray(config).run` does it."""
    check_folds(config, folds)
    return CompiledOsArray(config).run(folds, offered)
