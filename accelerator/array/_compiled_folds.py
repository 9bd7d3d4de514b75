"""The output-stationary unit's Verilog, compiled and driven in bulk: the same folds in, the same sums and cycles out."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import numpy as np

from cocotb_tests import SimulatorError, shared_library

from ._config import ArrayConfig
from ._feed import BYTES, INTEGERS
from ._folds import Fold, check_folds
from ._ports_in_bulk import from_ports, to_ports
from ._rtl import array_rtl
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


def run_folds(config: ArrayConfig, folds: Sequence[Fold], offered: Offered = ALWAYS) -> Run:
    """Folds through the Verilog, as `simulate_folds` runs them on the model; compiled at first use and cached.

    Raises ArrayError for folds that it cannot run or a multiplier without Verilog, SimulatorError if it does not compile or
    gets stuck, ToolchainError if a program is missing, CacheError.
    """
    check_folds(config, folds)
    harness = (files("accelerator.array") / "os_harness.cpp").read_text()
    library = ctypes.CDLL(str(shared_library(array_rtl(config), harness)))
    with _unit(library) as unit:
        return _run(config, library, unit, folds, pattern(offered, "offered").astype(np.uint8))


@contextmanager
def _unit(library: Any) -> Iterator[ctypes.c_void_p]:
    library.unit_new.restype = ctypes.c_void_p
    unit = ctypes.c_void_p(library.unit_new())
    try:
        yield unit
    finally:
        library.unit_delete(unit)


def _run(config: ArrayConfig, library: Any, unit: ctypes.c_void_p, folds: Sequence[Fold], offered: np.ndarray) -> Run:
    ports = (ctypes.c_int64 * 4)()
    library.port_bytes(unit, ports)
    a, b, widths = config.multiplier.a.width, config.multiplier.b.width, list(ports)
    lasts = np.zeros(sum(len(fold.vectors) for fold in folds), dtype=np.uint8)
    lasts[np.cumsum([len(fold.vectors) for fold in folds]) - 1] = 1
    arrays = {
        "vectors": to_ports(np.concatenate([fold.vectors for fold in folds]), a, widths[0]),
        "rows": to_ports(np.concatenate([fold.weights for fold in folds]), b, widths[1]),
        "masks": to_ports(np.concatenate([fold.mask for fold in folds]), 1, widths[2]),
        "lasts": lasts,
        "offered": offered,
    }
    pointers: dict[str, Any] = {name: array.ctypes.data_as(BYTES) for name, array in arrays.items()}
    steps = _Steps(count=len(lasts), period=len(offered), **pointers)
    count = len(folds) * config.rows
    sums, rows = np.zeros((count, widths[3]), dtype=np.uint8), np.zeros(count, dtype=np.int32)
    library.unit_run.restype = ctypes.c_int64
    cycles = library.unit_run(
        unit,
        ctypes.byref(steps),
        ctypes.c_int64(count),
        sums.ctypes.data_as(BYTES),
        rows.ctypes.data_as(INTEGERS),
        ctypes.c_int64(2 * config.latency + (config.rows + 1) * len(offered)),
    )
    if cycles < 0:
        stuck = " and ".join(text for bit, text in _STUCK.items() if (-1 - cycles) & bit)
        raise SimulatorError(f"the {config.rows}x{config.cols} array of {config.multiplier.label} is stuck: {stuck}")
    return Run(from_ports(sums, config.accumulator.bits, config.cols), rows.astype(np.int64), cycles)
