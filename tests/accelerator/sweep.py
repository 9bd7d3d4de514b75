"""Sizes of arrays, rows and columns, that long runs (`-m full`) sweep beside the few that every run has."""

from typing import Any

import pytest

SWEEP = [
    *((1, 1), (1, 2), (2, 1), (1, 16), (16, 1)),
    *((2, 3), (3, 2), (5, 5), (3, 11), (11, 3)),
    *((7, 9), (9, 7), (13, 16), (16, 13), (15, 15), (16, 16)),
]
"""1x1 to 16x16: square and not, odd and even, a single row or column, wide and tall."""


def sizes(always: list[tuple[int, int]]) -> list[Any]:
    """Parameters for `rows, cols`: these in every run, the rest of the sweep in long ones."""
    return [*always, *(pytest.param(*size, marks=pytest.mark.full) for size in SWEEP if size not in always)]
