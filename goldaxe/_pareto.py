"""Which multipliers are worth having: cost against error over the default variants, and the Pareto front among them."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cocotb_tests._process import in_parallel
from multipliers import Metrics, Multiplier, defaults, measure

from .cost import Cost, CostError, Stream, cost

COSTS = ("area", "cells", "delay", "energy")
ERRORS = ("mae", "nmed", "wce", "mse", "bias", "ep", "mre", "mre_all", "wcre")
"""Metrics that a multiplier may be judged by; of the bias, its magnitude."""


@dataclass(frozen=True)
class Point:
    """One multiplier: its cost and its error, and whether no other one is as good in both and better in one."""

    cost: Cost
    metrics: Metrics
    x: float
    y: float
    on_front: bool


def pareto(
    x: str = "energy",
    y: str = "mae",
    *,
    signed: bool = False,
    multipliers: Sequence[Multiplier] | None = None,
    liberty: Path | None = None,
    stream: Callable[[Multiplier], Stream] | None = None,
    progress: Callable[[], None] | None = None,
) -> list[Point]:
    """Cost `x` and error `y` of multipliers (the 8-bit default variants of those signs if None), the cheapest first.

    Raises CostError for an unknown x or y and for no multipliers, and as `goldaxe.cost.cost` does.
    """
    if x not in COSTS:
        raise CostError(f"x = {x!r} is not allowed; use one of {', '.join(COSTS)}")
    if y not in ERRORS:
        raise CostError(f"y = {y!r} is not allowed; use one of {', '.join(ERRORS)}")
    chosen = variants(signed) if multipliers is None else list(multipliers)
    if not chosen:
        raise CostError("no multiplier was named")

    def one(multiplier: Multiplier) -> Cost:
        found = cost(multiplier, liberty=liberty, stream=stream(multiplier) if stream else None)
        if progress:
            progress()
        return found

    costs = in_parallel([partial(one, multiplier) for multiplier in chosen], os.cpu_count() or 1)  # each waits for its Yosys
    metrics = [measure(multiplier) for multiplier in chosen]
    values = [(float(getattr(c, x)), abs(float(getattr(m, y)))) for c, m in zip(costs, metrics, strict=True)]
    points = [
        Point(c, m, *value, on_front=front) for c, m, value, front in zip(costs, metrics, values, on_front(values), strict=True)
    ]
    return sorted(points, key=lambda point: (point.x, point.y, point.cost.label))


def variants(signed: bool) -> list[Multiplier]:
    """The default variants with both operands signed, or with both unsigned."""
    return [found for found in defaults() if found.a.signed == found.b.signed == signed]


def on_front(values: Iterable[tuple[float, float]]) -> list[bool]:
    """For each pair, smaller being better: whether no other pair is as good in both numbers and better in one.

    >>> on_front([(1, 5), (2, 5), (2, 3), (2, 3), (4, 4)])
    [True, False, True, True, False]
    """
    values = list(values)
    return [not any(c <= x and e <= y and (c, e) != (x, y) for c, e in values) for x, y in values]


def as_csv(points: Iterable[Point]) -> str:
    """A line for each multiplier, with all costs and errors, and a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    ratios = ("area_ratio", "delay_ratio", "energy_ratio")
    writer.writerow(["multiplier", "on_front", *COSTS, *ratios, *ERRORS, "metrics_exhaustive"])
    for point in points:
        costs = [getattr(point.cost, name) for name in (*COSTS, *ratios)]
        errors = [getattr(point.metrics, name) for name in ERRORS]
        writer.writerow([point.cost.label, int(point.on_front), *costs, *errors, int(point.metrics.exhaustive)])
    return text.getvalue()
