"""Synthetic multipliers of chosen cost: their errors have a given rank, or none that planes could use."""

from __future__ import annotations

import numpy as np

from multipliers import Multiplier, Operand


def of_rank(rank: int | None) -> Multiplier:
    """An unsigned-by-signed 8-bit multiplier whose error has this rank, made of small random factors; None: random noise.

    The noise is of 8 bits, so that products keep the range of real multipliers.
    """
    rng = np.random.default_rng(0)
    if rank is None:
        error = rng.integers(-128, 128, (256, 256))
    else:
        error = rng.integers(-8, 9, (256, rank)) @ rng.integers(-8, 9, (rank, 256))
    label = "table" if rank is None else f"rank {rank}"
    return Multiplier(label, Operand(8, False), Operand(8, True), Operand(17, True), lambda a, b: a * b + error[a, b + 128])
