"""Position of the leading one, which logarithmic and dynamic-segment multipliers start from."""

import numpy as np


def leading_one(value: np.ndarray) -> np.ndarray:
    """floor(log2(value)) for value >= 1, and 0 for value 0; int64, exact for values below 2**53."""
    return np.frexp(np.maximum(value, 1).astype(np.float64))[1].astype(np.int64) - 1
