"""Finished layers on disk, so that a run that was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from accelerator.rtl import Measured
from multipliers._cache import write_atomically
from multipliers._results import ResultExistsError
from multipliers._users_files import read_arrays, read_file, read_json

_STATE = "state.json"
_LARGEST = 1 << 32


@dataclass(frozen=True)
class Finished:
    """What an operation gave on the Verilog: int32 tensors by name, its cycles, and the seconds that it took."""

    values: dict[str, Tensor]
    measured: Measured
    seconds: float


class State:
    """A folder with one file for each finished operation; `identity` says by hashes what they belong to.

    Those of the same identity are used again with `resume`, and else written over one by one with the same numbers. Those of
    another are removed with `overwrite`, and `changed` names what differs; without, they raise ResultExistsError.
    """

    def __init__(self, folder: Path, identity: dict[str, str], resume: bool, overwrite: bool = False) -> None:
        self.folder, self.resume, self.changed = folder, resume, ""
        folder.mkdir(parents=True, exist_ok=True)
        there = [path for path in folder.glob("*.npz") if re.fullmatch("[0-9a-f]{16}", path.stem)]  # no others are ours
        said = self._read() or {}
        different = [name for name in identity if said.get(name) != identity[name]]
        if different and there:
            self.changed = " and ".join(different)
            if not overwrite:
                raise ResultExistsError(
                    f"{folder} holds finished layers of another run ({self.changed} differ): --overwrite removes them, or name "
                    "another folder"
                )
            for path in there:
                path.unlink()
        if different:
            write_atomically(folder / _STATE, json.dumps(identity, indent=2).encode())

    def _read(self) -> dict[str, str] | None:
        try:
            said = read_json(read_file(self.folder / _STATE, 1 << 20))
        except (OSError, ValueError):
            return None
        return said if isinstance(said, dict) else None

    def load(self, name: str) -> Finished | None:
        """An operation's results; None if it has none, they are damaged, or the run does not resume."""
        if not self.resume:
            return None
        path = self._path(name)
        try:
            arrays = read_arrays(read_file(path, _LARGEST), path.name, _LARGEST)
            digest = arrays.pop("digest")
            if bytes(digest).decode() != _digest(arrays):
                return None
            measured = Measured(tuple(arrays.pop("product").tolist()), tuple(arrays.pop("vector").tolist()))
            seconds = float(arrays.pop("seconds"))
            return Finished({key: torch.from_numpy(array) for key, array in arrays.items()}, measured, seconds)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save(self, name: str, finished: Finished) -> None:
        """Keep an operation's results: whole or not at all."""
        arrays = {key: value.contiguous().numpy() for key, value in finished.values.items()}
        arrays |= {"product": np.array(finished.measured.product), "vector": np.array(finished.measured.vector)}
        arrays["seconds"] = np.array(finished.seconds)
        buffer = BytesIO()
        np.savez(buffer, digest=np.frombuffer(_digest(arrays).encode(), dtype=np.uint8), **arrays)  # type: ignore[arg-type]
        write_atomically(self._path(name), buffer.getvalue())

    def _path(self, name: str) -> Path:
        return self.folder / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.npz"


def _digest(arrays: dict[str, np.ndarray]) -> str:
    total = hashlib.sha256()
    for key in sorted(arrays):
        array = np.ascontiguousarray(arrays[key])
        total.update(f"{key} {array.dtype.str} {array.shape}\n".encode())
        total.update(array.tobytes())
    return total.hexdigest()
