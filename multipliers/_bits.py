"""Operands as integers and as port bits: the only place where two's complement is read or written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._errors import OperandError


@dataclass(frozen=True)
class Operand:
    """One port of a multiplier: `width` bits, two's complement if `signed`.

    >>> Operand(8, signed=True).low, Operand(8, signed=True).high
    (-128, 127)
    """

    width: int
    signed: bool

    @property
    def low(self) -> int:
        """Smallest integer on the port."""
        return -(1 << (self.width - 1)) if self.signed else 0

    @property
    def high(self) -> int:
        """Largest integer on the port."""
        return (1 << (self.width - 1 if self.signed else self.width)) - 1

    @property
    def codes(self) -> int:
        """Number of distinct bit patterns, 2**width."""
        return 1 << self.width

    def values(self) -> np.ndarray:
        """All integers of the port in the order of their bit patterns, int64 of shape (2**width,)."""
        return from_bits(np.arange(self.codes, dtype=np.int64), self)


def to_bits(values: np.ndarray, operand: Operand) -> np.ndarray:
    """Bit patterns (0 ... 2**width-1) of integers; those that do not fit wrap, as they would in hardware."""
    return np.asarray(values, dtype=np.int64) & (operand.codes - 1)


def from_bits(bits: np.ndarray, operand: Operand) -> np.ndarray:
    """Integers of bit patterns 0 ... 2**width-1; higher bits are ignored."""
    bits = np.asarray(bits, dtype=np.int64) & (operand.codes - 1)
    if not operand.signed:
        return bits
    sign = operand.codes >> 1
    return (bits ^ sign) - sign


def checked(values: object, operand: Operand, name: str) -> np.ndarray:
    """`values` as int64, or an OperandError that names the first one that is no integer or does not fit."""
    array = np.asarray(values)
    if array.dtype.kind not in "iub":
        raise OperandError(f"operand {name} has dtype {array.dtype}; integers are needed")
    outside = (array < operand.low) | (array > operand.high)
    if outside.any():
        bad = array[outside].flat[0]
        kind = "signed" if operand.signed else "unsigned"
        raise OperandError(
            f"operand {name} = {bad} does not fit {operand.width} bits {kind}; allowed are {operand.low} to {operand.high}"
        )
    return array.astype(np.int64)
