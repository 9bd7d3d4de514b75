"""Truth tables of 18 circuits of EvoApproxLib, and those tables over a network's codes. See tests/data/evoapprox8/LICENSE."""

from functools import cache
from pathlib import Path

import numpy as np

ERRORS = Path(__file__).parents[1] / "data" / "evoapprox8" / "errors.npz"


@cache
def circuits() -> dict[str, np.ndarray]:
    """int64 tables by name, indexed by values in ascending order: 0 ... 255 for mul8u, -128 ... 127 for mul8s."""
    tables = {}
    with np.load(ERRORS) as errors:
        for name in errors.files:
            low = -128 if name.startswith("mul8s") else 0
            values = np.arange(low, low + 256)
            tables[name] = errors[name][np.ix_(values, values)] + np.multiply.outer(values, values)
    return tables


def over_codes(name: str, activation: str) -> tuple[np.ndarray, int, int]:
    """The table over a network's codes and its lowest codes: activation "us", 0 ... 255, or "s"; weights -127 ... 127.

    An unsigned circuit multiplies signed codes by sign and magnitude.
    """
    table = circuits()[name]
    weights = np.arange(-127, 128)
    if name.startswith("mul8s"):
        return table[:, 1:], -128, -127
    activations = np.arange(256) if activation == "us" else np.arange(-127, 128)
    signs = np.multiply.outer(np.sign(activations) if activation == "s" else np.ones(256, int), np.sign(weights))
    return signs * table[np.ix_(np.abs(activations), np.abs(weights))], int(activations[0]), -127
