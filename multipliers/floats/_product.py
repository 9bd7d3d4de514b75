"""The golden model: signs XORed, significands multiplied by an integer multiplier, exponents added, and the result rounded.

The multiplier always sees significands with their highest bit set, as subnormal operands are normalised first; what it returns
is rounded as it is, however far it is from the exact product.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .._leading_one import leading_one
from ._format import FloatFormat
from ._rounding import rounded


def product(
    a: np.ndarray,
    b: np.ndarray,
    *,
    format: FloatFormat,
    core: Callable[[np.ndarray, np.ndarray], np.ndarray],
    nearest: bool,
    subnormals: bool,
) -> np.ndarray:
    """Bit patterns of products, int64, of bit patterns a and b of equal shape.

    `core` multiplies significands, integers of mantissa + 1 bits with the highest set; a product below zero counts as zero.
    NaN times anything and infinity times zero are the positive quiet NaN.
    """
    a_zero, a_significand, a_exponent = _unpacked(a, format, subnormals)
    b_zero, b_significand, b_exponent = _unpacked(b, format, subnormals)
    exponent = a_exponent + b_exponent - 2 * (format.bias + format.mantissa)
    significand = np.maximum(core(a_significand, b_significand), 0)
    code = rounded(format, significand, exponent, nearest=nearest, subnormals=subnormals)
    a_magnitude, b_magnitude = a & (format.sign - 1), b & (format.sign - 1)
    zero = a_zero | b_zero
    infinite = (a_magnitude == format.infinity) | (b_magnitude == format.infinity)
    nan = _is_nan(a_magnitude, format) | _is_nan(b_magnitude, format) | (infinite & zero)
    code = np.where(infinite, format.infinity, np.where(zero, 0, code))
    return np.where(nan, format.nan, code | ((a ^ b) & format.sign))


def _is_nan(magnitude: np.ndarray, format: FloatFormat) -> np.ndarray:
    return (magnitude > format.largest) & (magnitude != format.infinity)


def _unpacked(bits: np.ndarray, format: FloatFormat, subnormals: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which are zero; significands with the hidden bit, that of a zero being 1; and exponent fields, below 1 if subnormal."""
    hidden = 1 << format.mantissa
    field, mantissa = (bits & (format.sign - 1)) >> format.mantissa, bits & (hidden - 1)
    if not subnormals:
        return field == 0, mantissa | hidden, field
    places = np.where(field == 0, format.mantissa - leading_one(mantissa), 0)
    significand = np.where(field == 0, np.maximum(mantissa, 1) << places, mantissa | hidden)
    return (field == 0) & (mantissa == 0), significand, np.where(field == 0, 1 - places, field)
