"""RoBA, the rounding-based approximate multiplier: operands rounded to powers of two, so that shifts replace the product.

Paper: Zendegani, Kamal, Bahadori, Afzali-Kusha, Pedram, "RoBA Multiplier: A Rounding-Based Approximate Multiplier for
High-Speed yet Energy-Efficient Digital Signal Processing", IEEE Transactions on VLSI Systems, 2017.

With Ar the power of two nearest to A (ties go up, but 3 goes to 2; 0 stays 0), the product is Ar * B + Br * A - Ar * Br, which
is a*b - (Ar - A) * (Br - B). It may lie on either side of a*b. Valid for every width; Ar may be 2**width. Signed operands go by
sign and magnitude, as in the paper's S-RoBA; its AS-RoBA, which takes the one's complement instead, is another design.

Example: 200 -> 256, 100 -> 128; 256 * 100 + 128 * 200 - 256 * 128 = 18432.
"""

import numpy as np

from ._family import Family, Published
from ._leading_one import leading_one
from ._registry import register

_PAPER = "Zendegani et al., IEEE TVLSI 2017"
_MODEL = "independent exhaustive model"


def roba(a: np.ndarray, b: np.ndarray, *, width: int) -> np.ndarray:
    """RoBA product of unsigned operands."""
    a_rounded, b_rounded = _nearest_power(a), _nearest_power(b)
    return a_rounded * b + b_rounded * a - a_rounded * b_rounded


def _nearest_power(value: np.ndarray) -> np.ndarray:
    """Up if the bit behind the leading one is set, which is from 1.5 times the power on; not from 3."""
    power = np.left_shift(1, leading_one(value))
    up = (value & (power >> 1) & ~1) != 0
    return np.where(value == 0, 0, power << up)


register(
    Family(
        name="roba",
        summary="rounding-based multiplier, operands to the nearest powers of two",
        source=_PAPER,
        function=roba,
        helpers=("leading_one", "nearest_power", "shift_by_onehot"),
        default_signs=("", "us"),
        published=(
            Published("wcre", 0.111, 0.0005, _PAPER),
            Published("nmed", 0.00700, 0.000005, _MODEL),
            Published("mre", 0.02862, 0.000005, _MODEL),
            Published("wce", 4096, 0, _MODEL),
            Published("bias", -0.24, 0.005, _MODEL),
        ),
    )
)
