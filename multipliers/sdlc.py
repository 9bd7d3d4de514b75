"""SDLC, significance-driven logic compression with clusters of depth 2: pairs of rows are ORed in the array's low columns.

Paper: Qiqieh, Shafik, Tarawneh, Sokolov, Yakovlev, "Energy-Efficient Approximate Multiplier Design Using Bit
Significance-Driven Logic Compression", DATE 2017.

Rows 2g and 2g+1 of the array of partial products are one row, by OR in place of addition, in columns up to width - 1 + g, and
stay two rows above; the rows are added exactly. The product never exceeds a*b, and the operands are not interchangeable.
Valid for every width; the last row of an odd width stays alone. Signed operands go by sign and magnitude. The figures are
those of an independent model of this definition.

Example: 200 = 11001000b times 3: rows 200 and 400 share column 7, where 1 OR 1 is 1: 600 - 128 = 472.
"""

import numpy as np

from ._family import Family, Published
from ._registry import register

_MODEL = "independent exhaustive model"


def sdlc(a: np.ndarray, b: np.ndarray, *, width: int) -> np.ndarray:
    """a * b less what the ORs lose: the pair's common bits in its low columns."""
    lost = np.zeros_like(a)
    for j in range(0, width - 1, 2):
        rows = np.where(b >> j & 1, a << j, 0), np.where(b >> (j + 1) & 1, a << (j + 1), 0)
        lost += rows[0] & rows[1] & ((1 << (width + j // 2)) - 1)
    return a * b - lost


register(
    Family(
        name="sdlc",
        summary="array multiplier with pairs of rows ORed in low columns",
        source="Qiqieh et al., DATE 2017",
        function=sdlc,
        helpers=("partial_product_rows", "sum_of_words"),
        default_signs=("", "us"),
        published=(
            Published("ep", 0.4911, 0.00005, _MODEL),
            Published("nmed", 0.00353, 0.000005, _MODEL),
            Published("mre_all", 0.01988, 0.000005, _MODEL),
        ),
    )
)
