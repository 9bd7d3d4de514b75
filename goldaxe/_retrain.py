"""Retraining a workload on an approximate multiplier by a named method, and what accuracy that wins back."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from safetensors.torch import save as serialized
from torch import Tensor, nn

from multipliers import get
from multipliers._cache import write_atomically
from multipliers._results import refuse_existing
from pysim import Quantization, approximate_, operands
from pysim._loading import KEY, belongings
from pysim.train import (
    Budget,
    Data,
    Distillation,
    Loop,
    Processes,
    control_variate_,
    finish_,
    only_scales_and_biases_,
    prepare_,
    progression,
    reestimate_batch_norm_,
    set_forward_,
    switch_,
)
from pysim.train._checkpoint import usable
from pysim.train._loop import LAST
from workloads import Workload, accuracy, load
from workloads._augment import jitter

from ._methods import Method, method
from ._step_cost import StepCost, measured

VALIDATION = 500
"""Training digits that validate instead, where early stopping asks for them."""

FEATURES = {"mnist-gru": ["rows"], "mnist-lstm": ["rows"]}
"""Modules whose outputs are distilled; a CNN's blocks if not named here."""

MODEL = "model.safetensors"
"""The file of a retrained network, beside the checkpoints."""

Tell = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Retrained:
    """Accuracies on the test digits, 0..1: of the float network, and on the multiplier before and after; and what it took."""

    workload: str
    multiplier: str
    method: str
    seed: int
    float_accuracy: float
    before: float
    after: float
    epochs: int
    steps: int
    seconds: float
    history: list[dict[str, Any]]
    tested: int = 1000
    classes: int = 10

    @property
    def trouble(self) -> str:
        """Why not to use the result: it is worse than without retraining, or no better than guessing; empty if it is neither.

        Guessing is 1 / classes, and two standard errors of that for so many test images.
        """
        chance = 1 / self.classes
        said = []
        if self.after < self.before:
            said.append(f"it ended worse than it began ({100 * self.after:.2f}%, before {100 * self.before:.2f}%)")
        if self.after <= chance + 2 * math.sqrt(chance * (1 - chance) / self.tested):
            said.append(f"its {100 * self.after:.2f}% are no better than guessing, {100 * chance:.0f}%")
        return "; ".join(said)

    @property
    def lost(self) -> float:
        """What is still lost to float, in points."""
        return 100 * (self.float_accuracy - self.after)


def retrain(
    workload: str,
    multiplier: str,
    how: str = "straight-through",
    *,
    budget: Budget | None = None,
    quantization: Quantization | None = None,
    images: int | None = None,
    folder: Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    tell: Tell | None = None,
) -> Retrained:
    """Retrain a workload's float weights on a multiplier; `how` is a method, as "difference+distillation".

    `images` is how many training digits to use, all if None; they are jittered as for the float weights. With `folder`,
    checkpoints and the retrained network, `model.safetensors`, are kept there: an earlier run's are refused, unless `resume`
    goes on with its last checkpoint, or `overwrite` removes them first. One thread, so that runs repeat bit for bit.
    In a process group every process has to call it: the first evaluates, writes and calls `tell`, and all return the result.
    Raises ValueError for bad input, and what `Loop.run` raises.
    """
    chosen, plan, budget = load(workload), method(how), budget or Budget()
    fitted = operands(multiplier, quantization or Quantization())
    run = _Run(chosen, fitted.multiplier.label, plan, budget, quantization or Quantization(), images)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            if folder is not None:
                run.processes.by_first(lambda: run.take(folder, resume, overwrite))
            return run(folder, resume, tell if tell is not None and run.processes.rank == 0 else (lambda said: None))
    finally:
        torch.set_num_threads(threads)


def step_cost(
    workload: str, multiplier: str, how: str, batch: int, quantization: Quantization | None = None
) -> StepCost | None:
    """What a step of a method costs beside float32's, at one thread; None for a method that does not train.

    It is the method's first step over and over: forward pass, loss, backward pass, clipping and AdamW, on images as they are.
    Raises ValueError for bad input.
    """
    chosen, plan, quantization = load(workload), method(how), quantization or Quantization()
    if not plan.trains:
        return None
    budget = Budget(epochs=3, batch=batch, learning_rate=1e-6)
    run = _Run(chosen, operands(multiplier, quantization).multiplier.label, plan, budget, quantization, None)
    images, labels = run.inputs[:batch], run.labels[:batch]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            loop, teacher = run.loop(run.prepared(), None, lambda said: None)
            in_float = Loop(chosen.model(), Data(images, labels), budget)
            for each in (loop, in_float):
                each.model.train()
            cost = measured(lambda: loop.step(images, labels), lambda: in_float.step(images, labels), batch)
            if teacher is not None:
                teacher.close()
            return cost
    finally:
        torch.set_num_threads(threads)


