"""Exact multiplier, p = a * b: the baseline that every error and every cost is relative to.

Widths 2 to 16; unsigned, signed (two's complement) and mixed operands.
"""

import numpy as np

from ._family import Family
from ._registry import register


def exact(a: np.ndarray, b: np.ndarray, *, width: int) -> np.ndarray:
    """a * b for operands of any sign."""
    return a * b


def factors(a: np.ndarray, b: np.ndarray, *, width: int) -> tuple[np.ndarray, np.ndarray]:
    """The operands themselves."""
    return a[None], b[None]


register(
    Family(
        name="exact",
        summary="exact product",
        source="definition",
        function=exact,
        native_signs=True,
        factors=factors,
    )
)
