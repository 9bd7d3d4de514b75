"""Error metrics of a multiplier, with the conventions of the literature kept apart by name.

With E(a, b) = f(a, b) - a*b over all operand pairs of a wa x wb bit multiplier. Sources differ in what they divide by and in
which pairs they count: `nmed` divides by the largest exact product (papers), `mae_percent` by 2**(wa+wb) (EvoApproxLib);
`mre` counts pairs with a non-zero product only (EvoApproxLib), `mre_all` counts all pairs, zero products as no error (the
UDM, Mitchell, MBM and DR-ALM papers).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._errors import MultiplierError
from ._multiplier import Multiplier
from ._vectors import EXHAUSTIVE_BITS, Vectors, exhaustive, sampled


@dataclass(frozen=True)
class Metrics:
    """Error metrics; `ep`, `nmed`, `mre`, `mre_all` and `wcre` are fractions, the two `_percent` are percentages."""

    mae: float
    mae_percent: float
    nmed: float
    wce: int
    wce_percent: float
    mse: float
    bias: float
    ep: float
    mre: float
    mre_all: float
    wcre: float
    vectors: int
    exhaustive: bool


def measure(multiplier: Multiplier, samples: int = 1 << 20, seed: int = 0) -> Metrics:
    """Metrics over all pairs up to 2**20 of them, else over `samples` uniform random pairs.

    A sampled worst case also looks at the corner operands, but no mean counts them. Raises MultiplierError if `samples` < 1.
    """
    if multiplier.a.width + multiplier.b.width <= EXHAUSTIVE_BITS:
        return from_vectors(multiplier, exhaustive(multiplier))
    if samples < 1:
        raise MultiplierError(f"samples = {samples}; at least 1 is needed")
    return from_vectors(multiplier, sampled(multiplier, samples, seed, corners=False), sampled(multiplier, 0))


def from_vectors(multiplier: Multiplier, vectors: Vectors, extremes: Vectors | None = None) -> Metrics:
    """Metrics over given operand pairs; `extremes` count towards the worst cases only."""
    exact, error = _errors(multiplier, vectors)
    distance = np.abs(error)
    relative = distance / np.maximum(np.abs(exact), 1)
    nonzero = exact != 0
    wce, wcre = int(distance.max()), _largest(relative[nonzero])
    if extremes is not None:
        exact_x, error_x = _errors(multiplier, extremes)
        wce = max(wce, int(np.abs(error_x).max()))
        wcre = max(wcre, _largest((np.abs(error_x) / np.maximum(np.abs(exact_x), 1))[exact_x != 0]))
    span = 1 << (multiplier.a.width + multiplier.b.width)
    mae = float(distance.mean())
    return Metrics(
        mae=mae,
        mae_percent=100 * mae / span,
        nmed=mae / largest_product(multiplier),
        wce=wce,
        wce_percent=100 * wce / span,
        mse=float(np.square(error.astype(np.float64)).mean()),
        bias=float(error.mean()),
        ep=float(np.count_nonzero(error) / error.size),
        mre=float(relative[nonzero].mean()) if nonzero.any() else 0.0,
        mre_all=float(np.where(nonzero, relative, 0.0).mean()),
        wcre=wcre,
        vectors=len(vectors.a),
        exhaustive=vectors.exhaustive,
    )


def largest_product(multiplier: Multiplier) -> int:
    """The largest magnitude of an exact product: 65025 for 8 bit unsigned, 2**14 for 8 bit signed operands."""
    a, b = multiplier.a, multiplier.b
    return max(abs(a.low), a.high) * max(abs(b.low), b.high)


def _errors(multiplier: Multiplier, vectors: Vectors) -> tuple[np.ndarray, np.ndarray]:
    exact = vectors.a * vectors.b
    return exact, multiplier(vectors.a, vectors.b) - exact


def _largest(values: np.ndarray) -> float:
    return float(values.max()) if values.size else 0.0