class _Run:
    def __init__(
        self, workload: Workload, label: str, plan: Method, budget: Budget, quantization: Quantization, images: int | None
    ) -> None:
        inputs, labels = workload.train()
        if images is not None and not 1 <= images <= len(inputs):
            raise ValueError(f"images = {images} is not allowed; {workload.name} has 1 to {len(inputs)} training images")
        self.inputs, self.labels = inputs[:images], labels[:images]
        self.workload, self.label, self.plan, self.budget, self.quantization = workload, label, plan, budget, quantization
        self.test = workload.test()
        self.calibration = list(self.inputs[:512].split(128))
        self.stages = [stage.label for stage in progression(label)] if plan.progressive else [label]
        self.at = self.stages[0]
        self.processes = Processes.here()

    def take(self, folder: Path, resume: bool, overwrite: bool) -> None:
        """Make sure that a folder can be written to, and that nothing in it is lost unasked; raises ValueError."""
        usable(folder)
        last, there = folder / LAST, [folder / name for name in (LAST, MODEL) if (folder / name).exists()]
        if overwrite:
            for path in there:
                path.unlink()
        elif not resume:
            refuse_existing(there, "--resume goes on with that run, --overwrite begins anew")
        elif last not in there or not self.plan.trains:
            refuse_existing(there, f"there is nothing to resume for {self.plan.name}, and --overwrite begins anew")

    def __call__(self, folder: Path | None, resume: bool, tell: Tell) -> Retrained:
        before = self.processes.by_first(lambda: accuracy(self._converted(self.label), *self.test))
        start = perf_counter()
        model = self.prepared() if self.plan.trains else self._converted(self.stages[0])
        epochs, steps, history = self._train(model, folder, resume, tell) if self.plan.trains else (0, 0, [])
        if self.plan.control_variate:
            control_variate_(model, self.calibration)
        if self.plan.batch_norm:  # of corrected sums: the other way round, the correction would spoil the statistics
            reestimate_batch_norm_(model, self.calibration)
        seconds = perf_counter() - start
        result = Retrained(
            self.workload.name,
            self.label,
            self.plan.name,
            self.budget.seed,
            float_accuracy=self.workload.record().accuracy,
            before=before,
            after=self.processes.by_first(lambda: accuracy(model, *self.test)),
            epochs=epochs,
            steps=steps,
            seconds=seconds,
            history=history,
            tested=len(self.test[1]),
            classes=int(self.test[1].max()) + 1,
        )
        if folder is not None:
            self.processes.by_first(lambda: _write(model, result, folder / MODEL))
        return result

    def _converted(self, label: str) -> nn.Module:
        model = self.workload.model()
        approximate_(model, get(label), quantization=self.quantization, calibration=self.calibration)
        return model

    def prepared(self) -> nn.Module:
        """The network in training, on the first stage's multiplier."""
        model = self._converted(self.stages[0])
        prepare_(model, self.plan.training, batches=self.calibration)
        return model

    def loop(self, model: nn.Module, folder: Path | None, tell: Tell) -> tuple[Loop, Distillation | None]:
        """The loop of a prepared network, and its teacher."""
        parameters = only_scales_and_biases_(model) if self.plan.scales_only else None
        teacher = self._teacher(model)
        loop = Loop(
            model,
            self._data(),
            self.budget,
            loss=teacher,
            parameters=parameters,
            before_epoch=lambda epoch: self._before(model, epoch),
            folder=folder,
            settings={"workload": self.workload.name, "method": self.plan.name},
            tell=tell,
        )
        return loop, teacher

    def _train(self, model: nn.Module, folder: Path | None, resume: bool, tell: Tell) -> tuple[int, int, list[dict[str, Any]]]:
        loop, teacher = self.loop(model, folder, tell)
        progress = loop.run(resume)
        if teacher is not None:
            teacher.close()
        if self.at != self.label:
            switch_(model, self.label, batches=self.calibration)
        finish_(model)
        return progress.epoch, progress.step, progress.history

    def _before(self, model: nn.Module, epoch: int) -> bool:
        """The multiplier and forward pass of an epoch: each stage has an equal share, the last third is simulated exactly."""
        changed = self._stage(epoch) != self.at
        if changed:
            switch_(model, self._stage(epoch), batches=self.calibration)
            self.at = self._stage(epoch)
        if self.plan.training.forward != "simulation" and epoch >= self.budget.epochs - -(-self.budget.epochs // 3):
            set_forward_(model, "simulation")
        return changed

    def _stage(self, epoch: int) -> str:
        return self.stages[min(len(self.stages) - 1, max(epoch, 0) * len(self.stages) // self.budget.epochs)]

    def _teacher(self, model: nn.Module) -> Distillation | None:
        if not (self.plan.distillation or self.plan.features):
            return None
        features = FEATURES.get(self.workload.name, ["blocks.0", "blocks.1", "blocks.2"]) if self.plan.features else []
        return Distillation(model, self.workload.model(), weight=0.9 if self.plan.distillation else 0.0, features=features)

    def _data(self) -> Data:
        if self.budget.patience is None:
            return Data(self.inputs, self.labels, None, jitter)
        if len(self.inputs) <= VALIDATION:
            raise ValueError(f"patience takes {VALIDATION} of the training images to validate on; there are {len(self.inputs)}")
        kept = len(self.inputs) - VALIDATION
        held: tuple[Tensor, Tensor] = (self.inputs[kept:], self.labels[kept:])
        return Data(self.inputs[:kept], self.labels[:kept], held, jitter)


def _write(model: nn.Module, result: Retrained, path: Path) -> None:
    """The network, with what became of the run in the file's metadata."""
    path.parent.mkdir(parents=True, exist_ok=True)
    said = {**asdict(result), "trouble": result.trouble}
    del said["history"], said["seconds"]  # the same run writes the same bytes
    tensors = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    metadata = {KEY: json.dumps(belongings(model)), "goldaxe.retrained": json.dumps(said)}
    write_atomically(path, _in_order(serialized(tensors, metadata)))


def _in_order(data: bytes) -> bytes:
    """A safetensors file with its metadata sorted: the library writes them in any order, another in each process."""
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data[end:]
