"""DR-ALM, the dynamic range approximate logarithmic multiplier: Mitchell's on t bits from the leading one.

Paper: Yin, Waris, Wang, Cui, Liu, Lombardi, "Design and Analysis of Energy-Efficient Dynamic Range Approximate Logarithmic
Multipliers for Machine Learning", IEEE Transactions on Sustainable Computing, 2021.

With k = floor(log2 A), the operand's t bits from the leading one on (zeros follow a shorter operand), the lowest of them
forced to one, are the mantissa 1 + x. The product is the antilogarithm, rounded down, of k1 + k2 + x1 + x2 + 2**(1-t): the sum
gets one unit of the last place to make up for Mitchell's underestimation. It is 0 if an operand is 0.
Valid for t = 2 ... width. Signed operands take the one's complement in place of the magnitude and of the negation, as in the
paper: 0 times a negative number is -1, and so is -1 times a number that is not.

Example, t = 5: 200 = 11001000b -> 1.1001b, 100 = 1100100b -> 1.1001b; 7 + 6 + (9 + 9 + 1) / 16 =
14 + 3/16; 2**14 * 19/16 = 19456.
"""

import numpy as np

from ._family import Family, Parameter, Published
from ._leading_one import fraction, leading_one, shifted
from ._registry import register

_PAPER = "Yin et al., IEEE TSUSC 2021"


def dr_alm(a: np.ndarray, b: np.ndarray, *, width: int, t: int) -> np.ndarray:
    """DR-ALM product of operands of any sign."""
    product = _unsigned(np.where(a < 0, ~a, a), np.where(b < 0, ~b, b), t - 1)
    return np.where((a < 0) != (b < 0), ~product, product)


def _unsigned(a: np.ndarray, b: np.ndarray, bits: int) -> np.ndarray:
    total = (fraction(a, bits) | 1) + (fraction(b, bits) | 1) + 1
    one = 1 << bits
    mantissa = np.where(total < one, one + total, 2 * total)
    product = shifted(mantissa, leading_one(a) + leading_one(b) - bits)
    return np.where((a == 0) | (b == 0), 0, product)


register(
    Family(
        name="dr_alm",
        summary="logarithmic multiplier of t bits from the leading one",
        source=_PAPER,
        function=dr_alm,
        parameters=(Parameter("t", "bits kept from the leading one", lambda width: range(2, width + 1), rtl="T"),),
        native_signs=True,
        helpers=("antilogarithm", "binary_logarithm", "leading_one"),
        defaults=({"t": 5}, {"t": 6}),
        default_signs=("", "s", "us"),
        published=(
            Published("nmed", 0.0096, 0.00005, _PAPER, parameters={"t": 5}),
            Published("nmed", 0.0070, 0.00005, _PAPER, parameters={"t": 6}),
            Published("mre_all", 0.0291, 0.00005, _PAPER, parameters={"t": 6}),
            Published(
                "nmed",
                0.0096,
                0.0001,
                _PAPER,
                signed=True,
                parameters={"t": 5},
                note="printed as 0.0048: the paper divides by 2**15, twice the largest signed product",
            ),
        ),
    )
)
