"""How fast the array's Verilog runs: in bulk through its C interface, and in cocotb, which compares every output.

`python -m benchmarks.array` prints cycles a second of processor time of both, without build and start.
"""

from __future__ import annotations

import statistics
from time import perf_counter, process_time

import numpy as np
from rich.console import Console
from rich.table import Table

from accelerator.array import ArrayConfig, CompiledArray, array_rtl, compute, tiles_of
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
    table = Table("array", "multiplier", "build s", "cocotb kcycles/s", "in bulk kcycles/s", "ratio")
    for size in SIZES:
        for label in LABELS:
            build, slow, fast = measured(ArrayConfig(size, size, label, depth=784))
            numbers = (f"{build:.1f}", f"{slow / 1e3:.1f}", f"{fast / 1e3:.0f}", f"{fast / slow:.0f}")
            table.add_row(f"{size}x{size}", label, *numbers)
    console.print(table)


def measured(config: ArrayConfig) -> tuple[float, float, float]:
    """Seconds to make the library (near zero if it is cached), and cycles a second in cocotb and in bulk."""
    start = perf_counter()
    array = CompiledArray(config)
    build = perf_counter() - start
    rng = np.random.default_rng(0)
    x, w = rng.integers(0, 256, (784, 96)), rng.integers(-128, 128, (96, 24))
    inputs, expected = record(config, tiles_of(config, x[:100], w[:, :16]))
    checked = lockstep(array_rtl(config), inputs, expected)
    assert not checked.failures
    tiles = tiles_of(config, x, w)
    cycles = compute(config, tiles).cycles
    seconds = []
    for _ in range(ROUNDS):
        start = process_time()
        run = array.run(tiles)
        seconds.append(process_time() - start)
        assert run.cycles == cycles
    return build, checked.cycles / checked.seconds, cycles / statistics.median(seconds)


if __name__ == "__main__":
    main()
