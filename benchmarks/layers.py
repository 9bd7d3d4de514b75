"""`make bench`: time of approximate layers as a ratio to torch's float32 on the same shape, in the same run.

A layer is float in, float out: quantisation, integer core and scaling are all counted. The variants take turns, and medians
of the rounds are compared. "gather" is the same table through AVX2 gathers, as table simulators for CPUs commonly work.
"""

from __future__ import annotations

import argparse
import copy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table
from torch import Tensor, nn

from benchmarks.machine import machine
from benchmarks.multipliers import of_rank
from benchmarks.results import keep, refuse_unless_new
from benchmarks.rounds import medians
from pysim import approximate_, converted
from pysim.kernels.cpu.interface import isa_in_use
from pysim.kernels.cpu.isa import AVX2
from pysim.kernels.cpu.products import TableProduct

LAYERS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "linear 4096 x 512 -> 512": (lambda: nn.Linear(512, 512), (4096, 512)),
    "conv3x3 64->64, 56x56, batch 8": (lambda: nn.Conv2d(64, 64, 3, padding=1), (8, 64, 56, 56)),
    "conv1x1 256->256, 14x14, batch 32": (lambda: nn.Conv2d(256, 256, 1), (32, 256, 14, 14)),
    "depthwise 3x3, 192 channels, 28x28, batch 16": (lambda: nn.Conv2d(192, 192, 3, padding=1, groups=192), (16, 192, 28, 28)),
    "LSTM 256/256, batch 64, 50 steps": (lambda: nn.LSTM(256, 256), (50, 64, 256)),
}

VARIANTS: dict[str, int | None] = {"exact": 0, "rank 2": 2, "rank 4": 4, "rank 10": 10, "table": None}


def main() -> None:
    """Print the table of ratios, or all numbers as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.layers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=31, help="rounds whose medians are compared")
    parser.add_argument("--json", type=Path, help="write all numbers to this file")
    parser.add_argument("--overwrite", action="store_true", help="replace numbers that are there")
    arguments = parser.parse_args()
    refuse_unless_new(arguments.json, arguments.overwrite)
    if arguments.rounds < 1:
        sys.exit(f"error: rounds = {arguments.rounds} is not allowed; use 1 or more")
    results = {
        name: measure(make, shape, arguments.rounds)
        for name, (make, shape) in track(LAYERS.items(), "measuring", console=Console(stderr=True), transient=True)
    }
    console = Console()
    console.print(machine())
    shown = Table("layer", "float32", "ch. last", *VARIANTS, "gather", box=None)
    for name, times in results.items():
        ratios = (f"{times[key] / times['float32']:.2f}" for key in ("channels last", *VARIANTS, "gather"))
        shown.add_row(name, f"{1e3 * times['float32']:.2f} ms", *ratios)
    console.print(shown)
    console.print("Ratios to float32, contiguous; medians of", arguments.rounds, "rounds in turns.")
    if arguments.json:
        keep(arguments.json, {"machine": machine(), "rounds": arguments.rounds, "seconds": results})


def measure(make: Callable[[], nn.Module], shape: tuple[int, ...], rounds: int) -> dict[str, float]:
    """Median seconds of each variant of a layer."""
    torch.manual_seed(0)
    exact, x = make().eval(), torch.rand(shape)
    last = copy.deepcopy(exact)
    if x.dim() == 4:
        last.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    x_last = x.contiguous(memory_format=torch.channels_last) if x.dim() == 4 else x
    runs: dict[str, tuple[nn.Module, Tensor]] = {"float32": (exact, x), "channels last": (last, x_last)}
    for name, rank in VARIANTS.items():
        layer = copy.deepcopy(exact)
        approximate_(layer, "exact8" if rank == 0 else of_rank(rank), calibration=[x])
        runs[name] = (layer, x)
    runs["gather"] = (_gathering(copy.deepcopy(runs["table"][0]), x), x)
    return medians(runs, rounds)


def _gathering(layer: nn.Module, x: Tensor) -> nn.Module:
    """The layer with its tables looked up by AVX2 gathers, whatever the machine could do better."""
    with torch.no_grad():
        layer(x)
    for part in converted(layer):
        for product in part.products():
            prepared: Any = product.core.latest
            found = prepared.product
            prepared.product = TableProduct(found.plan, found.weight, found.window, min(AVX2, isa_in_use()))
    return layer


if __name__ == "__main__":
    main()
