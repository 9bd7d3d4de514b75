"""Trees of approximate 4:2 compressors over the partial products, with six cells from the literature.

Papers: c = 1 and 6, Momeni, Han, Montuschi, Lombardi, "Design and Analysis of Approximate Compressors for Multiplication",
IEEE Transactions on Computers, 2015 (designs 2 and 1); c = 2, Akbari, Kamal, Afzali-Kusha, Pedram, "Dual-Quality 4:2
Compressors for Utilizing in Dynamic Accuracy Configurable Multipliers", IEEE TVLSI, 2017 (DQ1); c = 3, Esposito, Strollo,
Napoli, De Caro, Petra, "Approximate Multipliers Based on New Approximate Compressors", IEEE TCAS-I, 2018 (its 4/2 cell); c = 4,
Yang, Han, Lombardi, "Approximate Compressors for Error-Resilient Multiplier Design", DFT 2015 (design 1); c = 5, Venkatachalam,
Ko, "Design of Power and Area Efficient Approximate Multipliers", IEEE TVLSI, 2017.

The cells are those of the papers, which leave the tree open; this one is ours, and so are its error metrics. Four rows at a
time, in order, become a sum and a carry row, until two rows are left, which are added exactly. The cell stands in columns
where all four rows have an entry, an exact full or half adder where fewer have; Esposito's cell, whose two outputs have
the weight of its inputs, stands everywhere. Momeni's cells turn four zeros into a one, so that f(0, b) is not 0.
Design 1 has a second carry, to the cell at the left, where it clears the sum and becomes the first carry. Adders left of the
cells count it exactly, and hand on what their sum and carry do not hold.
Valid for widths 4, 8 and 16. Signed operands go by sign and magnitude.

Example, width 4, c = 4: 15 * 15: column 3 has four ones, which count as 3; 225 - 8 = 217.
"""

import numpy as np

from ._family import Family, Parameter
from ._registry import register

MOMENI, AKBARI, ESPOSITO, YANG, VENKATACHALAM, MOMENI_CHAINED = range(1, 7)

Word = np.ndarray | int


def compressed(cell: int, x: list[Word], full: int) -> tuple[Word, Word]:
    """Sum and carry row of four rows, the cell in the columns of the mask `full` and exact adders in the others."""
    x1, x2, x3, x4 = x
    if cell == ESPOSITO:
        return x1 | x2 | (x3 & x4), x3 | x4 | (x1 & x2)
    both, either = (x1 & x2) | (x3 & x4), (x1 | x2) & (x3 | x4)
    exact_sum, exact_carry = x1 ^ x2 ^ x3 ^ x4, both | either
    all_set = x1 & x2 & x3 & x4
    if cell == MOMENI_CHAINED:
        # Beyond the cells a carry goes on past three set entries. An addition finds all places that it reaches.
        start, onward = either & full, both & either & ~full
        carry_in = ((start | onward) + start) ^ onward
        some = (x1 | x2 | x3 | x4) & carry_in
        sum_ = ((~(x1 ^ x2) | ~(x3 ^ x4)) & ~carry_in & full) | ((exact_sum ^ carry_in) & ~full)
        return sum_, ((carry_in & full) | ((exact_carry | some) & ~full)) << 1
    sum_, carry = {
        MOMENI: (~(x1 ^ x2) | ~(x3 ^ x4), either),
        AKBARI: (x1, x4),
        YANG: (exact_sum | all_set, exact_carry),
        VENKATACHALAM: ((x1 ^ x2) | (x3 ^ x4) | all_set, both),
    }[cell]
    return (sum_ & full) | (exact_sum & ~full), ((carry & full) | (exact_carry & ~full)) << 1


def compressor_tree(a: np.ndarray, b: np.ndarray, *, width: int, c: int) -> np.ndarray:
    """Product of unsigned operands; `spans` are the columns in which a row has entries."""
    rows: list[Word] = [np.where(b >> j & 1, a << j, 0) for j in range(width)]
    spans = [((1 << width) - 1) << j for j in range(width)]
    while len(rows) > 2:
        groups = [slice(n, n + 4) for n in range(0, len(rows), 4)]
        full = [s1 & s2 & s3 & s4 for s1, s2, s3, s4 in (spans[group] for group in groups)]
        rows = [row for group, mask in zip(groups, full, strict=True) for row in compressed(c, rows[group], mask)]
        spans = [span for group in groups for span in _occupied(*spans[group])]
    return np.asarray(rows[0] + rows[1])


def _occupied(s1: int, s2: int, s3: int, s4: int) -> tuple[int, int]:
    """Columns of the sum row, where one row or more has an entry, and of the carry row, left of those where two have."""
    return s1 | s2 | s3 | s4, (((s1 | s2) & (s3 | s4)) | (s1 & s2) | (s3 & s4)) << 1


register(
    Family(
        name="compressor_tree",
        summary="tree of approximate 4:2 compressors (Momeni, Akbari, Esposito, Yang, Venkatachalam)",
        source="Momeni et al., IEEE TC 2015, and four others",
        function=compressor_tree,
        widths=(4, 8, 16),
        parameters=(Parameter("c", "which cell", lambda width: range(1, 7), rtl="CELL"),),
        helpers=("compressor_stage", "compressor_row", "partial_product_rows", "sum_of_words"),
        defaults=tuple({"c": cell} for cell in range(1, 7)),
        default_signs=("", "us"),
    )
)
