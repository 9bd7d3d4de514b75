"""Mitchell's logarithmic multiplier: logarithms taken as straight lines between powers of two, added, and taken back.

Paper: Mitchell, "Computer Multiplication and Division Using Binary Logarithms", IRE Transactions on Electronic Computers, 1962.

With k = floor(log2 A), x = A / 2**k - 1 and s = x1 + x2, the product is 2**(k1+k2) * (1 + s) if s < 1, else
2**(k1+k2+1) * s; it is 0 if an operand is 0. It never exceeds a*b and falls short by at most 1/9. The hardware's antilogarithm
shifts right and floors, but as s has at most max(k1, k2) fraction bits, what is cut off is always zero.
Valid for every width. Signed operands go by sign and magnitude.

Example: 200 = 2**7 * (1 + .5625), 100 = 2**6 * (1 + .5625); s = 1.125, so the product is 2**14 * 1.125 = 18432.
"""

import numpy as np

from ._family import Family, Published
from ._leading_one import leading_one
from ._registry import register

_PAPER = "Mitchell, IRE Transactions on Electronic Computers 1962"
_LITERATURE = "comparisons of 8-bit logarithmic multipliers in the literature"
_MODEL = "independent exhaustive model"


def mitchell(a: np.ndarray, b: np.ndarray, *, width: int) -> np.ndarray:
    """Mitchell's product of unsigned operands, in integers: `power` is 2**(k1+k2), and `rest` is s times that."""
    power_a, power_b = np.left_shift(1, leading_one(a)), np.left_shift(1, leading_one(b))
    power = power_a * power_b
    rest = (a - power_a) * power_b + (b - power_b) * power_a
    return np.where((a == 0) | (b == 0), 0, np.where(rest < power, power + rest, 2 * rest))


register(
    Family(
        name="mitchell",
        summary="Mitchell's logarithmic multiplier",
        source=_PAPER,
        function=mitchell,
        helpers=("binary_logarithm", "leading_one"),
        published=(
            Published("wcre", 0.111, 0.0005, _PAPER),
            Published("mre_all", 0.0376, 0.00005, _LITERATURE),
            Published("nmed", 0.0093, 0.00005, _LITERATURE),
            Published("wce", 4096, 0, _MODEL),
            Published("bias", -606.4, 0.05, _MODEL),
        ),
    )
)
