"""Timing layers in turns, so that whatever disturbs the machine disturbs all of them.

The order is drawn anew for each round: a layer that ran before leaves caches and threads of its own to the next one.
"""

from __future__ import annotations

import random
import statistics
from time import perf_counter

import torch
from torch import Tensor, nn


def medians(runs: dict[str, tuple[nn.Module, Tensor]], rounds: int) -> dict[str, float]:
    """Median seconds of each layer on its input, over rounds in which every layer runs once; one more run warms each up."""
    order = random.Random(0)
    times: dict[str, list[float]] = {name: [] for name in runs}
    with torch.no_grad():
        for layer, inputs in runs.values():
            layer(inputs)
        for _ in range(rounds):
            for name in order.sample(list(runs), len(runs)):
                layer, inputs = runs[name]
                start = perf_counter()
                layer(inputs)
                times[name].append(perf_counter() - start)
    return {name: statistics.median(values) for name, values in times.items()}
