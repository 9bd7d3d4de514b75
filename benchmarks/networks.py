"""`make bench-networks`: time of whole workloads as a ratio to torch's float32 in the same run, float in and float out.

The networks are the trained ones, at batch 256 of their training images. Variants take turns.
"""

from __future__ import annotations

import argparse
import copy
import sys

from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

import workloads
from benchmarks.machine import machine
from benchmarks.multipliers import of_rank
from benchmarks.rounds import medians
from pysim import approximate_

VARIANTS: dict[str, int | None] = {"exact": 0, "rank 2": 2, "rank 4": 4, "rank 10": 10, "table": None}
BATCH = 256


def main() -> None:
    """Print the table of ratios."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.networks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=31, help="rounds whose medians are compared")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        sys.exit(f"error: rounds = {arguments.rounds} is not allowed; use 1 or more")
    console = Console()
    console.print(machine())
    shown = Table(f"network, batch {BATCH}", "float32", *VARIANTS, box=None)
    for name in workloads.names():
        times = measure(name, arguments.rounds)
        ratios = (f"{times[variant] / times['float32']:.2f}" for variant in VARIANTS)
        shown.add_row(name, f"{1e3 * times['float32']:.2f} ms", *ratios)
    console.print(shown)
    console.print("Ratios to float32; medians of", arguments.rounds, "rounds in turns.")


def measure(name: str, rounds: int) -> dict[str, float]:
    """Median seconds of each variant of a workload."""
    workload = workloads.load(name)
    model, x = workload.model().eval(), workload.calibration(BATCH, BATCH)[0]
    runs: dict[str, tuple[nn.Module, Tensor]] = {"float32": (model, x)}
    for variant, rank in VARIANTS.items():
        layers = copy.deepcopy(model)
        approximate_(layers, "exact8" if rank == 0 else of_rank(rank), calibration=[x])
        runs[variant] = (layers, x)
    return medians(runs, rounds)


if __name__ == "__main__":
    main()
