"""DRUM, the dynamic range unbiased multiplier: both operands cut to k bits from their leading one, then multiplied exactly.

Paper: Hashemi, Bahar, Reda, "DRUM: A Dynamic Range Unbiased Multiplier for Approximate Applications", ICCAD 2015.

With n the position of the leading one of A and s = n - k + 1: if s > 0, A' = ((A >> s) OR 1) << s, else A' = A; the
product is A' * B'. The forced one is the expected value of the bits that were cut, which makes the error unbiased.
Valid for k = 3 ... width (2 at width 2); k = width is exact. With k = 2, which the paper does not use, an operand grows by
up to one half, and two signed ones overflow the product. Signed operands go by sign and magnitude, as in the paper.

Example, k = 4: 200 = 11001000b -> 1101b << 4 = 208; 100 = 1100100b -> 1101b << 3 = 104; 208 * 104 = 21632.
"""

import numpy as np

from ._family import Family, Parameter, Published
from ._leading_one import leading_one
from ._registry import register

_PAPER = "Hashemi et al., ICCAD 2015, 16 bit"
_MRED = {3: 11.90, 4: 5.89, 5: 2.94, 6: 1.47, 7: 0.73, 8: 0.37}
_WORST = {3: 56.25, 4: 26.56, 5: 12.86, 6: 6.31, 7: 3.1, 8: 1.54}


def drum(a: np.ndarray, b: np.ndarray, *, width: int, k: int) -> np.ndarray:
    """DRUM product of unsigned operands."""
    return _segment(a, k) * _segment(b, k)


def factors(a: np.ndarray, b: np.ndarray, *, width: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The cut operands."""
    return _segment(a, k)[None], _segment(b, k)[None]


def _segment(value: np.ndarray, k: int) -> np.ndarray:
    """The k bits from the leading one, the lowest of them set, at their place; values of at most k bits are kept."""
    shift = np.maximum(leading_one(value) - k + 1, 0)
    return np.where(shift > 0, ((value >> shift) | 1) << shift, value)


register(
    Family(
        name="drum",
        summary="dynamic range unbiased multiplier, k bits from the leading one",
        source=_PAPER,
        function=drum,
        parameters=(Parameter("k", "bits kept from the leading one", lambda width: range(min(3, width), width + 1), rtl="K"),),
        factors=factors,
        helpers=("dynamic_segment", "leading_one"),
        defaults=({"k": 3}, {"k": 4}, {"k": 5}, {"k": 6}),
        published=(
            *(Published("mre_all", value / 100, 0.00005, _PAPER, width=16, parameters={"k": k}) for k, value in _MRED.items()),
            *(
                Published(
                    "wcre",
                    value / 100,
                    0.0005,
                    _PAPER,
                    width=16,
                    parameters={"k": k},
                    note="the paper's largest error of a random sample; the true one is up to 0.05 points larger",
                )
                for k, value in _WORST.items()
            ),
        ),
    )
)
