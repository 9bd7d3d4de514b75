"""Retraining methods compared: every method on every multiplier, workload and seed, each run kept in a file of its own.

A comparison that was interrupted goes on where it stopped: what is there, and is of the same budget, is not run again.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from pysim import PysimError, Quantization, operands
from pysim.train import Budget
from pysim.train._checkpoint import usable
from workloads import load

from ._compare_run import Run
from ._jobs import each
from ._methods import method
from ._retrain import Retrained
from ._step_cost import StepCost

Told = Callable[[str, int, int], None]
"""What is run, runs done, and runs in all."""


@dataclass(frozen=True)
class Compared:
    """One method on one multiplier and workload over all seeds: accuracies 0..1, losses to float in points."""

    workload: str
    multiplier: str
    method: str
    runs: tuple[Retrained, ...]
    step: StepCost | None = None

    @property
    def float_accuracy(self) -> float:
        """Of the float network."""
        return self.runs[0].float_accuracy

    @property
    def before(self) -> float:
        """On the multiplier, without retraining."""
        return self.runs[0].before

    @property
    def after(self) -> float:
        """The mean over seeds, after retraining."""
        return mean(run.after for run in self.runs)

    @property
    def troubled(self) -> int:
        """How many of the runs ended worse than they began, or no better than guessing."""
        return sum(bool(run.trouble) for run in self.runs)

    @property
    def spread(self) -> float:
        """The standard deviation over seeds, in points; 0 for one seed."""
        return 100 * stdev(run.after for run in self.runs) if len(self.runs) > 1 else 0.0

    @property
    def lost(self) -> float:
        """What is still lost to float, in points."""
        return 100 * (self.float_accuracy - self.after)

    @property
    def step_milliseconds(self) -> float:
        """Of one training step, all else included; 0 without training."""
        return 1000 * mean(run.seconds / run.steps for run in self.runs) if self.runs[0].steps else 0.0


def compare(
    workloads: Sequence[str],
    multipliers: Sequence[str],
    methods: Sequence[str],
    folder: Path,
    *,
    seeds: int = 3,
    budget: Budget | None = None,
    quantization: Quantization | None = None,
    images: int | None = None,
    jobs: int = 1,
    told: Told = lambda what, done, total: None,
    failed: Callable[[str], None] = lambda why: None,
) -> list[Compared]:
    """Run what is missing in `folder`, `jobs` runs at a time, and gather all of it, with what a step of each method costs.

    Every name is checked before the first run. A run that fails is told of, and the others go on; a method with no run left is
    left out. Steps are measured behind all runs, once for all seeds. Raises ValueError for bad input.
    """
    if seeds < 1:
        raise PysimError(f"seeds = {seeds!r} is not allowed; use 1 or more")
    if jobs < 1:
        raise PysimError(f"jobs = {jobs!r} is not allowed; use 1 or more")
    for what, names in (("workload", workloads), ("multiplier", multipliers), ("method", methods)):
        if not names:
            raise PysimError(f"no {what} was named")
    budget, quantization = budget or Budget(), quantization or Quantization()
    fitted = list(dict.fromkeys(operands(name, quantization).multiplier.label for name in multipliers))
    for name in methods:
        method(name)
    for name in workloads:
        most = len(load(name).train()[0])
        if images is not None and not 1 <= images <= most:
            raise PysimError(f"images = {images} is not allowed; {name} has 1 to {most} training images")
    rows = list(product(dict.fromkeys(workloads), fitted, dict.fromkeys(methods)))
    usable(folder)
    runs = [Run(*row, replace(budget, seed=seed), quantization, images) for row in rows for seed in range(seeds)]
    found = {run: known for run in runs if (known := run.known(folder)) is not None}
    missing = [run for run in runs if run not in found]
    done, steps = len(found), len(runs) + len(rows)
    left = {run: run.title for run in missing}
    told(next(iter(left.values()), "steps"), done, steps)
    for one in each(partial(Run.make, folder=folder), missing, jobs):
        done += 1
        del left[one.task]
        told(next(iter(left.values()), "steps"), done, steps)
        if one.result is None:
            failed(f"{one.task.title}: {one.why}")
        else:
            found[one.task] = one.result
    results = []
    for row in rows:
        kept = [run for run in runs if (run.workload, run.multiplier, run.method) == row and run in found]
        if kept:
            results.append(Compared(*row, tuple(found[run] for run in kept), kept[0].cost(folder)))
        done += 1
        told(f"{' '.join(row)}: a step", done, steps)
    return results


_ACCURACY = (
    "workload",
    "multiplier",
    "method",
    "seeds",
    "float",
    "before",
    "after",
    "spread_points",
    "lost_points",
    "ms_per_step",
    "troubled",
)
_STEP = ("step_time_to_float", "step_memory_to_float", "step_batch", "step_threads")


def as_csv(results: Sequence[Compared]) -> str:
    """One line a method, multiplier and workload."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*_ACCURACY, *_STEP])
    for row in results:
        numbers: list[Any] = [f"{value:.4f}" for value in (row.float_accuracy, row.before, row.after)]
        numbers += [f"{row.spread:.2f}", f"{row.lost:.2f}", f"{row.step_milliseconds:.1f}", row.troubled]
        if (step := row.step) is not None:
            numbers += [f"{step.time_ratio:.2f}", f"{step.memory_ratio:.2f}", step.batch, step.threads]
        else:
            numbers += [""] * len(_STEP)
        writer.writerow([row.workload, row.multiplier, row.method, len(row.runs), *numbers])
    return text.getvalue()
