"""The operands that a multiplier sees, one pair after the other: uniform random ones, or those of a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from multipliers import Multiplier, sampled
from multipliers._users_files import FileError, read_array, read_arrays, read_file

from ._errors import CostError

VECTORS = 4096
"""Operations of a uniform stream unless told otherwise."""
LONGEST = 1 << 22
"""Operations of the longest stream."""
_LARGEST = 1 << 27
"""Bytes of a stream's file: two int64 operands for each operation, twice over."""


@dataclass(frozen=True, eq=False)
class Stream:
    """Operand pairs in the order in which one multiplier sees them: int64 `a` and `b` of shape (N,), N from 2."""

    name: str
    a: np.ndarray
    b: np.ndarray

    def __post_init__(self) -> None:
        if self.a.shape != self.b.shape or self.a.ndim != 1:
            raise CostError(
                f"operand stream {self.name}: a of shape {self.a.shape}, b of shape {self.b.shape}; both must be (N,)"
            )
        if not 2 <= len(self.a) <= LONGEST:
            raise CostError(f"operand stream {self.name}: {len(self.a):,} operations; 2 to {LONGEST:,} are allowed")

    def check(self, multiplier: Multiplier) -> None:
        """Raise CostError if an operand is no integer of the multiplier's port."""
        for name, values, operand in (("a", self.a, multiplier.a), ("b", self.b, multiplier.b)):
            outside = (values < operand.low) | (values > operand.high)
            if outside.any():
                kind = "signed" if operand.signed else "unsigned"
                raise CostError(
                    f"operand stream {self.name}: {name} = {values[outside][0]} does not fit {multiplier.label}, "
                    f"whose operand is {operand.width} bits {kind}, {operand.low} to {operand.high}"
                )


def uniform(multiplier: Multiplier, vectors: int = VECTORS, seed: int = 0) -> Stream:
    """Independent uniform random operands over the whole of both ports."""
    if not 2 <= vectors <= LONGEST:
        raise CostError(f"vectors = {vectors} is not allowed; 2 to {LONGEST:,} are")
    if seed < 0:
        raise CostError(f"seed = {seed} is not allowed; 0 or more is")
    drawn = sampled(multiplier, vectors, seed, corners=False)
    return Stream(f"uniform, seed {seed}", drawn.a, drawn.b)


def read_stream(path: Path) -> Stream:
    """A recorded stream: integer arrays `a` and `b` (N,) in an .npz file, or one array (N, 2) in an .npy file."""
    try:
        data = read_file(path, _LARGEST)
    except OSError as error:
        raise CostError(f"cannot read the operand stream {str(path)!r}: {error.strerror or error}") from None
    try:
        if data[:6] == b"\x93NUMPY":
            loaded = read_array(data, path.name)
            arrays = (loaded[:, 0], loaded[:, 1]) if loaded.ndim == 2 and loaded.shape[1] == 2 else None
        else:
            named = read_arrays(data, path.name, _LARGEST)
            arrays = (named["a"], named["b"]) if {"a", "b"} <= set(named) else None
    except FileError as error:
        raise CostError(f"the operand stream {str(path)!r} is no .npy or .npz file of integers: {error}") from None
    if arrays is None:
        raise CostError(
            f"the operand stream {str(path)!r} has neither arrays a and b (.npz) nor one array of shape (N, 2) (.npy)"
        )
    for array in arrays:
        if array.dtype.kind not in "iu":
            raise CostError(f"the operand stream {str(path)!r} holds {array.dtype}; integers are needed")
    return Stream(path.name, arrays[0].astype(np.int64), arrays[1].astype(np.int64))
