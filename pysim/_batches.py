"""Data as people have it: a tensor, a list of tensors, or what a DataLoader yields; and a model's call on one batch of it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence
from torch.utils.data import Dataset

from ._errors import PysimError

_PLACES = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_LABELS = ("label", "labels", "target", "targets", "y")
"""What a model calls labels that it takes itself."""


def run(model: nn.Module, given: Any) -> int:
    """Run a model on every batch, and return how many there were.

    `given` is one batch, or an iterable of them, a DataLoader for instance. A batch is a tensor or packed sequence, or a tuple,
    list or dict of the model's arguments. What a batch has beyond those, as the labels behind the inputs, is left out. Raises
    PysimError, naming the batch, for what cannot be used.
    """
    count = 0
    for count, batch in enumerate(_batches(given), 1):
        positional, named = _arguments(model, batch, f"batch {count}, {_described(batch)},")
        try:
            model(*positional, **named)
        except (PysimError, MemoryError, torch.OutOfMemoryError, Warning):
            raise
        except Exception as error:
            said = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise PysimError(f"the model cannot take batch {count}, {_described(batch)}: {said}") from error
    return count


def _batches(given: Any) -> Iterator[Any]:
    if isinstance(given, Tensor | PackedSequence | Mapping):
        return iter([given])
    if isinstance(given, Dataset) and not isinstance(given, Iterable):
        raise PysimError(f"{type(given).__name__} is a data set of single samples; give a torch.utils.data.DataLoader of it")
    if isinstance(given, np.ndarray | np.generic | str | bytes | nn.Module) or not isinstance(given, Iterable):
        raise PysimError(f"{_described(given)} is no data; give a tensor, a list of tensors, or a DataLoader")
    return iter(given)


def _arguments(model: nn.Module, batch: Any, what: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """A batch as arguments by position and by name."""
    listed = isinstance(batch, tuple | list) and not isinstance(batch, PackedSequence)
    if not listed and not isinstance(batch, Mapping):
        return (batch,), {}
    try:
        taken = list(inspect.signature(model.forward).parameters.values())
    except (TypeError, ValueError):  # a forward that is no Python function: as it is given
        return ((), dict(batch)) if isinstance(batch, Mapping) else (tuple(batch), {})
    kinds = {parameter.kind for parameter in taken}
    if isinstance(batch, Mapping):
        names = [parameter.name for parameter in taken if parameter.kind is not inspect.Parameter.VAR_KEYWORD]
        named = dict(batch) if inspect.Parameter.VAR_KEYWORD in kinds else {key: batch[key] for key in names if key in batch}
        missing = [name for name, parameter in zip(names, taken, strict=False) if _needed(parameter) and name not in named]
        if missing or not named:
            raise PysimError(f"{what} has no {', '.join(missing or names)}, which the model's forward takes")
        return (), named
    places = [parameter for parameter in taken if parameter.kind in _PLACES]
    if inspect.Parameter.VAR_POSITIONAL in kinds:
        return tuple(batch), {}
    for parameter, part in list(zip(places, batch, strict=False))[1:]:
        if not _needed(parameter) and parameter.name not in _LABELS and _like_labels(part):
            raise PysimError(
                f"whether the last part of {what} is a label or the model's {parameter.name} cannot be known; give inputs "
                "alone, or dicts of arguments by name"
            )
    return tuple(batch[: len(places)]), {}


def _needed(parameter: inspect.Parameter) -> bool:
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return parameter.default is inspect.Parameter.empty and parameter.kind not in variable


def _like_labels(part: Any) -> bool:
    return isinstance(part, Tensor) and part.dim() <= 1 and not part.dtype.is_floating_point


def _described(thing: Any) -> str:
    if isinstance(thing, Tensor):
        return f"a {str(thing.dtype).removeprefix('torch.')} tensor of shape {tuple(thing.shape)}"
    if isinstance(thing, Mapping):
        return f"a {type(thing).__name__} of {', '.join(map(str, list(thing)[:8])) or 'nothing'}"
    if isinstance(thing, tuple | list) and not isinstance(thing, PackedSequence):
        return f"a {type(thing).__name__} of {', '.join(map(_described, thing[:4])) or 'nothing'}"
    if isinstance(thing, int | float | str | bytes | None):
        return repr(thing)[:40]
    return f"an object of type {type(thing).__name__}"
