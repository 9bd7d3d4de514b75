"""Integer programs: what a network is once nothing in it is a float any more. They are saved, loaded, hashed and printed.

A program is a list of operations on named values; `accelerator.lowering` makes it of a network, `accelerator.golden` runs it.
"""

from ._arithmetic import Arithmetic
from ._file import load, save
from ._operations import (
    GATES,
    KINDS,
    AveragePool,
    Cell,
    Concatenate,
    Matrix,
    MaxPool,
    Operation,
    Product,
    Recurrent,
    Rescale,
    Reshape,
    Select,
    Transpose,
    sources,
)
from ._program import Program
from ._values import Value

__all__ = [
    "GATES",
    "KINDS",
    "Arithmetic",
    "AveragePool",
    "Cell",
    "Concatenate",
    "Matrix",
    "MaxPool",
    "Operation",
    "Product",
    "Program",
    "Recurrent",
    "Rescale",
    "Reshape",
    "Select",
    "Transpose",
    "Value",
    "load",
    "save",
    "sources",
]
