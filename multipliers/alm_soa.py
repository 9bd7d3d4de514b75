"""ALM-SOA, Mitchell's multiplier whose logarithms are added by a set-one adder: the sum's w low bits are ones.

Paper: Liu, Xu, Wang, Wang, Montuschi, Lombardi, "Design and Evaluation of Approximate Logarithmic Multipliers for Low Power
Error-Tolerant Applications", IEEE Transactions on Circuits and Systems I, 2018.

Fractions have width - 1 bits. The adder sets the sum's w low bits and adds the rest exactly, with the carry
x1[w-1] AND x2[w-1] into it; the product is the antilogarithm, rounded down, and 0 if an operand is 0. The ones make up for
Mitchell's underestimation up to about w = width/2; from there on they overestimate. Valid for w = 1 ... width - 1.
Signed operands go by sign and magnitude. The figures below are those of an independent model of this definition, since the
paper's are of 16 bits and not comparable.

Example, w = 4: x1 = x2 = 1001000b; the upper parts 100b + 100b + carry 1 are 1001b, above four ones, 10011111b, so that
200 * 100 is 2**14 * (1 + 31/128) = 20352.
"""

import numpy as np

from ._family import Family, Parameter, Published
from ._leading_one import fraction, leading_one, shifted
from ._registry import register

_PAPER = "Liu et al., IEEE TCAS-I 2018"
_MODEL = "independent exhaustive model"
_NMED = {3: 0.00783, 4: 0.00859, 5: 0.01322}


def alm_soa(a: np.ndarray, b: np.ndarray, *, width: int, w: int) -> np.ndarray:
    """ALM-SOA product of unsigned operands."""
    bits = width - 1
    a_fraction, b_fraction = fraction(a, bits), fraction(b, bits)
    carry = (a_fraction & b_fraction) >> (w - 1) & 1
    total = (((a_fraction >> w) + (b_fraction >> w) + carry) << w) | ((1 << w) - 1)
    one = 1 << bits
    mantissa = np.where(total < one, one + total, 2 * total)
    product = shifted(mantissa, leading_one(a) + leading_one(b) - bits)
    return np.where((a == 0) | (b == 0), 0, product)


register(
    Family(
        name="alm_soa",
        summary="Mitchell's multiplier with a set-one adder of w bits",
        source=_PAPER,
        function=alm_soa,
        parameters=(Parameter("w", "low bits of the fractions' sum set to one", lambda width: range(1, width), rtl="W"),),
        helpers=("antilogarithm", "binary_logarithm", "leading_one"),
        defaults=({"w": 3}, {"w": 5}),
        default_signs=("", "us"),
        published=tuple(Published("nmed", nmed, 0.000005, _MODEL, parameters={"w": w}) for w, nmed in _NMED.items()),
    )
)
