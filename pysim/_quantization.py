"""How real numbers become operand codes: bits, scheme and calibration, and the code ranges that a multiplier then sees.

Weights are symmetric with a scale per output channel: codes -(2**(bits-1) - 1) ... 2**(bits-1) - 1, zero point 0.
Activations have one scale per tensor and are

- `affine`: 2**bits codes with a zero point, unsigned on a multiplier whose activation operand is unsigned, else signed;
- `symmetric`: codes as for weights, zero point 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from multipliers import Multiplier, get, with_signs

from ._errors import PysimError
from .kernels import Accumulator

BITS = range(2, 17)
"""Operand bits of quantised networks."""


@dataclass(frozen=True)
class Quantization:
    """Post-training quantisation of a network's weights and activations.

    `activation=None` means affine on a multiplier with an unsigned activation operand and symmetric on a signed one.
    `calibration="minmax"` takes the full range of the calibration data; `"percentile"` cuts each tail of |x| beyond
    `percentile` percent. `accumulator` says in how many bits products are summed: K products of m by n bits need up to
    m + n + log2(K), and sums that are larger wrap around or saturate. None is 32 bits that wrap around, and a warning names
    each layer whose sums might. Raises PysimError for values out of range.
    """

    activation_bits: int = 8
    weight_bits: int = 8
    activation: Literal["affine", "symmetric"] | None = None
    calibration: Literal["minmax", "percentile"] = "minmax"
    percentile: float = 99.9
    accumulator: Accumulator | None = None

    def __post_init__(self) -> None:
        for name in ("activation_bits", "weight_bits"):
            bits = getattr(self, name)
            if isinstance(bits, bool) or not isinstance(bits, int) or bits not in BITS:
                raise PysimError(f"{name} = {bits!r} is not allowed; use {BITS[0]} to {BITS[-1]}")
        if self.activation not in (None, "affine", "symmetric"):
            raise PysimError(f"activation = {self.activation!r} is not allowed; use 'affine' or 'symmetric'")
        if self.calibration not in ("minmax", "percentile"):
            raise PysimError(f"calibration = {self.calibration!r} is not allowed; use 'minmax' or 'percentile'")
        if not 50 < self.percentile <= 100:
            raise PysimError(f"percentile = {self.percentile!r} is not allowed; use more than 50 and at most 100")


@dataclass(frozen=True)
class CodeRange:
    """The integers `low` ... `high`; `affine` if a zero point places them, else they are symmetric about zero."""

    low: int
    high: int
    affine: bool = False

    def __len__(self) -> int:
        return self.high - self.low + 1

    @property
    def wide(self) -> bool:
        """Whether the codes are too many for a byte."""
        return len(self) > 256

    @property
    def codes(self) -> range:
        """The codes themselves."""
        return range(self.low, self.high + 1)


@dataclass(frozen=True, eq=False)
class Operands:
    """A multiplier with the signs that a network's codes need, and the code ranges of its two operands."""

    multiplier: Multiplier
    activation: CodeRange
    weight: CodeRange
    quantization: Quantization

    @property
    def wide(self) -> bool:
        """Whether a side has codes of more than 8 bits, which the kernels for bytes cannot take."""
        return self.activation.wide or self.weight.wide


def operands(multiplier: str | Multiplier, quantization: Quantization) -> Operands:
    """Fit a multiplier to a quantisation; unsigned operands that meet signed codes go by sign and magnitude.

    Raises PysimError if the codes have more bits than the multiplier's operands.
    """
    if isinstance(multiplier, str):
        multiplier = get(multiplier)
    if not isinstance(multiplier, Multiplier):
        raise PysimError(f"multiplier = {multiplier!r} is not allowed; give a label, as 'drum8_k4', or a Multiplier")
    for name, bits, port in (
        ("activation_bits", quantization.activation_bits, multiplier.a),
        ("weight_bits", quantization.weight_bits, multiplier.b),
    ):
        if bits > port.width:
            raise PysimError(
                f"{name} = {bits} does not fit the {port.width}-bit operand of {multiplier.label}; use 2 to {port.width}"
            )
    scheme = quantization.activation or ("symmetric" if multiplier.a.signed else "affine")
    fitted = with_signs(multiplier, multiplier.a.signed or scheme == "symmetric", True)
    return Operands(
        fitted,
        _affine(quantization.activation_bits, fitted.a.signed)
        if scheme == "affine"
        else _symmetric(quantization.activation_bits),
        _symmetric(quantization.weight_bits),
        quantization,
    )


def _symmetric(bits: int) -> CodeRange:
    return CodeRange(-(2 ** (bits - 1) - 1), 2 ** (bits - 1) - 1)


def _affine(bits: int, signed: bool) -> CodeRange:
    low = -(2 ** (bits - 1)) if signed else 0
    return CodeRange(low, low + 2**bits - 1, affine=True)
