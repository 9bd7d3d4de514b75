"""The loop that `goldaxe retrain` runs: epochs over tensors in memory, with checkpoints, validation and early stopping.

It is an ordinary loop over a prepared model; whoever has one of their own needs nothing of this. All that is random is drawn
from torch's global generator and from one of its own, for order and augmentation, and both are in the checkpoint: on a CPU, a
run that was interrupted and resumed gives the same bits as one that was not.

In a process group each process computes its share of each batch. All draw the same order and the same augmentation; ranges and
batch norm are those of the whole batch, and the gradient is that of its mean loss. The first process validates and saves.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from multipliers._results import refuse_existing

from .._errors import NonFiniteError, PysimError, StateError
from .._loading import belongings
from . import _checkpoint, _kept
from ._batch_norm import synchronized
from ._budget import Budget, Data, Progress
from ._checkpoint import Checkpoint, CheckpointError
from ._prepare import form_of, products
from ._processes import Processes

Loss = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Logits, labels and inputs to a scalar."""

Told = Callable[[dict[str, Any]], None]

LAST = "last.safetensors"


class Loop:
    """One run. `before_epoch(epoch)` may change the model, as stages of progressive approximation do.

    It is called on resuming too, and returns whether earlier validations no longer count. `folder` is for checkpoints, after
    every epoch; None keeps none. `settings` are further words that a resumed run has to share.
    """

    def __init__(
        self,
        model: nn.Module,
        data: Data,
        budget: Budget,
        *,
        loss: Loss | None = None,
        parameters: list[nn.Parameter] | None = None,
        before_epoch: Callable[[int], bool] | None = None,
        folder: Path | None = None,
        settings: dict[str, Any] | None = None,
        tell: Told | None = None,
    ) -> None:
        if not len(data.inputs):
            raise PysimError("there are no inputs to train on")
        if data.validation is not None and not len(data.validation[0]):
            raise PysimError("there are no inputs to validate on")
        self.processes = Processes.here()
        least = min(budget.batch, len(data.inputs), len(data.inputs) % budget.batch or budget.batch)
        if least < self.processes.count:
            raise PysimError(
                f"{len(data.inputs)} inputs in batches of {budget.batch} have one of {least}, too few for "
                f"{self.processes.count} processes; use another batch or other inputs"
            )
        if budget.patience is not None and data.validation is None:
            raise PysimError("patience needs validation data: without it nothing says when to stop")
        self.model, self.data, self.budget = model, data, budget
        self.loss: Loss = loss or (lambda logits, labels, inputs: F.cross_entropy(logits, labels))
        self.before_epoch, self.folder, self.tell = before_epoch, folder, tell or (lambda said: None)
        chosen = [p for p in model.parameters() if p.requires_grad] if parameters is None else parameters
        self.optimizer = torch.optim.AdamW(chosen, lr=budget.learning_rate, weight_decay=budget.weight_decay)
        self.random = torch.Generator().manual_seed(budget.seed)
        self.progress = Progress()
        self._called = model
        self.settings = {**(settings or {}), "budget": asdict(replace(budget, patience=None)), "inputs": len(data.inputs)}
        self._best: dict[str, Tensor] | None = None

    def run(self, resume: bool = False, overwrite: bool = False) -> Progress:
        """Train to the end; with `resume`, from the folder's last checkpoint if there is one; with `overwrite`, anew.

        Raises ResultExistsError, a ValueError, for another run's checkpoint without either, NonFiniteError for a loss or
        gradient that is not finite, CheckpointError for a checkpoint that is not this run's or cannot be written, ProcessError
        if another process is gone. The last good checkpoint stays.
        """
        if resume and overwrite:
            raise PysimError("resume goes on with a run and overwrite begins anew; ask for one of them")
        alone = self.processes.count == 1
        try:
            with self.processes.together(self._left), nullcontext() if alone else synchronized(self.model):
                return self._run(resume, overwrite)
        finally:
            self._called = self.model

    def _run(self, resume: bool, overwrite: bool) -> Progress:
        folder = self.folder
        if folder is not None:
            self.processes.by_first(partial(_checkpoint.usable, folder))
            if not (resume or overwrite or self.progress.epoch):  # where it is this very loop's, it may be replaced
                way_out = "resume=True goes on with that run, overwrite=True begins anew"
                self.processes.by_first(partial(refuse_existing, [folder / LAST], way_out))
        if folder is not None and self.processes.by_first(lambda: resume and (folder / LAST).exists()):
            self._restore(_checkpoint.load(folder / LAST))
        else:
            torch.manual_seed(_seed(self.budget.seed, self.processes.rank))
        self._called = self.processes.wrapped(self.model)
        while self.progress.epoch < self.budget.epochs and not self._stale():
            if self.before_epoch is not None and self.before_epoch(self.progress.epoch):
                self.progress.best, self.progress.best_epoch, self._best = -math.inf, self.progress.epoch, None
            self._epoch()
            if folder is not None:
                self.processes.by_first(partial(_checkpoint.save, folder / LAST, self._state()))
        if self._best is not None:
            self.model.load_state_dict(self._best)
        for product in products(self.model):
            form_of(product).ranges.settle(product.quantizer)  # what the last step learned, for whoever saves the state now
        return self.progress

    def _stale(self) -> bool:
        patience = self.budget.patience
        return patience is not None and self.progress.epoch - self.progress.best_epoch >= patience

    def _epoch(self) -> None:
        progress, data = self.progress, self.data
        self.model.train()
        total = 0.0
        order = torch.randperm(len(data.inputs), generator=self.random)
        for chosen in order.split(self.budget.batch):
            inputs, labels = data.inputs[chosen], data.labels[chosen]
            if data.augment is not None:
                inputs = data.augment(inputs, self.random)
            total += self.step(inputs, labels) * len(chosen)
            self.tell({"epoch": progress.epoch, "step": progress.step, "steps": self.steps})
        progress.epoch += 1
        line: dict[str, Any] = {"epoch": progress.epoch, "loss": total / len(order)}
        if (validation := data.validation) is not None:
            line["validation"] = self.processes.by_first(lambda: self._validate(*validation))
            if line["validation"] > progress.best:
                progress.best, progress.best_epoch = line["validation"], progress.epoch
                if self.budget.patience is not None:
                    self._best = {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
        progress.history.append(line)
        self.tell({**line, "step": progress.step, "steps": self.steps})

    @property
    def steps(self) -> int:
        """Steps of all epochs."""
        return self.budget.epochs * -(-len(self.data.inputs) // self.budget.batch)

    def step(self, inputs: Tensor, labels: Tensor) -> float:
        """Take one step on a batch, of which this is the whole in every process too, and return the batch's mean loss."""
        device, whole = next(self.model.parameters()).device, len(labels)
        inputs, labels = (self.processes.share(part).to(device) for part in (inputs, labels))
        for group in self.optimizer.param_groups:
            group["lr"] = self.budget.learning_rate * self._share(self.progress.step)
        self.optimizer.zero_grad()
        try:
            with torch.autocast(device.type, torch.bfloat16, enabled=self.budget.precision == "bfloat16"):
                logits = self._called(inputs)
                loss = self.loss(logits.float(), labels, inputs)
        except NonFiniteError as error:
            raise NonFiniteError(f"{error}; it was {self._where()}") from error
        mean = loss.detach()
        if self.processes.count > 1:
            mean = self.processes.sum(mean * (len(labels) / whole))
            loss = loss * (len(labels) * self.processes.count / whole)  # DDP takes the mean over processes
        self._check(mean, "loss")
        loss.backward()
        norm = nn.utils.clip_grad_norm_([p for g in self.optimizer.param_groups for p in g["params"]], self.budget.clip)
        self._check(norm, "gradient's norm")
        self.optimizer.step()
        self.progress.step += 1
        return mean.item()

    def _share(self, step: int) -> float:
        warm = max(1, self.steps // 20)
        if step < warm:
            return (step + 1) / warm
        return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, self.steps - warm)))

    def _check(self, value: Tensor, what: str) -> None:
        if not torch.isfinite(value):
            raise NonFiniteError(f"the {what} is {value.item()} {self._where()}")

    def _where(self) -> str:
        """What to say of the step when something in it is not finite."""
        where = f"at step {self.progress.step + 1}, in epoch {self.progress.epoch + 1}"
        return f"{where}: try a smaller learning rate or clip{self._left()}"

    def _left(self) -> str:
        """What to say of the checkpoint when a run ends early."""
        kept = self.progress.epoch and self.folder is not None and (self.folder / LAST).exists()
        return f"; the checkpoint of epoch {self.progress.epoch} is intact" if kept else ""

    @torch.no_grad()
    def _validate(self, inputs: Tensor, labels: Tensor) -> float:
        self.model.eval()
        device = next(self.model.parameters()).device
        parts = zip(inputs.split(250), labels.split(250), strict=True)
        right = sum(int((self.model(x.to(device)).argmax(1).cpu() == y).sum()) for x, y in parts)
        return right / len(labels)

    def _state(self) -> Checkpoint:
        tensors = {f"model/{name}": tensor for name, tensor in self.model.state_dict().items()}
        tensors |= {f"best/{name}": tensor for name, tensor in (self._best or {}).items()}
        moments, rest = _checkpoint.optimizer_state(self.optimizer)
        tensors |= {**moments, **_kept.kept(self.model), "random/data": self.random.get_state()}
        for rank, state in enumerate(self.processes.gather(torch.get_rng_state())):
            tensors[_random(rank)] = state
        said = {"identity": self._identity(), "progress": asdict(self.progress), "optimizer": rest}
        said["belongs_to"] = belongings(self.model)
        return Checkpoint(tensors, said)

    def _identity(self) -> dict[str, Any]:
        return {**_checkpoint.identity(self.model), **self.settings, "processes": self.processes.count}

    def _restore(self, checkpoint: Checkpoint) -> None:
        epoch = int(checkpoint.said["progress"]["epoch"])
        if self.before_epoch is not None and epoch:
            self.before_epoch(epoch - 1)  # the multiplier and forward pass that the checkpoint is of
        found, wanted = (_flat(said) for said in ({"processes": 1, **checkpoint.said["identity"]}, self._identity()))
        assert self.folder is not None
        for name in {**wanted, **found}:
            if found.get(name) != wanted.get(name):
                what = {"network": "another network", "products": "another quantisation or another multiplier of that name"}
                told = what.get(name) or f"a run with {name} = {found.get(name)}, and this one has {wanted.get(name)}"
                raise CheckpointError(f"{self.folder / LAST} is of {told}; name another folder, or remove it to begin anew")
        try:
            _checkpoint.fill_model(self.model, checkpoint.tensors)
        except StateError as error:  # which says what to do in Python, and not on a command line
            told = "of an earlier version or of another conversion; name another folder, or remove it to begin anew"
            raise CheckpointError(f"{self.folder / LAST} is {told}") from error
        _kept.restore(self.model, checkpoint.tensors)
        _checkpoint.fill_optimizer(self.optimizer, checkpoint.tensors, checkpoint.said["optimizer"])
        torch.set_rng_state(checkpoint.tensors[_random(self.processes.rank)])
        self.random.set_state(checkpoint.tensors["random/data"])
        self.progress = Progress(**checkpoint.said["progress"])
        best = {key.removeprefix("best/"): part for key, part in checkpoint.tensors.items() if key.startswith("best/")}
        self._best = best or None


def _seed(seed: int, rank: int) -> int:
    """A seed for each process's own generator, as noise differs between them; the first has the run's."""
    return seed if rank == 0 else int.from_bytes(sha256(f"{seed} {rank}".encode()).digest()[:4], "big")


def _random(rank: int) -> str:
    return f"random/torch/{rank}" if rank else "random/torch"


def _flat(said: dict[str, Any]) -> dict[str, Any]:
    """With the fields of dicts beside all others, so that what differs can be named."""
    parts: list[dict[str, Any]] = [value if isinstance(value, dict) else {name: value} for name, value in said.items()]
    return {name: value for part in parts for name, value in part.items()}
