"""Signed operands on an unsigned multiplier: multiply magnitudes, then apply the product's sign.

The hardware form is `rtl/common/magnitude.v` before and `rtl/common/apply_sign.v` behind the unsigned core. Magnitudes keep
the operand's own width, since that of the most negative integer, 2**(width-1), still fits it as an unsigned number.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from ._bits import Operand
from ._multiplier import Factors

Function = Callable[[np.ndarray, np.ndarray], np.ndarray]


def by_magnitude(unsigned: Function) -> Function:
    """The signed function `sign(a) * sign(b) * unsigned(|a|, |b|)`.

    An operand whose port is unsigned is never negative and passes through unchanged. Zero counts as positive, so a core with
    f(0, x) != 0 gives `sign(x) * f(0, |x|)`. It can be pickled if `unsigned` can.
    """
    return partial(_signed, unsigned)


def _signed(unsigned: Function, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    magnitude = unsigned(np.abs(a), np.abs(b))
    return np.where((a < 0) != (b < 0), -magnitude, magnitude)


def factors_by_magnitude(unsigned: Factors) -> Factors:
    """The closed form of `by_magnitude(f)`, from that of f: each side's factors of magnitudes take its operand's sign."""
    return partial(_signed_factors, unsigned)


def _signed_factors(unsigned: Factors, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    left, right = unsigned(np.abs(a), np.abs(b))
    return np.where(a < 0, -left, left), np.where(b < 0, -right, right)


def product_port(a: Operand, b: Operand, core: int) -> Operand:
    """The port that holds every such product: one bit wider than the operands together if just one is signed.

    With one signed operand the magnitudes reach (2**wa - 1) * 2**(wb-1), and a core that overestimates them overflows
    wa + wb bits (DRUM: 255 * -128 -> -34560). With two, 2**(wa+wb-2) leaves a factor of two for overestimation.
    It is never narrower than the unsigned core's product port, which has `core` bits.
    """
    extra = 1 if a.signed != b.signed else 0
    return Operand(max(a.width + b.width + extra, core), a.signed or b.signed)
