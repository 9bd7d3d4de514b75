"""Broken-array multiplier BAM(h, v): carry-save cells right of a vertical and above a horizontal break line are left out.

Paper: Mahdiani, Ahmadi, Fakhraie, Lucas, "Bio-Inspired Imprecise Computational Blocks for Efficient VLSI Implementation of
Soft-Computing Applications", IEEE Transactions on Circuits and Systems I, 2010.

With a_i and b_j the operands' bits, the product is the sum of a_i * b_j * 2**(i+j) over j >= h and i + j >= v: h rows, those of
the low bits of b, and v columns are dropped. It never exceeds a*b; with h > 0 the operands are not interchangeable.
Valid for h = 0 ... width - 1 and v = 0 ... 2*width - 2. Signed operands go by sign and magnitude.

Example, width 8, h = 3, v = 7: 200 = 11001000b, 100 = 1100100b; row 2 is dropped, which costs 200 * 4 = 800; of rows 5 and 6
no set bit lies below column 7; 20000 - 800 = 19200.
"""

import numpy as np

from ._family import Family, Parameter
from ._partial_products import row_factors
from ._registry import register


def broken_array(a: np.ndarray, b: np.ndarray, *, width: int, h: int, v: int) -> np.ndarray:
    """The array's kept rows, each cut at column v."""
    total = np.zeros_like(a)
    for j in range(h, width):
        total += np.where((b >> j) & 1, ((a << j) >> v) << v, 0)
    return total


def factors(a: np.ndarray, b: np.ndarray, *, width: int, h: int, v: int) -> tuple[np.ndarray, np.ndarray]:
    """The kept rows."""
    return row_factors(a, b, width=width, h=h, v=v)


register(
    Family(
        name="broken_array",
        summary="array multiplier without its h low rows and v low columns",
        source="Mahdiani et al., IEEE TCAS-I 2010",
        function=broken_array,
        factors=factors,
        parameters=(
            Parameter("h", "low rows dropped", lambda width: range(width), rtl="H"),
            Parameter("v", "low columns dropped", lambda width: range(2 * width - 1), rtl="V"),
        ),
        helpers=("partial_product_rows", "sum_of_words"),
        defaults=({"h": 2, "v": 5}, {"h": 3, "v": 7}),
    )
)
