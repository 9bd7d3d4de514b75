"""Which codes stand for a value: those that its reader's quantiser calibrated, or such as its own range asks for."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pysim._approximate import ApproximateProduct
from pysim._observers import MinMax
from pysim._quantization import CodeRange
from pysim._quantizer import ActivationQuantizer, settings

from ..activations import FRACTION
from ..program import Value

WIDE = (1 << 15) - 1
"""Largest code of 16-bit values: gates, hidden states, and what leaves the network."""

_HEADROOM = 2.0
"""How far 16-bit outputs reach beyond the range of the calibration data."""


@dataclass(frozen=True)
class Quantity:
    """Scale, zero point and range of codes: a `Value` without name and shape."""

    scale: float
    zero_point: int
    low: int
    high: int

    def value(self, name: str, shape: tuple[int, ...]) -> Value:
        """The value of that name and shape."""
        return Value(name, shape, self.scale, self.zero_point, self.low, self.high)

    def clamp(self, low: float, high: float) -> tuple[int, int]:
        """The codes of real bounds, infinite ones included, within the range of codes."""
        lowest = self.low if low == -math.inf else min(max(self.low, self._code(low)), self.high)
        highest = self.high if high == math.inf else max(min(self.high, self._code(high)), self.low)
        return lowest, highest

    def _code(self, real: float) -> int:
        return self.zero_point + round(real / self.scale)


def of_value(value: Value) -> Quantity:
    """A value's codes."""
    return Quantity(value.scale, value.zero_point, value.low, value.high)


def of_input(product: ApproximateProduct) -> Quantity:
    """The codes that a product reads; raises UncalibratedError naming it."""
    quantizer = product.quantizer
    scale, zero_point, low, high = settings(quantizer.scale, quantizer.zero_point, quantizer.codes, product.name)
    return Quantity(scale, zero_point, low, high)


def of_range(seen: MinMax, codes: CodeRange) -> Quantity:
    """Codes for the range of values seen, chosen as activations' are."""
    quantizer = ActivationQuantizer(codes)
    quantizer.calibrate(*seen.range())
    return Quantity(quantizer.scale.item(), int(quantizer.zero_point), codes.low, codes.high)


def wide(seen: MinMax) -> Quantity:
    """16-bit codes, symmetric about zero, for values up to twice as large as those seen."""
    largest = max(-seen.low, seen.high) or 1.0
    return Quantity(_HEADROOM * largest / WIDE, 0, -WIDE, WIDE)


def gates(fraction: int) -> Quantity:
    """16-bit codes with so many bits behind the point."""
    return Quantity(2.0**-fraction, 0, -WIDE - 1, WIDE)


HIDDEN = Quantity(2.0**-FRACTION, 0, -WIDE - 1, WIDE)
"""Codes of hidden states, Q0.15."""
