"""Floating-point formats: sign, exponent, mantissa; what their bit patterns mean, and numbers rounded to them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from .._bits import Operand
from .._errors import ParameterError
from ._rounding import rounded

NAME = r"bf16|fp16|e\d+m\d+(?:fn)?"
"""What a format's name looks like."""

_NAMED = {"bf16": (8, 7), "fp16": (5, 10)}


@dataclass(frozen=True)
class FloatFormat:
    """A sign bit, `exponent` bits of bias 2**(exponent-1) - 1, and `mantissa` bits behind a hidden one.

    Exponent 0 holds zero and subnormals. The highest exponent holds infinities and NaNs, as in IEEE 754; in a `finite` format,
    such as OCP's E4M3, it holds numbers, and the code of all ones is the only NaN. Exponents have 2 to 8 bits, mantissas 1 to
    15; raises ParameterError for others.

    >>> FloatFormat(4, 3, finite=True)
    FloatFormat(e4m3fn)
    """

    exponent: int
    mantissa: int
    finite: bool = False

    def __post_init__(self) -> None:
        for name, bits, allowed in (("exponent", self.exponent, range(2, 9)), ("mantissa", self.mantissa, range(1, 16))):
            if bits not in allowed:
                raise ParameterError(f"a float format's {name} has {allowed[0]} to {allowed[-1]} bits, not {bits}")

    def __repr__(self) -> str:
        return f"FloatFormat({self.name})"

    @staticmethod
    def named(name: str) -> FloatFormat:
        """The format of a name: bf16, fp16, or as e5m2, with fn behind if it is finite; raises ParameterError."""
        if name in _NAMED:
            return FloatFormat(*_NAMED[name])
        match = re.fullmatch(r"e(\d{1,3})m(\d{1,3})(fn)?", name)
        if match is None:
            raise ParameterError(f"unknown float format {name!r}; formats are bf16, fp16 and as e5m2 or e4m3fn")
        return FloatFormat(int(match[1]), int(match[2]), bool(match[3]))

    @property
    def name(self) -> str:
        """What labels call it."""
        common = {bits: name for name, bits in _NAMED.items()}.get((self.exponent, self.mantissa))
        return common if common and not self.finite else f"e{self.exponent}m{self.mantissa}{'fn' if self.finite else ''}"

    @property
    def operand(self) -> Operand:
        """A port of it: its bit patterns as unsigned integers."""
        return Operand(1 + self.exponent + self.mantissa, signed=False)

    @property
    def bias(self) -> int:
        """What is subtracted from an exponent field."""
        return (1 << (self.exponent - 1)) - 1

    @property
    def sign(self) -> int:
        """The sign bit."""
        return 1 << (self.exponent + self.mantissa)

    @property
    def infinity(self) -> int:
        """Code of infinity; a finite format has none, and this is one beyond its codes."""
        return self.sign if self.finite else self.sign - (1 << self.mantissa)

    @property
    def largest(self) -> int:
        """Code of the largest number."""
        return self.sign - 2 if self.finite else self.infinity - 1

    @property
    def nan(self) -> int:
        """Code of the NaN that products have: positive and quiet."""
        return self.sign - 1 if self.finite else self.infinity | 1 << (self.mantissa - 1)

    def decode(self, codes: object) -> np.ndarray:
        """Numbers, float64 and exact, of bit patterns; higher bits are ignored."""
        bits = np.asarray(codes, dtype=np.int64) & (self.operand.codes - 1)
        magnitude = bits & (self.sign - 1)
        field, mantissa = magnitude >> self.mantissa, magnitude & ((1 << self.mantissa) - 1)
        significand = mantissa + np.where(field > 0, 1 << self.mantissa, 0)
        value = np.ldexp(significand.astype(np.float64), np.maximum(field, 1) - self.bias - self.mantissa)
        value = np.where(magnitude > self.largest, np.nan, value)
        value = np.where(magnitude == self.infinity, np.inf, value)
        return np.where(bits & self.sign, -value, value)

    def encode(self, values: object) -> np.ndarray:
        """Bit patterns, int64, of numbers rounded to nearest, ties to even; overflow is infinity, or the largest number."""
        numbers = np.asarray(values, dtype=np.float64)
        finite = np.where(np.isfinite(numbers), np.abs(numbers), 0)
        fraction, exponent = np.frexp(finite)
        code = rounded(self, np.ldexp(fraction, 53).astype(np.int64), exponent.astype(np.int64) - 53)
        code = np.where(np.isinf(numbers), self.largest if self.finite else self.infinity, code)
        return np.where(np.isnan(numbers), self.nan, code | np.where(np.signbit(numbers), self.sign, 0))
