"""How fast the array's Verilog runs: in bulk through its C interface, and in cocotb, which compares every output.

`python -m benchmarks.array` prints cycles a second of processor time, without build and start: in cocotb, in bulk with every
element's multiplier simulated in gates, and in bulk with products looked up that the multiplier's Verilog gave.
"""

from __future__ import annotations

import statistics
from time import perf_counter, process_time

import numpy as np
from rich.console import Console
from rich.table import Table

from accelerator.array import ArrayConfig, CompiledArray, Tile, array_rtl, compute, tiles_of
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
    table = Table("array", "multiplier", "build s", "cocotb kcycles/s", "in gates", "ratio", "looked up", "ratio")
    for size in SIZES:
        for label in LABELS:
            build, slow, gates, fast = measured(ArrayConfig(size, size, label, depth=784))
            numbers = (f"{build:.1f}", f"{slow / 1e3:.1f}", f"{gates / 1e3:,.0f}", f"{gates / slow:.0f}")
            numbers += (f"{fast / 1e3:,.0f}", f"{fast / slow:.0f}")
            table.add_row(f"{size}x{size}", label, *numbers)
    console.print(table)


def measured(config: ArrayConfig) -> tuple[float, float, float, float]:
    """Seconds to make the library of look-ups (near zero if it is cached), and cycles a second in cocotb, in gates, looked up."""
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
    speeds = [cycles / _seconds(array, tiles, cycles) for array in (CompiledArray(config, gates=True), looked_up)]
    return build, checked.cycles / checked.seconds, speeds[0], speeds[1]


def _seconds(array: CompiledArray, tiles: list[Tile], cycles: int) -> float:
    seconds = []
    for _ in range(ROUNDS):
        start = process_time()
        run = array.run(tiles)
        seconds.append(process_time() - start)
        assert run.cycles == cycles
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
