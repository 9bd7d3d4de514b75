"""DSM, the dynamic segment multiplier: both operands cut to m bits from their leading one, then multiplied exactly.

Paper: Narayanamoorthy, Moghaddam, Liu, Park, Kim, "Energy-Efficient Approximate Multiplication for Digital Signal Processing
and Classification Applications", IEEE Transactions on VLSI Systems, 2015, which compares its static segments with it.

What follows the m bits becomes zero, so the product never exceeds a*b; DRUM is the same with the lowest kept bit set, which
takes the bias away. Valid for m = 2 ... width; m = width is exact. Signed operands go by sign and magnitude.

Example, m = 4: 200 = 11001000b -> 1100b << 4 = 192, 100 = 1100100b -> 1100b << 3 = 96; 192 * 96 = 18432.
"""

import numpy as np

from ._family import Family, Parameter, Published
from ._leading_one import leading_one
from ._registry import register

_PAPER = "Narayanamoorthy et al., IEEE TVLSI 2015, 16 bit"


def dsm(a: np.ndarray, b: np.ndarray, *, width: int, m: int) -> np.ndarray:
    """DSM product of unsigned operands."""
    return _segment(a, m) * _segment(b, m)


def _segment(value: np.ndarray, m: int) -> np.ndarray:
    shift = np.maximum(leading_one(value) - m + 1, 0)
    return (value >> shift) << shift


register(
    Family(
        name="dsm",
        summary="dynamic segments, m bits from the leading one, cut off",
        source=_PAPER,
        function=dsm,
        parameters=(Parameter("m", "bits kept from the leading one", lambda width: range(2, width + 1), rtl="M"),),
        helpers=("dynamic_segment", "leading_one"),
        defaults=({"m": 3}, {"m": 4}),
        default_signs=("", "us"),
        published=(
            Published(
                "mre_all",
                0.022,
                0.001,
                _PAPER,
                width=16,
                parameters={"m": 6},
                note="printed as an accuracy of 97.8%, of the paper's operands; ours is 97.87%",
            ),
        ),
    )
)
