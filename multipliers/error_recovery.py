"""Multiplier with configurable error recovery: a tree of adders without carry chains, whose errors are partly put back.

Paper: Liu, Han, Lombardi, "A Low-Power, High-Performance Approximate Multiplier with Configurable Partial Error Recovery",
DATE 2014. This is its AM1, whose errors are collected by OR.

Two rows x and y become S = (x XOR y) OR (x AND y) << 1 with the error E = (x XOR y) AND (x AND y) << 1, so that x + y = S + E.
The partial products' rows stand in a queue: the two first leave it, their S joins its end, until one is left; that is a
balanced tree where width is a power of two. All errors are ORed, and the OR's part in the k top columns of the product is
added to the last S. The product never exceeds a*b.
Valid for k = 0 ... 2*width. Signed operands go by sign and magnitude. The figures are those of an independent model of this
definition.

Example, k = 16: 200 * 7: rows 200 and 400 give S = 344, E = 256; 800 and 0 give 800; of 344 and 800,
S = 632, E = 512; 632 + 768 = 1400, exact.
"""

import numpy as np

from ._family import Family, Parameter, Published
from ._registry import register

_MODEL = "independent exhaustive model"


def error_recovery(a: np.ndarray, b: np.ndarray, *, width: int, k: int) -> np.ndarray:
    """The tree's last row, and the recovered part of the errors."""
    rows = [np.where(b >> j & 1, a << j, 0) for j in range(width)]
    errors = np.zeros_like(a)
    while len(rows) > 1:
        x, y, *rows = rows
        half, carries = x ^ y, (x & y) << 1
        rows.append(half | carries)
        errors = errors | (half & carries)
    lowest = 2 * width - k
    return rows[0] + ((errors >> lowest) << lowest)


register(
    Family(
        name="error_recovery",
        summary="tree of carry-free adders, errors recovered in k top columns",
        source="Liu et al., DATE 2014",
        function=error_recovery,
        parameters=(Parameter("k", "columns with recovery", lambda width: range(2 * width + 1), rtl="K"),),
        helpers=("carry_free_adder", "partial_product_rows"),
        defaults=({"k": 7}, {"k": 8}),
        default_signs=("", "us"),
        published=(
            Published("nmed", 0.00457, 0.000005, _MODEL, parameters={"k": 7}),
            Published("nmed", 0.00299, 0.000005, _MODEL, parameters={"k": 8}),
        ),
    )
)
