"""The ports of the accelerator's modules, read from their headers: widths are stated there and nowhere else."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

FOLDER = Path(str(files("rtl"))) / "array"
TOP_FOLDER = FOLDER.parent / "top"

_PORT = re.compile(r"^\s*(input|output)\s+wire\s+(?:\[(.+?):0\])?\s*(\w+)\s*,?", re.MULTILINE)
_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}


@dataclass(frozen=True)
class Port:
    """A port of a module whose parameters are fixed; `width` in bits."""

    name: str
    width: int
    output: bool

    def __str__(self) -> str:
        bits = "" if self.width == 1 else f" [{self.width - 1}:0]"
        return f"{'output' if self.output else 'input '} wire{bits} {self.name}"


def ports_of(module: str, parameters: Mapping[str, int], folder: Path = FOLDER) -> list[Port]:
    """The ports of a module in `folder`, in order; `parameters` are all that its widths are made of."""
    header = re.sub(r"//.*", "", (folder / f"{module}.v").read_text()).split(");")[0]
    return [
        Port(name, 1 + _value(high, parameters) if high else 1, direction == "output")
        for direction, high, name in _PORT.findall(header)
    ]


def _value(expression: str, parameters: Mapping[str, int]) -> int:
    """An expression of +, -, *, parameters and numbers."""

    def value(node: ast.expr) -> int:
        if isinstance(node, ast.BinOp):
            return int(_OPERATORS[type(node.op)](value(node.left), value(node.right)))
        return parameters[node.id] if isinstance(node, ast.Name) else int(ast.unparse(node))

    return value(ast.parse(expression, mode="eval").body)
