"""Retraining methods compared: every method on every multiplier, workload and seed, each run kept in a file of its own.

A comparison that was interrupted goes on where it stopped: what is there, and is of the same budget, is not run again.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from itertools import product
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from multipliers._cache import write_atomically
from pysim import PysimError, Quantization, operands
from pysim.train import Budget
from workloads import load

from ._methods import method
from ._retrain import Retrained, retrain

Told = Callable[[str, int, int], None]
"""What is run, runs done, and runs in all."""


@dataclass(frozen=True)
class Compared:
    """One method on one multiplier and workload over all seeds: accuracies 0..1, losses to float in points."""

    workload: str
    multiplier: str
    method: str
    runs: tuple[Retrained, ...]

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
    told: Told | None = None,
) -> list[Compared]:
    """Run what is missing in `folder`, and gather all of it.

    Every name is checked before the first run. Raises ValueError for bad input.
    """
    if seeds < 1:
        raise PysimError(f"seeds = {seeds!r} is not allowed; use 1 or more")
    for what, names in (("workload", workloads), ("multiplier", multipliers), ("method", methods)):
        if not names:
            raise PysimError(f"no {what} was named")
    budget, quantization = budget or Budget(), quantization or Quantization()
    fitted = list(dict.fromkeys(operands(name, quantization).multiplier.label for name in multipliers))
    for name in methods:
        method(name)
    for name in workloads:
        load(name)
    wanted = list(product(dict.fromkeys(workloads), fitted, dict.fromkeys(methods)))
    folder.mkdir(parents=True, exist_ok=True)
    results, done = [], 0
    for workload, multiplier, how in wanted:
        runs = []
        for seed in range(seeds):
            if told is not None:
                told(f"{workload} {multiplier} {how} seed {seed}", done, len(wanted) * seeds)
            runs.append(_run(folder, workload, multiplier, how, replace(budget, seed=seed), quantization, images))
            done += 1
        results.append(Compared(workload, multiplier, how, tuple(runs)))
    return results


def _run(
    folder: Path, workload: str, multiplier: str, how: str, budget: Budget, quantization: Quantization, images: int | None
) -> Retrained:
    """A run's result, from its file if there is one of the same settings."""
    settings: dict[str, Any] = {"budget": asdict(budget), "quantization": asdict(quantization), "images": images}
    settings["weights"] = load(workload).record().weights_sha256
    short = sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]
    path = folder / workload / multiplier / f"{how}-seed{budget.seed}-{short}.json"
    known = _known(path)
    if known is not None:
        return known
    result = retrain(workload, multiplier, how, budget=budget, quantization=quantization, images=images)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps({"settings": settings, "result": asdict(result)}, indent=1).encode())
    return result


def _known(path: Path) -> Retrained | None:
    try:
        return Retrained(**json.loads(path.read_bytes())["result"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def as_csv(results: Sequence[Compared]) -> str:
    """One line a method, multiplier and workload."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["workload", "multiplier", "method", "seeds", "float", "before", "after", "spread_points", "lost_points", "ms_per_step"]
    )
    for row in results:
        numbers: list[Any] = [f"{value:.4f}" for value in (row.float_accuracy, row.before, row.after)]
        numbers += [f"{row.spread:.2f}", f"{row.lost:.2f}", f"{row.step_milliseconds:.1f}"]
        writer.writerow([row.workload, row.multiplier, row.method, len(row.runs), *numbers])
    return text.getvalue()
