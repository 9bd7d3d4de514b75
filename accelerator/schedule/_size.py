"""How large an array and its memories are."""

from __future__ import annotations

from dataclasses import dataclass, fields

from .._errors import ProgramError


@dataclass(frozen=True)
class ArraySize:
    """`rows` x `cols` processing elements; `depth` sums of each column can wait for their next tile."""

    rows: int
    cols: int
    depth: int = 64

    def __post_init__(self) -> None:
        _positive(self)


@dataclass(frozen=True)
class Memory:
    """On-chip memory for weights and for values, in bytes; and how many elements the vector unit takes in a cycle."""

    weights: int = 64 << 10
    values: int = 256 << 10
    lanes: int = 4

    def __post_init__(self) -> None:
        _positive(self)


def _positive(size: ArraySize | Memory) -> None:
    for field in fields(size):
        value = getattr(size, field.name)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ProgramError(f"{field.name} = {value!r} is not allowed; use an integer of 1 or more")
