"""RAD-2^k, hybrid high-radix encoding: the low k bits of one operand are a signed digit that is rounded to a power of two.

Paper: Leon, Zervakis, Soudris, Pekmestzi, "Approximate Hybrid High Radix Encoding for Energy-Efficient Inexact Multipliers",
IEEE Transactions on VLSI Systems, 2018.

B = B' * 2**k + y with y in -2**(k-1) ... 2**(k-1) - 1; B' is exact, in radix-4 Booth digits, and y becomes the nearest of 0 and
+-2**(k-4) ... +-2**(k-1), halves away from 0: for k = 8 (RAD256) the thresholds are 8, 24, 48 and 96. The product
A * (B' * 2**k + y') is exact. The paper's operands are signed and its k even; unsigned operands are taken with a zero before
them. Valid for widths 4 to 16 and k = 4 ... width.

Example, k = 6: -55 = -1 * 64 + 9, and 9 becomes 8 (of 4, 8, 16, 32); 100 * -55 -> 100 * -56 = -5600.
"""

import numpy as np

from ._family import WIDTHS, Family, Parameter, Published
from ._registry import register

_PAPER = "Leon et al., IEEE TVLSI 2018, 16 bit"


def rad(a: np.ndarray, b: np.ndarray, *, width: int, k: int) -> np.ndarray:
    """RAD product of operands of any sign."""
    half = 1 << (k - 1)
    digit = ((b + half) & (2 * half - 1)) - half
    return a * (b - digit + np.sign(digit) * _rounded(np.abs(digit), 1 << (k - 4)))


def _rounded(size: np.ndarray, unit: int) -> np.ndarray:
    """The nearest of 0 and 1, 2, 4, 8 units."""
    rounded = np.zeros_like(size)
    for low, high in ((0, unit), (unit, 2 * unit), (2 * unit, 4 * unit), (4 * unit, 8 * unit)):
        rounded = np.where(2 * size >= low + high, high, rounded)
    return rounded


register(
    Family(
        name="rad",
        summary="hybrid high-radix encoding, k low bits of b to a signed power of two",
        source=_PAPER,
        function=rad,
        widths=tuple(WIDTHS)[2:],
        parameters=(Parameter("k", "bits of the high-radix digit", lambda width: range(4, width + 1), rtl="K"),),
        native_signs=True,
        helpers=("high_radix_digit",),
        defaults=({"k": 4}, {"k": 6}),
        default_signs=("s", "us"),
        published=(Published("mre_all", 0.0028, 0.00005, _PAPER, width=16, signed=True, parameters={"k": 8}),),
    )
)
