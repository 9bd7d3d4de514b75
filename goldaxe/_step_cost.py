"""What a training step costs beside float32's: its time, and the memory that it holds at its peak."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

import torch

Step = Callable[[], object]


@dataclass(frozen=True)
class StepCost:
    """Seconds, and bytes above what was held before, of one step and of float32's at the same batch and threads."""

    batch: int
    threads: int
    seconds: float
    float_seconds: float
    memory: float
    float_memory: float

    @property
    def time_ratio(self) -> float:
        """To float32's time."""
        return self.seconds / self.float_seconds

    @property
    def memory_ratio(self) -> float:
        """To float32's memory."""
        return self.memory / self.float_memory


def measured(step: Step, in_float: Step, batch: int, rounds: int = 7) -> StepCost:
    """Medians of times, taken in turns; `batch` is a label."""
    times = turns({"step": step, "float": in_float}, rounds)
    medians = median(times["step"]), median(times["float"])
    return StepCost(batch, torch.get_num_threads(), *medians, peak(step), peak(in_float))


def turns(steps: dict[str, Step], rounds: int) -> dict[str, list[float]]:
    """Seconds of each step in rounds where each has its turn, so that other load meets all; a first round is not counted."""
    times: dict[str, list[float]] = {key: [] for key in steps}
    for _ in range(rounds + 1):
        for key, step in steps.items():
            start = perf_counter()
            step()
            times[key].append(perf_counter() - start)
    return {key: values[1:] for key, values in times.items()}


def peak(step: Step) -> float:
    """The most bytes that torch's allocator holds during a step above what it held before, by its profiler."""
    step()
    kinds = [torch.profiler.ProfilerActivity.CPU]
    with _quiet(), torch.profiler.profile(activities=kinds, profile_memory=True) as profile:
        step()
    held = most = 0
    results: Any = profile.profiler
    events = results.kineto_results.events()
    for event in sorted((event for event in events if event.name() == "[memory]"), key=lambda event: event.start_ns()):
        held += event.nbytes()
        most = max(most, held)
    return float(most)


@contextmanager
def _quiet() -> Iterator[None]:
    """Nothing on standard error: the profiler tells there, from C++, that it starts and stops."""
    sys.stderr.flush()
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)
