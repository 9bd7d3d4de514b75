"""How fast the array's Verilog runs: in bulk through its C interface, and in cocotb, which compares every output.

`python -m benchmarks.array` prints cycles a second of processor time, without build and start: in cocotb, in bulk with every
element's multiplier simulated in gates, and in bulk with products looked up that the multiplier's Verilog gave. With
`--output-stationary`, of the output-stationary array in bulk.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from functools import partial
from time import perf_counter, process_time

import numpy as np
from rich.console import Console
from rich.table import Table

from accelerator.array import (
    ArrayConfig,
    CompiledArray,
    CompiledOsArray,
    Run,
    array_rtl,
    compute,
    compute_folds,
    folds_of,
    tiles_of,
)
from accelerator.array._record import record
from benchmarks.machine import machine
from cocotb_tests import lockstep

SIZES = (4, 16)
LABELS = ("exact8us", "drum8us_k4", "mitchell8us", "broken_array8us_h2_v5")
ROUNDS = 7


def main() -> None:
    """Print a table; each number is a median."""
    console = Console()
    console.print(machine())
    if "--output-stationary" in sys.argv:
        console.print(_output_stationary())
        return
    table = Table("array", "multiplier", "build s", "cocotb kcycles/s", "in gates", "ratio", "looked up", "ratio")
    for size in SIZES:
        for label in LABELS:
            build, slow, gates, fast = measured(ArrayConfig(size, size, label, depth=784))
            numbers = (f"{build:.1f}", f"{slow / 1e3:.1f}", f"{gates / 1e3:,.0f}", f"{gates / slow:.0f}")
            numbers += (f"{fast / 1e3:,.0f}", f"{fast / slow:.0f}")
            table.add_row(f"{size}x{size}", label, *numbers)
    console.print(table)


def measured(config: ArrayConfig) -> tuple[float, float, float, float]:
    """Seconds to make the library of look-ups (near zero if cached), and cycles a second in cocotb, in gates, looked up."""
    start = perf_counter()
    looked_up = CompiledArray(config)
    build = perf_counter() - start
    rng = np.random.default_rng(0)
    x, w = rng.integers(0, 256, (784, 96)), rng.integers(-128, 128, (96, 24))
    inputs, expected = record(config, tiles_of(config, x[:100], w[:, :16]))
    checked = lockstep(array_rtl(config), inputs, expected)
    assert not checked.failures
    tiles = tiles_of(config, x, w)
    cycles = compute(config, tiles).cycles
    speeds = [cycles / _seconds(partial(array.run, tiles), cycles) for array in (CompiledArray(config, gates=True), looked_up)]
    return build, checked.cycles / checked.seconds, speeds[0], speeds[1]


def _output_stationary() -> Table:
    table = Table("array", "multiplier", "in gates", "looked up", "ratio", title="output stationary, kcycles/s")
    for size in SIZES:
        for label in LABELS:
            config = ArrayConfig(size, size, label, dataflow="output_stationary")
            rng = np.random.default_rng(0)
            folds = folds_of(config, rng.integers(0, 256, (196, 96)), rng.integers(-128, 128, (96, 24)))
            cycles = compute_folds(config, folds).cycles
            units = CompiledOsArray(config, gates=True), CompiledOsArray(config)
            gates, fast = (cycles / _seconds(partial(unit.run, folds), cycles) for unit in units)
            table.add_row(f"{size}x{size}", label, f"{gates / 1e3:,.0f}", f"{fast / 1e3:,.0f}", f"{fast / gates:.1f}")
    return table


def _seconds(call: Callable[[], Run], cycles: int) -> float:
    seconds = []
    for _ in range(ROUNDS):
        start = process_time()
        run = call()
        seconds.append(process_time() - start)
        assert run.cycles == cycles
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
