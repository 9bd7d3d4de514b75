"""Programs in files: arrays as safetensors, all else as one JSON text in the same file's metadata, with the program's hash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as serialized

from multipliers._files import atomically
from multipliers._users_files import check_file, read_json

from .._errors import ProgramError
from ._arithmetic import rebuild
from ._plain import operation_of
from ._program import Program
from ._values import Value

_KEY = "goldaxe program"


def save(program: Program, path: Path | str) -> None:
    """Write a program, whole or not at all; equal programs give equal bytes."""
    path = Path(path)
    said, arrays = program.describe()
    text = json.dumps({"hash": program.hash, "program": said})
    with atomically(path) as temporary:
        # Not by `save_file`, which lets nobody else read the file, whatever the umask.
        temporary.write_bytes(serialized({key: np.ascontiguousarray(array) for key, array in arrays.items()}, {_KEY: text}))


def load(path: Path | str) -> Program:
    """The program of a file; raises ProgramError if the file is damaged, or its multiplier is not what it was."""
    path = Path(path)
    try:
        check_file(path)
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, not a mapping
    except FileNotFoundError:
        raise ProgramError(f"{path} does not exist") from None
    except (OSError, SafetensorError) as error:
        raise ProgramError(f"{path} is not a whole safetensors file: {error}") from None
    try:
        document = read_json(metadata.get(_KEY, ""))
        program = _program(document["program"], arrays)
    except ProgramError as error:
        raise ProgramError(f"{path}: {error}") from None
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise ProgramError(f"{path} holds no integer program: {error}") from None
    if program.hash != document["hash"]:
        raise ProgramError(f"{path} is not what was saved: its content's hash is another than the one it states")
    return program


def _program(said: dict[str, Any], arrays: dict[str, np.ndarray]) -> Program:
    values = [Value(**{**value, "shape": tuple(value["shape"])}) for value in said["values"]]
    return Program(
        said["name"],
        rebuild(said["arithmetic"]),
        {value.name: value for value in values},
        tuple(operation_of(operation, arrays) for operation in said["operations"]),
        said["input"],
        tuple(said["outputs"]),
    )
