"""Accuracy: the share of inputs whose largest logit is at the label."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

import torch
from torch import Tensor, nn

Progress = Callable[[int, int], None]
"""Called after each batch with the number of inputs done and of all."""


def accuracy(model: nn.Module, inputs: Tensor, labels: Tensor, *, batch: int = 250, progress: Progress | None = None) -> float:
    """The share of inputs, 0..1, that the model classifies correctly; arguments and errors are those of `correct`."""
    return correct(model, inputs, labels, batch=batch, progress=progress) / len(labels)


def correct(model: nn.Module, inputs: Tensor, labels: Tensor, *, batch: int = 250, progress: Progress | None = None) -> int:
    """How many of the inputs (N, ...) the model classifies as their labels, integers (N,).

    The model maps (B, ...) to finite logits (B, classes). It runs in eval mode, without gradients and on the device
    that it is on, and gets its mode back. Raises ValueError for an empty data set, as many labels as there are not
    inputs, a batch below 1, and outputs that are not logits or not finite.
    """
    if len(inputs) == 0:
        raise ValueError("accuracy needs at least one input, and the data set is empty")
    if labels.shape != (len(inputs),):
        raise ValueError(f"accuracy needs one label an input: {len(inputs)} inputs, but labels of shape {tuple(labels.shape)}")
    if batch < 1:
        raise ValueError(f"batch is {batch}, and must be 1 or more")
    state = next(chain(model.parameters(), model.buffers()), inputs)
    modes = {module: module.training for module in model.modules()}
    model.eval()
    hits = 0
    try:
        with torch.inference_mode():
            for start in range(0, len(inputs), batch):
                stop = min(start + batch, len(inputs))
                logits = model(inputs[start:stop].to(state.device))
                _check(logits, model, start, stop)
                hits += int((logits.argmax(1) == labels[start:stop].to(logits.device)).sum())
                if progress:
                    progress(stop, len(inputs))
    finally:
        for module, training in modes.items():
            module.training = training
    return hits


def _check(logits: Tensor, model: nn.Module, start: int, stop: int) -> None:
    name, where = type(model).__name__, f"inputs {start}..{stop - 1}"
    if not isinstance(logits, Tensor) or logits.ndim != 2 or len(logits) != stop - start:
        found = f"shape {tuple(logits.shape)}" if isinstance(logits, Tensor) else type(logits).__name__
        raise ValueError(f"{name} must give logits of shape ({stop - start}, classes) for {where}, not {found}")
    if not logits.isfinite().all():
        raise ValueError(f"{name} gives outputs that are not finite (NaN or infinity) for {where}")
