"""Weights on disk, as safetensors, and the record of their training that travels in the same file.

The record is one JSON object under one metadata key, so that the same training writes the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialized
from torch import Tensor, nn

from multipliers._files import atomically
from multipliers._users_files import check_file, read_json

KEY = "training"


@dataclass(frozen=True)
class Record:
    """How weights were made, and how many test images they classify correctly in float32."""

    workload: str
    correct: int
    images: int
    epochs: int
    seed: int
    training_images: int
    split_sha256: str
    weights_sha256: str
    torch: str
    script: str

    @property
    def accuracy(self) -> float:
        """The float accuracy on the test split, 0..1."""
        return self.correct / self.images


def digest(state: dict[str, Tensor]) -> str:
    """The SHA-256 of tensors with their names, shapes and types."""
    total = hashlib.sha256()
    for name, tensor in sorted(state.items()):
        total.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        total.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return total.hexdigest()


def save(path: Path, model: nn.Module, record: Record) -> None:
    """Write the model's parameters and buffers with their record, whole or not at all."""
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomically(path, durable=True) as temporary:
        # Not by `save_file`, which lets nobody else read the file, whatever the umask.
        temporary.write_bytes(serialized(state, {KEY: json.dumps(asdict(record))}))


def load(path: Path, workload: str) -> tuple[dict[str, Tensor], Record]:
    """The tensors by name and the record of a weights file; raises ValueError in one sentence where it is not sound."""
    try:
        check_file(path)
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, not a mapping
    except FileNotFoundError as error:
        raise ValueError(f"{path} does not exist: {remedy(workload)}") from error
    except (OSError, SafetensorError) as error:
        raise ValueError(f"{path} is not a whole safetensors file ({error}): {remedy(workload)}") from error
    record = _record(metadata.get(KEY), path, workload)
    if record.workload != workload:
        raise ValueError(f"{path} holds weights of {record.workload}, not of {workload}: {remedy(workload)}")
    if record.weights_sha256 != digest(state):
        raise ValueError(f"{path} holds other weights than its record tells of: {remedy(workload)}")
    return state, record


def fill(model: nn.Module, state: dict[str, Tensor], path: Path, workload: str) -> None:
    """Copy the tensors into the model; raises ValueError where names, shapes or types are not the model's own."""
    wanted = {name: (tuple(tensor.shape), tensor.dtype) for name, tensor in model.state_dict().items()}
    found = {name: (tuple(tensor.shape), tensor.dtype) for name, tensor in state.items()}
    wrong = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    if wrong:
        raise ValueError(f"{path} does not fit the {workload} model in {', '.join(wrong)}: {remedy(workload)}")
    with torch.no_grad():
        model.load_state_dict(state)


def remedy(workload: str) -> str:
    """What to do about a weights file that cannot be used."""
    return f"`python -m workloads.train {workload} --overwrite` rebuilds it"


def _record(text: str | None, path: Path, workload: str) -> Record:
    try:
        values = read_json(text or "")
        return Record(**{field.name: {"int": int, "str": str}[str(field.type)](values[field.name]) for field in fields(Record)})
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} has no record of its training: {remedy(workload)}") from error
