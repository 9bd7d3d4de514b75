"""Arrays of approximate 2x2 cells M2, M3 and M4, as UDM is one of the cell M1.

Paper: Rehman, El-Harouni, Shafique, Kumar, Henkel, "Architectural-Space Exploration of Approximate Multipliers", ICCAD 2016
(M2). M3 and M4 are the cells that later work sets beside it, with errors of either sign, to let them cancel in sums.

Both operands are split into base-4 digits, every pair of digits is multiplied by a cell, and the shifted results are added
exactly. Cells are exact but for: M2, 1 * 1 -> 0 and 1 * 3 -> 2 (either way round), so that the lowest bit is the highest one;
M3, 3 * 3 -> 11; M4, 3 * 3 -> 5. M3 overestimates by up to 2/9, so the product port has one bit more than both operands.
Valid for even widths and m = 2 ... 4. Signed operands go by sign and magnitude. The figures are those of an independent
model, which agree with those in the literature.

Example, m = 3: 200 = 3020 in base 4, 103 = 1213; one pair of digits is 3 * 3, at 4**3 * 4**0; 20600 + 2 * 64 = 20728.
"""

import numpy as np

from ._bits import Operand
from ._family import WIDTHS, Family, Parameter, Published
from ._registry import register

_MODEL = "independent exhaustive model"
_CELLS = {
    2: ((0, 0, 0, 0), (0, 0, 2, 2), (0, 2, 4, 6), (0, 2, 6, 9)),
    3: ((0, 0, 0, 0), (0, 1, 2, 3), (0, 2, 4, 6), (0, 3, 6, 11)),
    4: ((0, 0, 0, 0), (0, 1, 2, 3), (0, 2, 4, 6), (0, 3, 6, 5)),
}


def cell_array(a: np.ndarray, b: np.ndarray, *, width: int, m: int) -> np.ndarray:
    """Sum of the cells' results for unsigned operands."""
    cell = np.array(_CELLS[m], dtype=np.int64)
    total = np.zeros_like(a)
    for i in range(0, width, 2):
        for j in range(0, width, 2):
            total += cell[a >> i & 3, b >> j & 3] << (i + j)
    return total


register(
    Family(
        name="cell_array",
        summary="array of 2x2 cells M2, M3 or M4",
        source="Rehman et al., ICCAD 2016 (M2)",
        function=cell_array,
        widths=tuple(WIDTHS)[::2],
        parameters=(Parameter("m", "which cell", lambda width: range(2, 5), rtl="M"),),
        product=lambda width, a_signed, b_signed: Operand(2 * width + 1, a_signed or b_signed),
        helpers=("small_cell", "sum_of_words"),
        defaults=({"m": 2}, {"m": 3}, {"m": 4}),
        default_signs=("", "us"),
        published=(
            Published("nmed", 0.0208, 0.00005, _MODEL, parameters={"m": 2}),
            Published("nmed", 0.0139, 0.00005, _MODEL, parameters={"m": 3}),
            Published("nmed", 0.0278, 0.00005, _MODEL, parameters={"m": 4}),
        ),
    )
)
