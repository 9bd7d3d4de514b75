"""A whole integer program: values, operations in order, input, outputs, and the arithmetic of its products."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .._errors import ProgramError
from ._arithmetic import Arithmetic
from ._operations import Array, Matrix, Operation, Product, Recurrent, sources
from ._plain import plain
from ._text import text
from ._values import Value


@dataclass(frozen=True, eq=False)
class Program:
    """A network of integers only: `operations` in order, from the value `input` to the values `outputs`.

    Raises ProgramError for operations that read what was not yet written, or that write what was.
    """

    name: str
    arithmetic: Arithmetic
    values: dict[str, Value]
    operations: tuple[Operation, ...]
    input: str
    outputs: tuple[str, ...]

    def __post_init__(self) -> None:
        written = {self.input}
        for operation in self.operations:
            for source in sources(operation):
                if source not in written:
                    raise ProgramError(f"{operation.name} reads {source!r}, which no operation before it writes")
            if operation.target in written or operation.target not in self.values:
                raise ProgramError(f"{operation.name} writes {operation.target!r}, which is written already or has no value")
            written.add(operation.target)
        missing = [name for name in (self.input, *self.outputs) if name not in written or name not in self.values]
        if missing:
            raise ProgramError(f"the program's input or output {missing[0]!r} is written by no operation, or has no value")

    def matrices(self) -> Iterator[tuple[str, Matrix]]:
        """All products on the array by their operation's name."""
        for operation in self.operations:
            if isinstance(operation, Product | Recurrent):
                yield operation.name, operation.matrix

    def describe(self) -> tuple[dict[str, Any], dict[str, Array]]:
        """The program as plain JSON values, and its arrays by the keys that stand for them there."""
        arrays: dict[str, Array] = {}
        said: dict[str, Any] = {
            "name": self.name,
            "arithmetic": self.arithmetic.describe(),
            "values": [plain(value, value.name, arrays) for value in self.values.values()],
            "operations": [
                {"kind": type(operation).__name__, **plain(operation, operation.name, arrays)} for operation in self.operations
            ],
            "input": self.input,
            "outputs": list(self.outputs),
        }
        return said, arrays

    @property
    def hash(self) -> str:
        """SHA-256 of everything that decides the program's integers."""
        said, arrays = self.describe()
        total = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
        for key, array in sorted(arrays.items()):
            total.update(f"{key} {array.shape}\n".encode())
            total.update(array.astype("<i4").tobytes())
        return total.hexdigest()

    def __str__(self) -> str:
        """A line for each operation."""
        return text(self)
