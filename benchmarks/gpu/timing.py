"""Seconds that a card takes, and the plain facts about it."""

from __future__ import annotations

import datetime
import platform
import statistics
from collections.abc import Callable
from time import perf_counter
from typing import Any

import torch

REPEAT = 30
"""Milliseconds for which something is repeated."""


def seconds(call: Callable[[], Any], device: str) -> float:
    """Median seconds of one call: replayed as a graph, which leaves out Python's share; by events where that cannot be."""
    if device == "cpu":  # the interpreter: only to run the code
        start = perf_counter()
        call()
        return perf_counter() - start
    from triton.testing import do_bench, do_bench_cudagraph

    call()
    torch.cuda.synchronize()
    try:
        return 1e-3 * float(do_bench_cudagraph(call, rep=REPEAT, return_mode="median"))
    except RuntimeError:
        torch.cuda.synchronize()
        return 1e-3 * float(do_bench(call, rep=REPEAT, return_mode="median"))


def spread(call: Callable[[], Any], device: str) -> tuple[float, float]:
    """The median of three measurements, and how far apart they lie as a share of it."""
    times = [seconds(call, device) for _ in range(1 if device == "cpu" else 3)]
    return statistics.median(times), (max(times) - min(times)) / statistics.median(times)


def machine(device: str) -> dict[str, str]:
    """The card, the versions of what ran on it, and today's date."""
    import triton

    found = {"date": datetime.date.today().isoformat(), "torch": torch.__version__, "triton": triton.__version__}
    if device == "cpu":
        return {"card": f"none, Triton's interpreter on {platform.machine()}", **found}
    properties = torch.cuda.get_device_properties(0)
    capability = f"{properties.major}.{properties.minor}"
    return {"card": f"{properties.name}, {properties.multi_processor_count} multiprocessors, {capability}", **found}
