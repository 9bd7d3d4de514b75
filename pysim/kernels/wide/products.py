"""Which product a wide plan gets: planes where there are any and they suffice, else the model in array order."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from ..accumulator import Accumulator, Wrapping
from ..window import Window
from .closed_form import ClosedFormProduct
from .functional import FunctionalProduct
from .plan import WidePlan
from .slowness import warn_once


class WideProduct(Protocol):
    """Products of wide activation codes with fixed weights."""

    plan: WidePlan

    def __call__(self, x: Tensor, constant: Tensor, scale: Tensor | None, pad_code: int = 0) -> Tensor:
        """As a narrow product (`backends.Product`), of code indices x in int32 instead of uint8."""
        ...


def prepare_wide(plan: WidePlan, weight: Tensor, window: Window, accumulator: Accumulator | None = None) -> WideProduct:
    """The product for column indices `weight` (N, C / groups, kernel_h, kernel_w), on the weight's device.

    Without an `accumulator`, sums have 32 bits and wrap around. Warns once of a multiplier that has no fast kernel: one
    without a closed form, or a saturating accumulator that sums of this length can overflow.
    """
    accumulator = accumulator or Accumulator()
    inner = weight[0].numel() if len(weight) else 0
    sufficient = plan.kind == "closed form" and accumulator.holds(plan.bound, inner)  # else the bound is only the port's
    saturated = accumulator if accumulator.overflow == "saturate" and not sufficient else None
    if plan.kind == "functional" or saturated:
        warn_once(plan, saturated)
        product: WideProduct = FunctionalProduct(plan, weight, window, saturated)
    else:
        product = ClosedFormProduct(plan, weight, window)
    return product if saturated or sufficient or accumulator.bits == 32 else Wrapping(product, accumulator)
