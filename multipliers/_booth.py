"""Radix-4 Booth recoding of the operand b, which two families start from."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ._bits import Operand


def triplets(b: np.ndarray, width: int) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
    """For each digit, lowest first: its place, and bits place+1, place and place-1 of b, each 0 or 1.

    The digit is low + middle - 2 * high. There are enough for a `width`-bit operand of any sign; those beyond are 0.
    """
    padded = b << 1
    for place in range(0, width + 1, 2):
        yield place, padded >> (place + 2) & 1, padded >> (place + 1) & 1, padded >> place & 1


def product_port(width: int, a_signed: bool, b_signed: bool) -> Operand:
    """Signed at all events: products near zero may be off to either side; with room for it, unless both operands have signs."""
    return Operand(2 * width + (0 if a_signed and b_signed else 2), signed=True)
