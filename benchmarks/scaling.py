"""`make bench-scaling`: time of approximate layers against rank, threads, batch and K, and peak memory, beside torch's float32.

Each point is a layer, float in and float out, in turns with float32 on the same shape and with as many threads; medians count.
K is the number of products in a sum.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.machine import machine
from benchmarks.memory import measured
from benchmarks.results import keep, refuse_unless_new
from benchmarks.rounds import medians
from benchmarks.scaling_tables import tables
from benchmarks.shapes import FEW, QUICK, RANKS, SHAPES, Shape, approximate


def main() -> None:
    """Print a table for each sweep, or write all numbers as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--rounds", type=int, default=11, help="rounds whose medians are compared")
    parser.add_argument("--json", type=Path, help="write all numbers to this file")
    parser.add_argument("--overwrite", action="store_true", help="replace numbers that are there")
    parser.add_argument("--quick", action="store_true", help="tiny shapes and one round: tries the machinery, shows nothing")
    arguments = parser.parse_args()
    refuse_unless_new(arguments.json, arguments.overwrite)
    if arguments.rounds < 1:
        sys.exit(f"error: rounds = {arguments.rounds} is not allowed; use 1 or more")
    shapes, rounds = (QUICK, 1) if arguments.quick else (SHAPES, arguments.rounds)
    results = {"machine": machine(), "rounds": rounds, "points": [], "memory": []}
    variants = ("float32", "table") if arguments.quick else ("float32", *FEW)
    quiet = Console(stderr=True)
    for point in track(
        [p for name, shape in shapes.items() for p in points(name, shape)], "time", console=quiet, transient=True
    ):
        results["points"].append(measure(shapes[point["shape"]], point, rounds))
    for name in track(shapes, "memory", console=quiet, transient=True):
        results["memory"].append({"shape": name, "MiB": {variant: measured(name, variant) for variant in variants}})
    show(results, Console())
    if arguments.json:
        keep(arguments.json, results)


def points(name: str, shape: Shape) -> Iterator[dict[str, Any]]:
    """What is to be measured: the sweep, the value that it changes, and everything else at its usual value."""
    usual = {"shape": name, "batch": shape.batch, "channels": shape.channels, "threads": torch.get_num_threads()}
    yield {**usual, "sweep": "rank", "at": None}
    for sweep, key, values in (
        ("threads", "threads", sorted({1, 2, torch.get_num_threads()} & set(range(1, 1 + (os.cpu_count() or 1))))),
        ("batch", "batch", shape.batches),
        ("K", "channels", shape.more_channels),
    ):
        for value in values:
            yield {**usual, key: value, "sweep": sweep, "at": value * (shape.taps if sweep == "K" else 1)}


def measure(shape: Shape, point: dict[str, Any], rounds: int) -> dict[str, Any]:
    """The point with the seconds of float32 and of its variants."""
    before = torch.get_num_threads()
    torch.set_num_threads(point["threads"])
    try:
        layer, x = shape.make(point["batch"], point["channels"])
        runs = {"float32": (layer, x)}
        for variant in RANKS if point["sweep"] == "rank" else FEW:
            runs[variant] = (approximate(layer, variant, x), x)
        return {**point, "seconds": medians(runs, rounds)}
    finally:
        torch.set_num_threads(before)


def show(results: dict[str, Any], console: Console) -> None:
    """Print all tables."""
    console.print(results["machine"])
    for title, head, rows in tables(results):
        shown = Table(*head, title=title, title_justify="left", box=None)
        for row in rows:
            shown.add_row(*row)
        console.print(shown)
    console.print("Ratios to float32 on the same shape; medians of", results["rounds"], "rounds in turns.")


if __name__ == "__main__":
    main()
