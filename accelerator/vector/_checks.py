"""Whether data and settings fit the vector unit's ports."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..fixed_point import DEEPEST_RESCALE, RESCALE_BITS
from ._errors import VectorError


def integers(what: str, values: object, bits: int) -> np.ndarray:
    """int64 of integers that fit `bits` bits of two's complement."""
    array = np.asarray(values)
    if array.dtype == object or not np.array_equal(array, rounded := array.astype(np.int64)):
        raise VectorError(f"{what} must be an array of integers, not {type(values).__name__} of {array.dtype}")
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    for extreme in (rounded.min(), rounded.max()) if rounded.size else ():
        check_range(f"{what}'s element", int(extreme), low, high)
    return rounded


def check_settings(multipliers: Sequence[int], shift: int, zero_point: int, low: int, high: int) -> None:
    """The settings of a rescaling to codes of at most 16 bits."""
    for multiplier in multipliers:
        check_range("multiplier", multiplier, 0, (1 << RESCALE_BITS) - 1)
    check_range("shift", shift, 0, DEEPEST_RESCALE)
    check_range("zero_point", zero_point, -(1 << 16), (1 << 16) - 1)
    bounds = (0, (1 << 16) - 1) if low >= 0 else (-(1 << 15), (1 << 15) - 1)
    if not bounds[0] <= low <= high <= bounds[1]:
        raise VectorError(f"codes {low} ... {high} are not allowed; use low <= high in 0 ... 65535 or in -32768 ... 32767")


def check_range(what: str, value: int, low: int, high: int) -> None:
    """Raises VectorError for a value outside."""
    if isinstance(value, bool) or not low <= value <= high:
        raise VectorError(f"{what} = {value} is not allowed; use {low} to {high}")
