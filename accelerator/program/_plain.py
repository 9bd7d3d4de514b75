"""Operations as plain JSON values and back: arrays go by keys, and nothing is executed in reading."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any

import numpy as np

from pysim.kernels import Window

from .._errors import ProgramError
from ._operations import KINDS, Matrix, Operation


def plain(thing: Any, prefix: str, arrays: dict[str, Any]) -> dict[str, Any]:
    """The fields of a dataclass; arrays are put into `arrays` under `prefix` and their field's name."""
    said: dict[str, Any] = {}
    for field in dataclasses.fields(thing):
        value, key = getattr(thing, field.name), f"{prefix}.{field.name}"
        if isinstance(value, np.ndarray):
            arrays[key] = value
            value = key
        elif isinstance(value, Matrix):
            value = plain(value, prefix, arrays)
        elif isinstance(value, Window):
            value = value.flat
        said[field.name] = list(value) if isinstance(value, tuple) else value
    return said


def operation_of(said: dict[str, Any], arrays: dict[str, np.ndarray]) -> Operation:
    """The operation that `plain` described; raises ProgramError for an unknown kind or a missing array."""
    said = dict(said)
    kind = KINDS.get(str(said.pop("kind", None)))
    if kind is None:
        raise ProgramError(f"the operation {said.get('name')!r} is of no known kind; kinds are {', '.join(KINDS)}")
    for key, value in said.items():
        if key == "matrix":
            said[key] = Matrix(**{field: _array(name, arrays) for field, name in value.items()})
        elif key == "window":
            said[key] = Window.of(value)
        elif isinstance(value, list):
            said[key] = tuple(value)
    return typing.cast(Operation, kind(**said))


def _array(name: str, arrays: dict[str, np.ndarray]) -> np.ndarray:
    if name not in arrays or arrays[name].dtype != np.int32:
        raise ProgramError(f"the int32 array {name!r} is missing")
    return arrays[name]
