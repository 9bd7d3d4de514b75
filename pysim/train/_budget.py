"""What a run of the loop is told, and what it tells: budget, data and progress."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from .._errors import PysimError

Augment = Callable[[Tensor, torch.Generator], Tensor]
"""Inputs (B, ...) and a source of random numbers to inputs of that shape."""

LARGEST_SEED = (1 << 32) - 1
"""torch's generators on the CPU read no more bits of a seed."""


@dataclass(frozen=True)
class Budget:
    """How long and how fast to train; raises PysimError for what is not allowed. The optimizer is AdamW.

    The learning rate rises over the first twentieth of all steps and falls to zero along a cosine. `clip` is the largest norm
    of all gradients together. `patience` stops after so many epochs without a better validation, and keeps the best epoch's
    weights; None trains to the end and keeps the last. `precision` is that of the float parts.
    """

    epochs: int = 10
    batch: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    clip: float = 1.0
    patience: int | None = None
    precision: str = "float32"
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("epochs", 1), ("batch", 1), ("patience", 1), ("seed", 0)):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < least):
                raise PysimError(f"{name} = {value!r} is not allowed; use an integer of at least {least}")
        if self.seed > LARGEST_SEED:
            raise PysimError(f"seed = {self.seed!r} is not allowed; use 0 to {LARGEST_SEED}")
        for name, zero in (("learning_rate", False), ("clip", False), ("weight_decay", True)):
            value = getattr(self, name)
            if not (math.isfinite(value) and (value > 0 or (zero and value == 0))):
                raise PysimError(
                    f"{name} = {value!r} is not allowed; use a finite number, {'0 or more' if zero else 'more than 0'}"
                )
        if self.precision not in ("float32", "bfloat16"):
            raise PysimError(f"precision = {self.precision!r} is not allowed; use 'float32' or 'bfloat16'")


@dataclass
class Data:
    """Inputs (N, ...) and labels (N,) to train on, and to validate on, where `patience` needs that."""

    inputs: Tensor
    labels: Tensor
    validation: tuple[Tensor, Tensor] | None = None
    augment: Augment | None = None


@dataclass
class Progress:
    """Where a run is: epochs and steps done, the best validation so far, and a line for each epoch."""

    epoch: int = 0
    step: int = 0
    best: float = -math.inf
    best_epoch: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
