"""Iterative logarithmic multiplier of n stages: a product of leading ones with its cross terms, repeated on what is left.

Paper: Babic, Avramovic, Bulic, "An Iterative Logarithmic Multiplier", Microprocessors and Microsystems, 2011.

With k = floor(log2 A) and the residue r = A - 2**k, one stage gives 2**(k1+k2) + r1 * 2**k2 + r2 * 2**k1, which is A * B less
r1 * r2; the next stage does the same with the residues. A stage with an operand of 0 gives 0. The product never exceeds a*b,
and its largest relative error is below 4**-n. Valid for n = 1 ... 3 at every width, exact at width 2 from n = 2 on.
Signed operands go by sign and magnitude.

Example: 200 = 128 + 72, 100 = 64 + 36; stage 1 gives 8192 + 72 * 64 + 36 * 128 = 17408; n = 2 adds that of 72 * 36 =
(64 + 8) * (32 + 4), which is 2048 + 8 * 32 + 4 * 64 = 2560, to 19968.
"""

import numpy as np

from ._family import Family, Parameter, Published
from ._leading_one import leading_one
from ._registry import register

_PAPER = "Babic et al., Microprocessors and Microsystems 2011, 16 bit"


def iterative_log(a: np.ndarray, b: np.ndarray, *, width: int, n: int) -> np.ndarray:
    """Sum of n stages."""
    total = np.zeros_like(a)
    for _ in range(n):
        some = (a != 0) & (b != 0)
        a_power, b_power = np.left_shift(1, leading_one(a)), np.left_shift(1, leading_one(b))
        a_rest, b_rest = np.where(some, a - a_power, 0), np.where(some, b - b_power, 0)
        total = total + np.where(some, a_power * b_power + a_rest * b_power + b_rest * a_power, 0)
        a, b = a_rest, b_rest
    return total


register(
    Family(
        name="iterative_log",
        summary="iterative logarithmic multiplier of n stages",
        source=_PAPER,
        function=iterative_log,
        parameters=(Parameter("n", "stages", lambda width: range(1, 4), rtl="N"),),
        helpers=("leading_one", "logarithmic_stage", "shift_by_onehot", "sum_of_words"),
        defaults=({"n": 1}, {"n": 2}),
        default_signs=("", "us"),
        published=(
            *(
                Published("mre_all", value / 100, 0.0001, _PAPER, width=16, parameters={"n": n}, note="the paper's sample")
                for n, value in ((1, 9.41), (2, 0.98))
            ),
            Published("mre_all", 0.0011, 0.00005, _PAPER, width=16, parameters={"n": 3}),
        ),
    )
)
