"""UDM, the underdesigned multiplier, built of 2x2 cells that are exact but for 3 * 3 -> 7, which saves their fourth output bit.

Paper: Kulkarni, Gupta, Ercegovac, "Trading Accuracy for Power with an Underdesigned Multiplier Architecture", VLSI Design 2011.

Both operands are split into base-4 digits, every pair of digits is multiplied by a cell, and the shifted results are added
exactly. A cell is short by 2 when both digits are 3, so with t(x) = sum of 4**i over the digits of x that are 3 the product
is a*b - 2 * t(a) * t(b). Valid for even widths. Signed operands go by sign and magnitude.

Example: 200 = 3020 in base 4, t = 64; 103 = 1213 in base 4, t = 1; 200 * 103 - 2 * 64 = 20472.
"""

import numpy as np

from ._family import WIDTHS, Family, Published
from ._registry import register

_PAPER = "Kulkarni et al., VLSI Design 2011"
_MODEL = "independent exhaustive model"


def udm(a: np.ndarray, b: np.ndarray, *, width: int) -> np.ndarray:
    """UDM product of unsigned operands."""
    return a * b - 2 * _threes(a, width) * _threes(b, width)


def factors(a: np.ndarray, b: np.ndarray, *, width: int) -> tuple[np.ndarray, np.ndarray]:
    """The operands and, for what the cells fall short by, their digits 3."""
    return np.stack([a, -2 * _threes(a, width)]), np.stack([b, _threes(b, width)])


def _threes(value: np.ndarray, width: int) -> np.ndarray:
    """The number with digit 1 in base 4 wherever `value` has digit 3, and 0 elsewhere."""
    ones = ((1 << width) - 1) // 3
    return value & (value >> 1) & ones


register(
    Family(
        name="udm",
        summary="underdesigned multiplier of 2x2 cells with 3 * 3 -> 7",
        source=_PAPER,
        function=udm,
        widths=tuple(WIDTHS)[::2],
        factors=factors,
        helpers=("udm_cell", "sum_of_words"),
        published=(
            Published("ep", 0.4673, 0.00005, _PAPER),
            Published("mre_all", 0.0325, 0.00005, _PAPER),
            Published("wcre", 0.2222, 0.00005, _PAPER),
            Published("ep", 0.81, 0.005, _PAPER, width=16),
            Published("mre_all", 0.0332, 0.00005, _PAPER, width=16),
            Published("nmed", 0.01389, 0.000005, _MODEL),
            Published("wce", 14450, 0, _MODEL),
            Published("bias", -903, 0.5, _MODEL),
        ),
    )
)
