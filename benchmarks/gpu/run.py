"""All parts of the benchmark in turn, what each prints, and the verdict."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import results as results_file
from benchmarks.gpu import low_rank, tables
from benchmarks.gpu.timing import machine
from pysim.kernels.gpu.choice import LOOKUP

TINY = ((18, 40, 17),)
"""Shapes that the interpreter takes seconds for."""


def run(results: dict[str, Any], device: str, tiles: bool, path: Path | None) -> list[str]:
    """Fill `results`, print them and keep them in `path`; what is wrong or too slow, in a sentence each."""
    shapes, table_shapes, depthwise = low_rank.SHAPES, tables.SHAPES, tables.DEPTHWISE
    if device == "cpu":
        shapes, table_shapes, depthwise = TINY, TINY, (1, 4, 5, 3)
    failed = [] if results.get("checks", "passed") == "passed" else ["the tests failed, so nothing below is to be trusted"]
    results |= {"machine": machine(device), "low rank": [], "table": [], "depthwise": [], "tiles": {}}
    print(", ".join(f"{key} {value}" for key, value in results["machine"].items()), flush=True)

    def keep() -> None:
        if path is not None:
            results_file.keep(path, results)

    if tiles:
        shape = min(shapes, key=lambda s: s[0] * s[1] * s[2]) if device == "cpu" else (8192, 2048, 4096)
        _attempt(failed, "tiles", lambda: results["tiles"].update(low_rank.tune(shape, 1, device)))
        _attempt(failed, "tiles", lambda: results["tiles"].update(table=tables.tune(table_shapes[0], device)))
        for name, rows in results["tiles"].items():
            for row in sorted(rows, key=lambda row: row["seconds"] or 1e9):
                print(f"  {name:9} {row['tile']!s:26} {_microseconds(row['seconds'])} {row['error'] or ''}", flush=True)
            failed += [f"{name} {row['tile']}: {row['error']}" for row in rows if row["error"] == "WRONG RESULT"]
    keep()
    print("int8 products of all planes: microseconds, ratio to the library's 1 + r products (bar 1.3), tile", flush=True)
    for shape in shapes:
        for rank in low_rank.RANKS if device != "cpu" else (1,):
            for shifts in ((0,), (4, 0)):
                label = f"{'x'.join(map(str, shape))} rank {rank} shifts {shifts}"
                found = _attempt(failed, label, lambda s=shape, r=rank, f=shifts: low_rank.measure(s, r, device, f))
                if found is not None:
                    results["low rank"].append(found)
                    failed += _show_low_rank(label, found, device)
        keep()
    print("table look-ups: products a second (bar 1e12)", flush=True)
    for shape in table_shapes:
        label = "x".join(map(str, shape))
        found = _attempt(failed, label, lambda s=shape: tables.measure(s, device))
        if found is not None:
            results["table"].append(found)
            failed += _show_table(label, found, device)
    label = f"depthwise 3x3 {'x'.join(map(str, depthwise))}"
    found = _attempt(failed, label, lambda: tables.measure_depthwise(depthwise, device))
    if found is not None:
        results["depthwise"].append(found)
        failed += _show_table(label, found, "cpu")  # bound by memory, not by look-ups: no bar
    results["look-up in int8 products"] = lookup = _lookup(results)
    print(f"one look-up costs as much as {lookup:.0f} int8 products; pysim.kernels.gpu.choice.LOOKUP is {LOOKUP:.0f}")
    print("\n".join(["FAILED:", *failed]) if failed else "every result right, every bar reached", flush=True)
    results["failed"] = failed
    keep()
    return failed


def _attempt(failed: list[str], label: str, call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception as error:  # the machine is lent: one part that fails must not lose the others
        failed.append(f"{label}: {type(error).__name__}: {error}".splitlines()[0][:200])
        return None


def _show_low_rank(label: str, found: dict[str, Any], device: str) -> list[str]:
    times, library = found["seconds"], found["seconds"]["library"]
    parts = [f"library {_microseconds(library)}"]
    for name in ("dense", "convolution", "fused"):
        if name in times:
            parts.append(f"{name} {_microseconds(times[name])} {times[name] / library:.2f} {found['tile'][name]}")
        else:
            parts.append(f"{name} {found['errors'].get(name)}")
    print(f"  {label:38}", " | ".join(parts), f"| spread {max(found['spread'].values()):.0%}", flush=True)
    failed = [f"{label}, {name}: {error}" for name, error in found["errors"].items()]
    ratio = times.get("dense", library * 1e9) / library
    if device != "cpu" and ratio > low_rank.BAR and "dense" in times:
        failed.append(f"{label}: {ratio:.2f} times the library, not {low_rank.BAR}")
    return failed


def _show_table(label: str, found: dict[str, Any], device: str) -> list[str]:
    rates = " | ".join(f"{name} {rate:.2e}" for name, rate in found["rates"].items())
    print(f"  {label:38}", rates, found["tile"], found["errors"] or "", flush=True)
    failed = [f"{label}, {name}: {error}" for name, error in found["errors"].items()]
    best = max(found["rates"].values(), default=0.0)
    if device != "cpu" and best < tables.BAR:
        failed.append(f"{label}: {best:.2e} products a second, not {tables.BAR:.0e}")
    return failed


def _lookup(results: dict[str, Any]) -> float:
    """The fastest int8 products a second of our kernels over the fastest look-ups a second of Triton's."""
    planes = [0.0]
    for found in results["low rank"]:
        rows, inner, outputs = found["shape"]
        if "dense" in found["seconds"]:
            planes.append((1 + found["rank"]) * rows * inner * outputs / found["seconds"]["dense"])
    looked_up = max((found["rates"].get("triton", 0.0) for found in results["table"]), default=0.0)
    return max(planes) / looked_up if looked_up else 0.0


def _microseconds(time: float | None) -> str:
    return "       -" if time is None else f"{1e6 * time:8.1f}"
