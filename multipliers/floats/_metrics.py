"""Relative error of a floating-point multiplier: that of its significands, since exponents are exact."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .._vectors import are_all_pairs
from ._format import FloatFormat
from ._multiplier import FloatMultiplier

_PAIRS = 1 << 20


@dataclass(frozen=True)
class FloatMetrics:
    """Errors relative to the product of real numbers, rounding included, as fractions, over `vectors` operand pairs.

    `mre` is the mean magnitude, `bias` the mean, `wcre` the largest magnitude; `ep` is the share of results that differ
    from the correctly rounded ones. `exhaustive` if all pairs of significands were tried.
    """

    mre: float
    bias: float
    wcre: float
    ep: float
    vectors: int
    exhaustive: bool


def measure(multiplier: FloatMultiplier, seed: int = 0) -> FloatMetrics:
    """Metrics over all pairs of significands up to 2**20 of them, else over 2**20 random pairs.

    Exponents are such that nothing overflows or underflows; errors of subnormal results are larger, as in every format.
    """
    mantissa = multiplier.format.mantissa
    roomy = replace(multiplier, format=FloatFormat(8, mantissa))
    one, count = roomy.format.encode(1.0), 1 << mantissa
    if count * count <= _PAIRS:
        pairs = np.indices((count, count)).reshape(2, -1)
    else:
        pairs = np.random.default_rng(seed).integers(0, count, (2, _PAIRS))
    a, b = one + pairs
    result = roomy(a, b)
    real = roomy.format.decode(a) * roomy.format.decode(b)
    relative = roomy.format.decode(result) / real - 1
    return FloatMetrics(
        mre=float(np.abs(relative).mean()),
        bias=float(relative.mean()),
        wcre=float(np.abs(relative).max()),
        ep=float(np.mean(result != roomy.exact(a, b))),
        vectors=len(a),
        exhaustive=are_all_pairs(pairs[0], pairs[1], (count, count)),
    )
