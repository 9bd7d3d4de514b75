"""Sums to codes in gemmlowp's fixed-point arithmetic, as rtl/array/requantize.v does it.

The formulas are those of gemmlowp's fixedpoint.h and output_stages.h, written out: the judge of the hardware's shorter ones.
All functions take int64 arrays that hold int32 values, broadcast, and return int64.
"""

from __future__ import annotations

import numpy as np

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1


def saturating_rounding_doubling_high_mul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """`(a * b + nudge) / 2**31` toward zero, nudge = 2**30 or 1 - 2**30 below zero; INT32_MAX for INT32_MIN * INT32_MIN."""
    product = np.asarray(a, dtype=np.int64) * np.asarray(b, dtype=np.int64)
    nudged = product + np.where(product >= 0, 1 << 30, 1 - (1 << 30))
    quotient = np.where(nudged >= 0, nudged >> 31, -(-nudged >> 31))
    return np.minimum(quotient, INT32_MAX)


def rounding_divide_by_pot(x: np.ndarray, exponent: np.ndarray) -> np.ndarray:
    """`x / 2**exponent` to nearest, halves away from zero; exponent 0 to 31."""
    x, exponent = np.asarray(x, dtype=np.int64), np.asarray(exponent, dtype=np.int64)
    mask = (np.int64(1) << exponent) - 1
    threshold = (mask >> 1) + (x < 0)
    return (x >> exponent) + ((x & mask) > threshold)


def requantize(
    sums: np.ndarray,
    offset: np.ndarray,
    multiplier: np.ndarray,
    shift: np.ndarray,
    zero: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    *,
    single_rounding: bool = False,
) -> np.ndarray:
    """Codes `clamp(zero + round((sums + offset) * multiplier / 2**31 / 2**shift), low, high)`.

    The offset's addition wraps around to 32 bits. Rounded twice, by the two functions above, or with `single_rounding` once,
    halves up, modulo 2**32.

    >>> int(requantize(1000, -24, 3 << 29, 3, 10, 0, 255))
    102
    """
    moved = _wrapped(np.asarray(sums, dtype=np.int64) + offset)
    if single_rounding:
        total = np.asarray(shift, dtype=np.int64) + 31
        scaled = _wrapped((moved * np.asarray(multiplier, dtype=np.int64) + (np.int64(1) << (total - 1))) >> total)
    else:
        scaled = rounding_divide_by_pot(saturating_rounding_doubling_high_mul(moved, multiplier), shift)
    return np.clip(scaled + zero, low, high)


def _wrapped(values: np.ndarray) -> np.ndarray:
    return ((values - INT32_MIN) & 0xFFFF_FFFF) + INT32_MIN
