"""TOSAM(h, t), the truncation- and rounding-based scalable multiplier: short fractions, added long and multiplied short.

Paper: Vahdat, Kamal, Afzali-Kusha, Pedram, "TOSAM: An Energy-Efficient Truncation- and Rounding-Based Scalable Approximate
Multiplier", IEEE Transactions on VLSI Systems, 2019.

With k = floor(log2 A) and x = A / 2**k - 1, Y is x cut to t fraction bits and Z is x cut to h fraction bits, which a one
follows. The product is 2**(k1+k2) * (1 + Y1 + Y2 + Z1 * Z2), rounded down, and 0 if an operand is 0. Valid for
h = 0 ... width - 2 and t = 1 ... width - 1; the paper has t > h. Signed operands go by sign and magnitude.

Example, h = 1, t = 3: 200 = 2**7 * 1.1001b, 100 = 2**6 * 1.1001b; Y = .100b, Z = .11b; 2**13 * (1 + 1/2 + 1/2 + 9/16) = 20992.
"""

import numpy as np

from ._family import Family, Parameter, Published
from ._leading_one import fraction, leading_one, shifted
from ._registry import register

_PAPER = "Vahdat et al., IEEE TVLSI 2019, 16 bit"
_MRED = {(0, 2): 10.90, (0, 3): 7.60, (1, 5): 3.95, (2, 6): 2.06, (3, 7): 1.05, (4, 8): 0.527, (5, 9): 0.264}


def tosam(a: np.ndarray, b: np.ndarray, *, width: int, h: int, t: int) -> np.ndarray:
    """TOSAM product of unsigned operands; mantissas have `bits` fraction bits."""
    bits = max(t, 2 * h + 2)
    added = fraction(a, t) + fraction(b, t)
    multiplied = (2 * fraction(a, h) + 1) * (2 * fraction(b, h) + 1)
    mantissa = (1 << bits) + (added << (bits - t)) + (multiplied << (bits - 2 * h - 2))
    product = shifted(mantissa, leading_one(a) + leading_one(b) - bits)
    return np.where((a == 0) | (b == 0), 0, product)


register(
    Family(
        name="tosam",
        summary="scalable multiplier of fractions of t bits in sums and h in products",
        source=_PAPER,
        function=tosam,
        parameters=(
            Parameter("h", "fraction bits multiplied", lambda width: range(width - 1), rtl="H"),
            Parameter("t", "fraction bits added", lambda width: range(1, width), rtl="T"),
        ),
        helpers=("antilogarithm", "binary_logarithm", "leading_one"),
        defaults=({"h": 1, "t": 3}, {"h": 2, "t": 5}),
        default_signs=("", "us"),
        published=tuple(
            Published(
                "mre_all",
                value / 100,
                0.0001 if value > 1 else 0.00001,
                _PAPER,
                width=16,
                parameters={"h": h, "t": t},
                note="the paper's random sample",
            )
            for (h, t), value in _MRED.items()
        ),
    )
)
