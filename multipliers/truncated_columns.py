"""Truncated columns: the partial products of the v least significant columns are left out of the array.

The plainest way to save area in an array multiplier, without any correction of the error; the constant-correction form starts
from it (Schulte, Swartzlander, "Truncated Multiplication with Correction Constant", VLSI Signal Processing VI, 1993).

With a_i and b_j the operands' bits, the product is the sum of a_i * b_j * 2**(i+j) over i + j >= v. It never exceeds a*b.
Valid for v = 0 (exact) ... 2*width - 2 (only the product of the top bits is left). Signed operands go by sign and magnitude.

Example, width 8, v = 7: 200 = 11001000b, 100 = 1100100b; dropped are (i, j) = (3, 2) for 32, and no others; 20000 - 32 = 19968.
"""

import numpy as np

from ._family import Family, Parameter, Published
from ._partial_products import row_factors
from ._registry import register

_LITERATURE = "comparisons of 8-bit approximate multipliers in the literature"


def truncated_columns(a: np.ndarray, b: np.ndarray, *, width: int, v: int) -> np.ndarray:
    """a * b less the dropped columns: where bit j of b is set, those are the low v - j bits of a, at weight 2**j."""
    dropped = np.zeros_like(a)
    for j in range(min(v, width)):
        dropped += (a & ((1 << (v - j)) - 1)) * (b & (1 << j))
    return a * b - dropped


def factors(a: np.ndarray, b: np.ndarray, *, width: int, v: int) -> tuple[np.ndarray, np.ndarray]:
    """All rows, cut."""
    return row_factors(a, b, width=width, h=0, v=v)


register(
    Family(
        name="truncated_columns",
        summary="array multiplier without its v low columns",
        source="definition",
        function=truncated_columns,
        parameters=(Parameter("v", "low columns dropped", lambda width: range(2 * width - 1), rtl="V"),),
        factors=factors,
        helpers=("partial_product_rows", "sum_of_words"),
        defaults=({"v": 4}, {"v": 7}),
        published=(Published("nmed", 0.00296, 0.000005, _LITERATURE, parameters={"v": 7}),),
    )
)
