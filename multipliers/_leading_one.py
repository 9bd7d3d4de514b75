"""The leading one, which logarithmic and dynamic-segment multipliers start from, and the bits that follow it."""

import numpy as np


def leading_one(value: np.ndarray) -> np.ndarray:
    """floor(log2(value)) for value >= 1, and 0 for value 0; int64, exact for values below 2**53."""
    return np.frexp(np.maximum(value, 1).astype(np.float64))[1].astype(np.int64) - 1


def fraction(value: np.ndarray, bits: int) -> np.ndarray:
    """The `bits` bits that follow the leading one, zeros where the value has fewer; what it has more is cut off."""
    leading = leading_one(value)
    return shifted(value - np.left_shift(1, leading), bits - leading)


def shifted(value: np.ndarray, by: np.ndarray) -> np.ndarray:
    """`value` shifted left by `by` places, or right where that is negative; what leaves on the right is cut off."""
    return np.where(by >= 0, value << np.maximum(by, 0), value >> np.maximum(-by, 0))
