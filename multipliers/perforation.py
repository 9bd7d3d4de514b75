"""Partial product perforation: k successive rows of the array, from row j on, are left out.

Paper: Zervakis, Tsoumanis, Xydis, Soudris, Pekmestzi, "Design-Efficient Approximate Multiplication Circuits Through Partial
Product Perforation", IEEE Transactions on VLSI Systems, 2016.

The product is A * B' with bits j ... j+k-1 of B zeroed, so it never exceeds a*b, and the operands are not interchangeable;
NMED = 2**j * (2**k - 1) / (4 * (2**n - 1)). Valid for j = 0 ... width - 1 and k = 1 ... width - 1; rows beyond the top one do
not exist and cannot be left out. Signed operands go by sign and magnitude.

Example, j = 1, k = 2: 100 = 1100100b -> 1100000b = 96; 200 * 96 = 19200.
"""

import numpy as np

from ._family import Family, Parameter, Published
from ._registry import register

_PAPER = "Zervakis et al., IEEE TVLSI 2016, 16 bit"


def perforation(a: np.ndarray, b: np.ndarray, *, width: int, j: int, k: int) -> np.ndarray:
    """a times b without k of its bits."""
    return a * (b & ~(((1 << k) - 1) << j))


register(
    Family(
        name="perforation",
        summary="array multiplier without k rows from row j on",
        source=_PAPER,
        function=perforation,
        parameters=(
            Parameter("j", "first row dropped", lambda width: range(width), rtl="J"),
            Parameter("k", "number of rows dropped", lambda width: range(1, width), rtl="K"),
        ),
        defaults=({"j": 0, "k": 3}, {"j": 1, "k": 4}),
        default_signs=("", "us"),
        published=(
            Published("nmed", 0.00195, 0.000005, _PAPER, width=16, parameters={"j": 1, "k": 8}),
            Published(
                "mre_all",
                0.0261,
                0.0002,
                _PAPER,
                width=16,
                parameters={"j": 1, "k": 8},
                note="the paper's random sample; the sum over all pairs is 0.02599",
            ),
        ),
    )
)
