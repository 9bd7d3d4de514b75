"""`make bench-training`: time and memory of a training step as ratios to torch's float32, whole workloads at batch 256.

A step is forward, loss, backward and Adam. Variants take turns; the fastest of their rounds counts, which other load disturbs
least. Memory is the peak of what torch's own allocator holds above what it held before the step, by its profiler.
"""

from __future__ import annotations

import argparse
import sys

import torch
import torch.nn.functional as F
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

import workloads
from benchmarks.machine import machine
from goldaxe._step_cost import Step as AnyStep
from goldaxe._step_cost import peak, turns
from pysim import PysimError, approximate_
from pysim.train import Training, prepare_

BATCH = 256
METHODS: dict[str, Training] = {
    "straight-through": Training(),
    "difference": Training(gradient="difference"),
    "estimate": Training(gradient="estimate"),
    "approximate": Training(gradient="approximate"),
    "running ranges": Training(ranges="running"),
    "learned ranges": Training(ranges="learned"),
    "error model": Training(forward="error-model"),
    "quantized": Training(forward="quantized"),
}


def main() -> None:
    """Print a table for each workload."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="rounds of which the fastest counts")
    parser.add_argument("--workload", nargs="+", default=workloads.names(), help="workloads")
    parser.add_argument("--multiplier", nargs="+", default=["drum8_k4", "mitchell8"], help="multipliers' labels")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        sys.exit(f"error: rounds = {arguments.rounds} is not allowed; use 1 or more")
    console = Console()
    console.print(machine())
    for name in arguments.workload:
        try:
            steps = made(name, arguments.multiplier)
        except (ValueError, PysimError) as error:
            sys.exit(f"error: {error}")
        times = {key: min(seconds) for key, seconds in turns(steps, arguments.rounds).items()}
        memory = {key: peak(step) for key, step in steps.items()}
        shown = Table(name, "time", "ratio", "memory", "ratio", box=None)
        for key, seconds in times.items():
            ratios = f"{seconds / times['float32']:.2f}", f"{memory[key] / memory['float32']:.2f}"
            shown.add_row(key, f"{1e3 * seconds:.1f} ms", ratios[0], f"{memory[key] / (1 << 20):.1f} MiB", ratios[1])
        console.print(shown)


class Step:
    """One variant's training step."""

    def __init__(self, model: nn.Module, inputs: Tensor, labels: Tensor) -> None:
        self.model, self.inputs, self.labels = model.train(), inputs, labels
        self.optimizer = torch.optim.Adam(model.parameters(), 1e-4)

    def __call__(self) -> None:
        """Take it."""
        self.optimizer.zero_grad()
        F.cross_entropy(self.model(self.inputs), self.labels).backward()
        self.optimizer.step()


def made(name: str, multipliers: list[str]) -> dict[str, AnyStep]:
    """The float step, and one for each multiplier and method."""
    workload = workloads.load(name)
    inputs, labels = (part[:BATCH] for part in workload.train())
    calibration = workload.calibration()
    steps: dict[str, AnyStep] = {"float32": Step(workload.model(), inputs, labels)}
    for multiplier in multipliers:
        for method, training in METHODS.items():
            model = workload.model()
            approximate_(model, multiplier, calibration=calibration)
            prepare_(model, training, batches=calibration[:1])
            steps[f"{multiplier}, {method}"] = Step(model, inputs, labels)
    return steps


if __name__ == "__main__":
    main()
