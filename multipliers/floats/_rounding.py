"""Rounding: an integer times a power of two becomes the code of a format."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._leading_one import leading_one, shifted

if TYPE_CHECKING:
    from ._format import FloatFormat


def rounded(
    format: FloatFormat, significand: np.ndarray, exponent: np.ndarray, *, nearest: bool = True, subnormals: bool = True
) -> np.ndarray:
    """The code, without sign, of significand * 2**exponent; int64 arrays, with 0 <= significand <= 2**53.

    `nearest`: to nearest, ties to even, where overflow is infinity; else toward zero, where overflow is the largest number, as
    it is in a finite format. Without `subnormals`, what is below the smallest normal number after rounding is zero.

    Codes are in the order of their numbers, so that a mantissa that rounds up to 2 carries into the exponent.
    """
    mantissa = format.mantissa
    place = leading_one(significand) + exponent + format.bias
    if subnormals:
        place = np.maximum(place, 1)
    drop = np.minimum(place - format.bias - mantissa - exponent, 62)
    kept = shifted(significand, -drop)
    if nearest:
        unit = np.left_shift(1, np.maximum(drop, 0))
        rest = 2 * (significand & (unit - 1))
        kept = kept + ((rest > unit) | ((rest == unit) & (kept % 2 == 1)))
    code = ((place - 1) << mantissa) + kept
    code = np.where(code > format.largest, format.infinity if nearest and not format.finite else format.largest, code)
    if not subnormals:
        code = np.where(code < 1 << mantissa, 0, code)
    return np.where(significand == 0, 0, code)
