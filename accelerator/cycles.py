"""Cycles of tiles in closed form, for any size of array; nothing makes the array wait. The one place where they are written:
the array's own model, the schedule of a program, and what is compared with the Verilog all count by these functions.

Per fold, with R rows, C columns and T vectors that stream (SCALE-Sim, Samajdar et al. 2020):

    weight stationary   2R + C + T - 2    T = M    folds ceil(K / R) * ceil(N / C)
    input stationary    2R + C + T - 2    T = N    folds ceil(K / R) * ceil(M / C)
    output stationary    R + C + T - 2    T = K    folds ceil(M / R) * ceil(N / C)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ._errors import ProgramError

Dataflow = Literal["weight stationary", "input stationary", "output stationary"]

REGISTERS = 2
"""Cycles that the array as built adds to the way from a vector to its sums, R + C - 2."""

REQUANTIZE = 3
"""Cycles from a sum to its code, on the way out of the product unit."""


def fold_cycles(dataflow: Dataflow, rows: int, cols: int, m: int, k: int, n: int) -> int:
    """Cycles of one fold of a product (M, K) by (K, N); raises ProgramError for an unknown dataflow."""
    _check(dataflow)
    if dataflow == "output stationary":
        return rows + cols + k - 2
    return 2 * rows + cols + (m if dataflow == "weight stationary" else n) - 2


def folds(dataflow: Dataflow, rows: int, cols: int, m: int, k: int, n: int) -> int:
    """How many folds a product (M, K) by (K, N) is cut into; raises ProgramError for an unknown dataflow."""
    _check(dataflow)
    down, across = {"weight stationary": (k, n), "input stationary": (k, m), "output stationary": (m, n)}[dataflow]
    return -(-down // rows) * -(-across // cols)


def tile_cycles(
    lengths: Sequence[int], rows: int, cols: int, *, double_buffered: bool = True, registers: int = REGISTERS
) -> int:
    """Cycles from the first row of weights to the last sums, both counted, of tiles of so many vectors; 0 of none.

    Double buffered, the next tile's weights come in, R cycles, while vectors stream: a tile keeps the array for as long as
    the longer of both takes. Else each tile is loaded, streamed and drained before the next, 2R + C + T - 2 cycles.

    >>> tile_cycles([10, 2, 5], 4, 4)
    31
    """
    way = rows + cols - 2 + registers
    if not lengths:
        return 0
    if not double_buffered:
        return sum(rows + length + way for length in lengths)
    return rows + sum(max(length, rows) for length in lengths[:-1]) + lengths[-1] + way


def product_cycles(lengths: Sequence[int], rows: int, cols: int, *, double_buffered: bool = True) -> int:
    """Cycles from the first row of weights to the last codes, both counted: `tile_cycles`, and `REQUANTIZE` more; 0 of none."""
    cycles = tile_cycles(lengths, rows, cols, double_buffered=double_buffered)
    return cycles + REQUANTIZE if cycles else 0


def output_stationary_cycles(lengths: Sequence[int], rows: int, cols: int) -> int:
    """Cycles of output-stationary folds of so many steps, from the first step to the last sums, both counted; 0 of none.

    Sums leave a column in R cycles, while the next fold's steps come in, so a fold keeps the array for at least that long. One
    fold alone takes the R + C + K - 2 of the demand model, R to hand its sums on, and 1 of a register.

    >>> output_stationary_cycles([10, 2, 5], 4, 4)
    30
    """
    if not lengths:
        return 0
    return lengths[0] + sum(max(length, rows) for length in lengths[1:]) + 2 * rows + cols - 1


def _check(dataflow: str) -> None:
    known = ("weight stationary", "input stationary", "output stationary")
    if dataflow not in known:
        raise ProgramError(f"dataflow = {dataflow!r} is not allowed; use {', '.join(map(repr, known))}")
