"""One concrete floating-point multiplier, its label, and the integer multiplier over bit patterns that it is to the benches."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path

import numpy as np

from .. import _leading_one
from .._errors import ParameterError, UnknownMultiplierError
from .._import_index import read as imported
from .._multiplier import Multiplier
from .._registry import get as get_integer
from ._format import NAME, FloatFormat
from ._product import product
from ._rtl import rtl

_LABEL = re.compile(rf"({NAME})(_rz)?(_ftz)?_(.+)")


@dataclass(frozen=True, eq=False)
class FloatMultiplier:
    """A multiplier of a float format: `core`, an unsigned integer multiplier, multiplies the significands.

    Results are rounded to nearest, ties to even, or toward zero (`nearest=False`: truncated). Subnormal numbers are kept, or
    flushed to zero, operands and results alike (`subnormals=False`). Raises ParameterError if the core's operands are not
    unsigned or not as wide as significands, which have a hidden bit: 8 bits for bf16, 4 for E4M3.
    """

    format: FloatFormat
    core: Multiplier
    nearest: bool = True
    subnormals: bool = True

    def __post_init__(self) -> None:
        bits = self.format.mantissa + 1
        if any(port.signed or port.width != bits for port in (self.core.a, self.core.b)):
            raise ParameterError(
                f"{self.core.label} cannot multiply the significands of {self.format.name}, which are unsigned and have "
                f"{bits} bits; use one as exact{bits}"
            )

    @property
    def label(self) -> str:
        """Format, `rz` if rounded toward zero, `ftz` if subnormals are flushed to zero, and the integer multiplier's label."""
        options = f"{'' if self.nearest else '_rz'}{'' if self.subnormals else '_ftz'}"
        return f"{self.format.name}{options}_{self.core.label}"

    @property
    def exact(self) -> FloatMultiplier:
        """The same on exact significands: a correctly rounded product."""
        return FloatMultiplier(self.format, get_integer("exact", width=self.core.a.width), self.nearest, self.subnormals)

    def __call__(self, a: object, b: object) -> np.ndarray:
        """Products of bit patterns, as bit patterns, int64; raises OperandError for those that do not fit the format."""
        return self.circuit(a, b)

    def products(self, a: object, b: object) -> np.ndarray:
        """Products of numbers, float64; the operands are first rounded to the format, to nearest."""
        return self.format.decode(self(self.format.encode(a), self.format.encode(b)))

    @cached_property
    def circuit(self) -> Multiplier:
        """This as a function of unsigned bit patterns, with its Verilog: what is verified and synthesized.

        Its corners are the codes at the ends of each kind of number.
        """
        port, core = self.format.operand, self.core
        function = partial(product, format=self.format, core=core, nearest=self.nearest, subnormals=self.subnormals)
        source = hashlib.sha256(f"{core.digest} {_source_hash()} {self.label}".encode()).hexdigest()
        verilog = rtl(self.label, self.format, core, nearest=self.nearest, subnormals=self.subnormals)
        return Multiplier(
            self.label, port, port, port, function, source_hash=source, verilog=verilog, corners=_corners(self.format)
        )

    def __repr__(self) -> str:
        return f"FloatMultiplier({self.label})"


def get(label: str) -> FloatMultiplier:
    """The multiplier of a label: `bf16_drum8_k4`, `bf16_rz_ftz_mitchell8`, `e4m3fn_exact4`.

    Raises UnknownMultiplierError for a label that is none, ParameterError for a format or a width that does not exist.
    """
    match = _LABEL.fullmatch(label)
    if match is None:
        raise UnknownMultiplierError(
            f"unknown floating-point multiplier {label!r}; a label is FORMAT_MULTIPLIER, as bf16_drum8_k4 or e4m3fn_exact4"
        )
    made = _made(FloatFormat.named(match[1]), get_integer(match[4]), match[2] is None, match[3] is None)
    if made.label != label:
        raise UnknownMultiplierError(f"unknown floating-point multiplier {label!r}; did you mean {made.label}?")
    return made


def find(label: str) -> FloatMultiplier | None:
    """As `get`, but None for a label that begins with no format's name, or is the name of an imported multiplier."""
    if _LABEL.fullmatch(label) is None or label.partition("@")[0] in imported().all_names():
        return None
    return get(label)


def defaults() -> list[FloatMultiplier]:
    """The variants that are listed, and verified without being asked for by name."""
    return [get(label) for label in _DEFAULTS]


_DEFAULTS = (
    "bf16_exact8",
    "bf16_mitchell8",
    "bf16_mbm8_t0",
    "bf16_drum8_k4",
    "bf16_truncated_columns8_v7",
    "bf16_rz_ftz_exact8",
    "bf16_rz_ftz_mitchell8",
    "e4m3fn_exact4",
    "e4m3fn_mitchell4",
    "e4m3fn_rz_ftz_mitchell4",
    "e5m2_exact3",
    "e5m2_mitchell3",
)


@lru_cache(maxsize=64)
def _made(format: FloatFormat, core: Multiplier, nearest: bool, subnormals: bool) -> FloatMultiplier:
    return FloatMultiplier(format, core, nearest, subnormals)


def _corners(format: FloatFormat) -> tuple[int, ...]:
    """Zero, one, NaNs, infinity, and the ends of the subnormal and normal numbers, of both signs."""
    hidden, one = 1 << format.mantissa, format.bias << format.mantissa
    ends = {0, 1, hidden - 1, hidden, hidden + 1, one - 1, one, one + 1, format.largest, format.nan, format.sign - 1}
    ends |= {format.infinity & (format.sign - 1)}
    return tuple(sorted(ends | {code | format.sign for code in ends}))


@lru_cache(maxsize=1)
def _source_hash() -> str:
    files = [*sorted(Path(__file__).parent.glob("*.py")), Path(_leading_one.__file__)]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()
