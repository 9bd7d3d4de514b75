"""R4ABM1 and R4ABM2, radix-4 Booth multipliers with approximate encoders in the low columns.

Paper: Liu, Qian, Wang, Jiang, Han, Lombardi, "Design of Approximate Radix-4 Booth Multipliers for Error-Tolerant Computing",
IEEE Transactions on Computers, 2017.

With bits h, c, l of B at 2i+1, 2i and 2i-1, row i of an exact multiplier is (l + c - 2h) * A at weight 4**i, as a one's
complement and a one added to its lowest bit if h is set. In the product's columns below p, the row's bit is here
(c XOR l) AND (a XOR h) with encoder e = 1 (R4ABM1), and a XOR h with encoder e = 2 (R4ABM2); the added ones are kept, and
rows are added exactly. f(0, b) is not 0 for some b. The paper's operands are signed; unsigned ones are taken with a zero before
them, which adds a row, and products then have 2 bits more and a sign. Valid for widths 4 to 16 and p = 0 (exact) ... width.
The figures are those of an independent model of this definition.

Example, width 8, signed, e = 2, p = 4: b = 1 has digits 1, 0, 0, 0; row 0 is 100; row 1 would be 0 and has the two low bits of
100, which are 0: 100. For a = 103, these bits are 3, at weight 4: 103 * 1 = 115.
"""

import numpy as np

from ._booth import product_port, triplets
from ._family import WIDTHS, Family, Parameter, Published
from ._registry import register

_MODEL = "independent exhaustive model"


def r4abm(a: np.ndarray, b: np.ndarray, *, width: int, e: int, p: int) -> np.ndarray:
    """R4ABM1 or R4ABM2 product of operands of any sign."""
    total = np.zeros_like(a)
    for place, high, middle, low in triplets(b, width):
        digit = low + middle - 2 * high
        approximate = a ^ -high
        if e == 1:
            approximate = np.where(middle != low, approximate, 0)
        kept = (1 << max(p - place, 0)) - 1
        row = ((np.abs(digit) * a ^ -high) & ~kept) | (approximate & kept)
        total += (row + high) << place
    return total


register(
    Family(
        name="r4abm",
        summary="Booth multiplier with approximate encoders e in columns below p",
        source="Liu et al., IEEE TC 2017",
        function=r4abm,
        widths=tuple(WIDTHS)[2:],
        parameters=(
            Parameter("e", "which encoder", lambda width: range(1, 3), rtl="E"),
            Parameter("p", "columns with approximate encoders", lambda width: range(width + 1), rtl="P"),
        ),
        native_signs=True,
        product=product_port,
        helpers=("booth_digit", "sum_of_words"),
        defaults=({"e": 1, "p": 6}, {"e": 2, "p": 6}),
        default_signs=("s", "us"),
        published=(
            Published("mae", 35.0, 0.05, _MODEL, signed=True, parameters={"e": 1, "p": 6}),
            Published("mae", 26.4, 0.05, _MODEL, signed=True, parameters={"e": 2, "p": 6}),
        ),
    )
)
