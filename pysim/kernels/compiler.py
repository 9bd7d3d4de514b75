"""Compiling a multiplier: from its table over a network's codes to the cheapest exact plan."""

from __future__ import annotations

import time
import warnings
from functools import cache
from typing import get_args

import numpy as np

from .._errors import PysimError
from . import plan_cache
from .factors import HIGHEST_RANK, exact_planes, fewest_planes
from .lattice import flint_available, rank
from .plan import Kind, Plan
from .planes import Plane

MOST_PLANES = 24
"""Most planes of a plan that nobody forced; with more, table kernels are as fast."""

MOST_CODES = 256
"""Codes of an operand."""

LARGEST_ENTRY = 1 << 24
"""Largest magnitude of a table's entries; products of 8-bit operands are far smaller."""


def compile_plan(
    table: np.ndarray,
    a_low: int,
    b_low: int,
    *,
    kind: Kind | None = None,
    cache: bool = True,
) -> Plan:
    """The cheapest exact plan found for a multiplier over codes: `table[a - a_low, b - b_low]` is its product of a and b.

    `table` is an integer array of shape (A, B), each 1 to 256, with entries up to 2**24 in magnitude. By default the plan is
    "exact" where every entry is a * b, else "low rank" if at most 24 planes were found, else "table"; `kind` forces one.
    With `cache`, plans are kept in the cache folder, and taken from it. Without python-flint a table of low rank gets a
    table plan, and the process one warning.

    Raises PysimError for a table out of range, and for a forced kind that is impossible.
    """
    if kind is not None and kind not in get_args(Kind):
        raise PysimError(f"kind = {kind!r} is not allowed; use one of {', '.join(map(repr, get_args(Kind)))}")
    table = _checked(table, a_low, b_low)
    hashed = plan_cache.table_hash(table, a_low, b_low)
    name = plan_cache.entry_name(hashed, kind)
    if cache and (known := plan_cache.recall(name, table, hashed)) is not None:
        return known
    start = time.perf_counter()
    a, b = np.arange(a_low, a_low + table.shape[0]), np.arange(b_low, b_low + table.shape[1])
    wide, error = table.astype(np.int64), table - np.multiply.outer(a, b)
    chosen, planes = _choose(wide, error, a, b, kind)
    planes = sorted(planes, key=lambda plane: -plane.shift)
    column = wide[0] * (chosen != "table")
    for plane in planes:
        column -= plane.product()[0]
    ranks = rank(wide), rank(error)
    plan = Plan(chosen, tuple(planes), column, table, hashed, *ranks, time.perf_counter() - start)
    assert plan.proved(), "a compiled plan does not give its table"
    if cache and (kind is not None or chosen != "table" or flint_available()):
        plan_cache.keep(name, plan)
    return plan


def _checked(table: np.ndarray, a_low: int, b_low: int) -> np.ndarray:
    """A read-only int32 copy of the table; raises PysimError."""
    table = np.asarray(table)
    if table.dtype.kind not in "iu" or table.ndim != 2 or not all(1 <= size <= MOST_CODES for size in table.shape):
        raise PysimError(
            f"a table of {table.dtype} and shape {table.shape} cannot be compiled; "
            f"it must hold integers, with 1 to {MOST_CODES} rows and columns"
        )
    if int(table.max()) > LARGEST_ENTRY or int(table.min()) < -LARGEST_ENTRY:
        raise PysimError(
            f"the table reaches from {table.min()} to {table.max()}; it must stay within +-{LARGEST_ENTRY}, "
            f"of which {(1 << 31) // LARGEST_ENTRY - 1} always fit a 32-bit sum"
        )
    for which, low in (("a_low", a_low), ("b_low", b_low)):
        if not -MOST_CODES <= low <= MOST_CODES:
            raise PysimError(f"{which} = {low} is not allowed; codes start at {-MOST_CODES} to {MOST_CODES}")
    table = table.astype(np.int32, order="C")
    table.setflags(write=False)
    return table


def _choose(table: np.ndarray, error: np.ndarray, a: np.ndarray, b: np.ndarray, kind: Kind | None) -> tuple[Kind, list[Plane]]:
    """The kind of plan and its planes; raises PysimError if the forced kind is impossible."""
    if kind == "table":
        return kind, []
    if kind != "low rank":
        exact = exact_planes(a, b)
        if not error.any() and len(exact) == 1:
            return "exact", exact
        if kind == "exact":
            raise PysimError(f"kind = 'exact' is impossible: {_why_not_exact(table, error, a, b)}")
    if not flint_available():
        if kind == "low rank":
            raise PysimError("kind = 'low rank' needs python-flint, which is not installed")
        _warn_without_flint()
        return "table", []
    planes = fewest_planes(table, a, b)
    if kind == "low rank":
        if planes is None:
            raise PysimError(f"kind = 'low rank' is impossible: the table's rank is above {HIGHEST_RANK}")
        return kind, planes
    return ("table", []) if planes is None or len(planes) > MOST_PLANES else ("low rank", planes)


def _why_not_exact(table: np.ndarray, error: np.ndarray, a: np.ndarray, b: np.ndarray) -> str:
    if not error.any():
        return f"weight codes {b[0]} to {b[-1]} do not fit int8"
    i, j = (int(index[0]) for index in error.nonzero())
    return f"{a[i]} * {b[j]} gives {table[i, j]}"


@cache
def _warn_without_flint() -> None:
    warnings.warn("python-flint is not installed, so multipliers of low rank are looked up in tables, slowly", stacklevel=4)
