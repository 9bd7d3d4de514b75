"""Truncated operands: the t low bits of both operands are zeroed before an exact multiplication.

The plainest of all approximations, and the usual baseline of others. The product is (A - A mod 2**t) * (B - B mod 2**t) and
never exceeds a*b; where an operand is below 2**t it is 0. Valid for t = 0 (exact) ... width - 1. Signed operands go by sign
and magnitude. Narayanamoorthy et al. (IEEE TVLSI 2015) measure it beside their segment multipliers.

Example, t = 4: 200 = 11001000b -> 192, 100 = 1100100b -> 96; 192 * 96 = 18432.
"""

import numpy as np

from ._family import Family, Parameter, Published
from ._registry import register

_PAPER = "Narayanamoorthy et al., IEEE TVLSI 2015, 16 bit"


def truncated_operands(a: np.ndarray, b: np.ndarray, *, width: int, t: int) -> np.ndarray:
    """Product of the operands without their low bits."""
    return ((a >> t) << t) * ((b >> t) << t)


register(
    Family(
        name="truncated_operands",
        summary="both operands without their t low bits",
        source="definition",
        function=truncated_operands,
        parameters=(Parameter("t", "low bits of each operand dropped", lambda width: range(width), rtl="T"),),
        defaults=({"t": 2}, {"t": 4}),
        default_signs=("", "us"),
        published=(
            Published("mre_all", 0.029, 0.0005, _PAPER, width=16, parameters={"t": 8}, note="printed as an accuracy of 97.1%"),
        ),
    )
)
