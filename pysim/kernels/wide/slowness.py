"""The one warning of a multiplier that has no fast kernel, with how slow it is here, measured in some milliseconds."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from time import perf_counter

import numpy as np
import torch

from multipliers import Multiplier

from ..accumulator import Accumulator
from ..window import Window
from .functional import FunctionalProduct
from .plan import WidePlan

_SIZE = (64, 512, 64)
"""Rows, inner dimension and outputs of the product that is timed."""

_FLOAT_SIZE = 256
"""The same of the float32 product that it is compared with."""

_warned: set[tuple[Multiplier, range, range, bool]] = set()


def warn_once(plan: WidePlan, saturated: Accumulator | None) -> None:
    """Warn that products of this plan are slow, once in a process for each multiplier and its codes."""
    key = plan.multiplier, plan.a, plan.b, saturated is not None
    if key in _warned:
        return
    why = "in saturating sums" if saturated else f"of {len(plan.a):,} by {len(plan.b):,} codes"
    how = "computed by its Python model" if plan.table is None else "looked up in a table"
    warnings.warn(
        f"no fast kernel for {plan.multiplier.label} {why}: each product is {how}, "
        f"about {float(f'{slowdown(plan, saturated):.0e}'):,.0f} times slower than in float32",
        RuntimeWarning,
        stacklevel=4,
    )
    _warned.add(key)


def slowdown(plan: WidePlan, saturated: Accumulator | None = None) -> float:
    """How many times longer a product takes one by one than in a float32 matrix product, on one thread; measured here."""
    rows, inner, outputs = _SIZE
    random = torch.Generator().manual_seed(0)
    weight = torch.randint(0, len(plan.b), (outputs, inner, 1, 1), generator=random)
    codes = torch.randint(0, len(plan.a), (inner, rows, 1, 1), generator=random).numpy()
    product, acc = FunctionalProduct(plan, weight, Window(), saturated), np.zeros((rows, 1, outputs), np.int64)
    left, right = torch.rand(2, _FLOAT_SIZE, _FLOAT_SIZE, generator=random, dtype=torch.float32, device="cpu")
    slow = _seconds(lambda: product.accumulate(acc, codes), 3) / (rows * inner * outputs)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # threads that wait for each other on a busy machine would be what is measured
    try:
        return slow / (_seconds(lambda: left @ right, 20) / _FLOAT_SIZE**3)
    finally:
        torch.set_num_threads(threads)


def _seconds(run: Callable[[], object], runs: int) -> float:
    """The fastest of some runs, which other load disturbs least; short ones need more."""
    times = []
    for _ in range(runs):
        start = perf_counter()
        run()
        times.append(perf_counter() - start)
    return min(times)
