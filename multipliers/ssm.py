"""SSM, the static segment multiplier: of each operand only the m top bits or the m low bits are multiplied.

Paper: Narayanamoorthy, Moghaddam, Liu, Park, Kim, "Energy-Efficient Approximate Multiplication for Digital Signal Processing
and Classification Applications", IEEE Transactions on VLSI Systems, 2015.

An operand of 2**m or more loses its width - m low bits; others are kept. The product never exceeds a*b, and is exact if both
operands are below 2**m. Valid for m = width/2, rounded up, ... width: with less, bits between the two segments would be lost.
Signed operands go by sign and magnitude.

Example, m = 5: 200 = 11001000b -> 11001b << 3 = 200, 100 = 1100100b -> 01100b << 3 = 96; 200 * 96 = 19200.
"""

import numpy as np

from ._family import Family, Parameter, Published
from ._registry import register

_PAPER = "Narayanamoorthy et al., IEEE TVLSI 2015, 16 bit"


def ssm(a: np.ndarray, b: np.ndarray, *, width: int, m: int) -> np.ndarray:
    """SSM product of unsigned operands."""
    return _segment(a, width, m) * _segment(b, width, m)


def _segment(value: np.ndarray, width: int, m: int) -> np.ndarray:
    shift = np.where(value >> m != 0, width - m, 0)
    return (value >> shift) << shift


register(
    Family(
        name="ssm",
        summary="static segments, the m top or the m low bits of each operand",
        source=_PAPER,
        function=ssm,
        parameters=(Parameter("m", "bits of a segment", lambda width: range((width + 1) // 2, width + 1), rtl="M"),),
        helpers=("static_segment",),
        defaults=({"m": 4}, {"m": 5}),
        default_signs=("", "us"),
        published=(
            Published(
                "mre_all",
                0.020,
                0.001,
                _PAPER,
                width=16,
                parameters={"m": 8},
                note="printed as an accuracy of 98.0%, of the paper's operands; ours is 97.9%",
            ),
            Published("mre_all", 0.004, 0.0002, _PAPER, width=16, parameters={"m": 10}, note="printed as an accuracy of 99.6%"),
        ),
    )
)
