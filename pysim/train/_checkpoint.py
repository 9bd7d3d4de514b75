"""Checkpoints: everything that a run needs to go on as if it had never stopped, in one safetensors file, whole or not at all.

Tensors are named by what they belong to, as `model/stem.weight` or `optimizer/3/exp_avg`; all else is one JSON text in the
file's metadata, with a hash of the tensors. Nothing in it is executed.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialized
from torch import Tensor, nn

from multipliers._files import atomically
from multipliers._users_files import check_file, read_json

from .._errors import PysimError
from .._state import EXTRA

KEY = "goldaxe.training"


class CheckpointError(PysimError):
    """A checkpoint that cannot be written, read, or used for this run; the message is one sentence."""


@dataclass(frozen=True)
class Checkpoint:
    """Tensors by name, and the rest: numbers, texts, lists and dicts of them."""

    tensors: dict[str, Tensor]
    said: dict[str, Any]


def usable(folder: Path) -> None:
    """Make a folder for checkpoints, before any work is done; raises CheckpointError where nothing can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise CheckpointError(f"cannot write to the folder {folder}: {error.strerror or error}") from error


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, on disk when this returns; raises CheckpointError, and leaves an older file as it was."""
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in checkpoint.tensors.items()}
    text = json.dumps({**checkpoint.said, "sha256": digest(tensors)})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomically(path, durable=True) as temporary:
            temporary.write_bytes(serialized(tensors, {KEY: text}))
    except OSError as error:
        last = f"; the last good checkpoint, {path}, is intact" if path.is_file() else ""
        raise CheckpointError(f"cannot save the checkpoint {path}: {error.strerror or error}{last}") from error


def load(path: Path) -> Checkpoint:
    """Read a checkpoint; raises CheckpointError for a file that is missing, damaged, or something else."""
    try:
        check_file(path)
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get(KEY)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, not a mapping
    except FileNotFoundError:
        raise CheckpointError(f"{path} does not exist, so there is no run to resume") from None
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path} is damaged or no checkpoint ({error})") from error
    try:
        said = read_json(text or "")
        expected = said.pop("sha256")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CheckpointError(f"{path} is a safetensors file, but no checkpoint of a training run") from None
    if expected != digest(tensors):
        raise CheckpointError(f"{path} holds other numbers than were written to it")
    return Checkpoint(tensors, said)


def digest(tensors: dict[str, Tensor]) -> str:
    """The SHA-256 of tensors with their names, types and shapes."""
    total = sha256()
    for name, tensor in sorted(tensors.items()):
        total.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        total.update(tensor.flatten().view(torch.uint8).numpy().tobytes() if tensor.numel() else b"")
    return total.hexdigest()


def optimizer_state(optimizer: torch.optim.Optimizer) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """An optimizer's tensors, by parameter and name, and what else it keeps."""
    state = optimizer.state_dict()
    tensors, rest = {}, {}
    for index, values in state["state"].items():
        for name, value in values.items():
            if isinstance(value, Tensor):
                tensors[f"optimizer/{index}/{name}"] = value
            else:
                rest[f"{index}/{name}"] = value
    return tensors, {"groups": state["param_groups"], "rest": rest}


def fill_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor], said: dict[str, Any]) -> None:
    """The reverse."""
    state: dict[int, dict[str, Any]] = {}
    for key, tensor in tensors.items():
        if key.startswith("optimizer/"):
            _, index, name = key.split("/", 2)
            state.setdefault(int(index), {})[name] = tensor
    for key, value in said["rest"].items():
        index, name = key.split("/", 1)
        state.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": said["groups"]})


def fill_model(model: nn.Module, tensors: dict[str, Tensor], prefix: str = "model/") -> None:
    """Copy a checkpoint's tensors into a model with the same names and shapes."""
    found = {key.removeprefix(prefix): tensor for key, tensor in tensors.items() if key.startswith(prefix)}
    model.load_state_dict(found)


def identity(model: nn.Module) -> dict[str, str]:
    """What a checkpoint shares with its run: parameters' names and shapes, and each product's multiplier and quantisation."""
    from ._prepare import products

    state = {name: tensor for name, tensor in model.state_dict().items() if not name.endswith(EXTRA)}
    shapes = [f"{name} {tuple(tensor.shape)} {tensor.dtype}" for name, tensor in sorted(state.items())]
    found = list(products(model))
    return {
        "network": sha256("\n".join(shapes).encode()).hexdigest()[:32],
        "multiplier": ", ".join(sorted({product.operands.multiplier.label for product in found})),
        "products": sha256("\n".join(product.description for product in found).encode()).hexdigest()[:32],
    }
