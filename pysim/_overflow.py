"""Sums that 32 bits may not hold: found from the codes that would be worst for each output, and told once a product."""

from __future__ import annotations

import warnings

import numpy as np
import torch
from torch import Tensor

from .kernels import Accumulator, Plan, WidePlan

INT32 = Accumulator()


def warn_of_overflow(name: str, plan: Plan | WidePlan, columns: Tensor, constant: Tensor) -> bool:
    """Warn, and return True, if activation codes exist whose sums wrap around at 32 bits, or a constant does by itself.

    Of a wide plan only products with the lowest, the highest and the middle activation code are tried.

    `columns` (N, K) holds each weight's column in the plan's table, `constant` float64 (N,) the zero-point correction and
    bias of each output, neither wrapped nor saturated.
    """
    if not len(columns):
        return False
    inner, largest = columns.shape[1], float(constant.abs().max())
    if inner * plan.bound + largest <= INT32.high:
        return False
    lowest, highest = (float(total) for total in _reach(plan, columns, constant))
    if INT32.low <= lowest and highest <= INT32.high:
        return False
    reached = lowest if -lowest > highest else highest
    warnings.warn(
        f"{name}: {inner} products of magnitude up to {plan.bound:,} and constants up to {largest:,.0f} can sum to "
        f"{reached:,.0f}, which 32 bits do not hold; such sums wrap around, as in the hardware. If that is meant, say "
        "Quantization(accumulator=Accumulator(32))",
        RuntimeWarning,
        stacklevel=2,
    )
    return True


def _reach(plan: Plan | WidePlan, columns: Tensor, constant: Tensor) -> tuple[Tensor, Tensor]:
    """The lowest and the highest total of any output: every activation code at its worst for its weight."""
    if isinstance(plan, WidePlan):
        extremes = np.array([0, len(plan.a) // 2, len(plan.a) - 1])
        table = torch.from_numpy(plan.model(extremes[:, None], np.arange(len(plan.b))))
    else:
        table = torch.tensor(plan.table, dtype=torch.int64, device="cpu")
    worst = [part.to(columns.device)[columns.long()].sum(1).double() + constant for part in (table.amin(0), table.amax(0))]
    return worst[0].min(), worst[1].max()
