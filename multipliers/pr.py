"""PR(k, m), perforation and rounding: k low Booth digits of one operand dropped, the other rounded at bit m.

Paper: Leon, Asimakopoulos, Xydis, Soudris, Pekmestzi, "Cooperative Arithmetic-Aware Approximation Techniques for
Energy-Efficient Multipliers", DAC 2019.

Dropping the k lowest radix-4 Booth digits of B leaves B rounded to the nearest multiple of 4**k, halves up; A is rounded
likewise to a multiple of 2**m; the product of both is exact. The paper's operands are signed. Unsigned ones, which the Booth
recoding takes with a zero before them, may round up to 2**width; so may products outside signed by signed operands need one
bit more. Valid for widths 4 to 16, k = 0 ... (width-1)/2, rounded down, and m = 0 ... width - 1.

Example, k = 1, m = 2: 100 -> 100 (25 * 4), -55 -> -56 (-14 * 4); product of 100 and -55: -5600.
"""

import numpy as np

from ._bits import Operand
from ._family import WIDTHS, Family, Parameter, Published
from ._registry import register

_PAPER = "Leon et al., DAC 2019, 16 bit"


def pr(a: np.ndarray, b: np.ndarray, *, width: int, k: int, m: int) -> np.ndarray:
    """Product of the rounded operands, of any sign."""
    return _rounded(a, m) * _rounded(b, 2 * k)


def _rounded(value: np.ndarray, bit: int) -> np.ndarray:
    return ((value + ((1 << bit) >> 1)) >> bit) << bit


def _product(width: int, a_signed: bool, b_signed: bool) -> Operand:
    return Operand(2 * width + (0 if a_signed and b_signed else 1), a_signed or b_signed)


register(
    Family(
        name="pr",
        summary="Booth multiplier without k low digits of b, and a rounded at bit m",
        source=_PAPER,
        function=pr,
        widths=tuple(WIDTHS)[2:],
        parameters=(
            Parameter("k", "low Booth digits of b dropped", lambda width: range((width + 1) // 2), rtl="K"),
            Parameter("m", "bit at which a is rounded", lambda width: range(width), rtl="M"),
        ),
        native_signs=True,
        product=_product,
        defaults=({"k": 1, "m": 2}, {"k": 2, "m": 3}),
        default_signs=("s", "us"),
        published=(Published("mre_all", 0.0023, 0.00005, _PAPER, width=16, signed=True, parameters={"k": 2, "m": 4}),),
    )
)
