"""Which kernel a GPU uses for a product, and whether it can use one at all."""

from __future__ import annotations

import warnings
from functools import cache

import torch

from ..accumulator import Accumulator
from ..plan import Plan
from ..window import Window
from . import _device
from .products import LowRankProduct, Product, TableProduct

LOOKUP = 256.0
"""How many int8 products cost as much as one look-up; assign another number to choose differently.

Not measured. A card of the H100's kind does about 1e15 int8 products a second by its data sheet, of which half are reached;
its 132 multiprocessors each serve some 10 look-ups of a random row a clock, 2e12 a second. `python -m benchmarks.gpu` measures
both.
"""


def prefers_table(plan: Plan, inner: int, outputs: int, depthwise: bool) -> bool:
    """Whether looking up is the cheaper of the two, for groups of `outputs` sums of `inner` products.

    Planes are multiplied in tiles of at least 32 by 16, of which small groups fill a part. A depthwise convolution's planes
    would also read one byte of every 32 that memory delivers, so it always looks up.
    """
    if not plan.planes and plan.kind != "table":
        return False  # nothing to multiply: the constant is all
    filled = (-(-inner // 32) * 32) * (-(-outputs // 16) * 16) / max(inner * outputs, 1)
    return not plan.planes or depthwise or len(plan.planes) * filled > LOOKUP


def choose(plan: Plan, weight: torch.Tensor, window: Window, saturated: Accumulator | None = None) -> Product | None:
    """The faster of the GPU's products; None where operands are too wide for the kernels' tables of 256 by 256."""
    if max(plan.table.shape) > 256:
        return None
    if saturated is not None:
        return TableProduct(plan, weight, window, saturated)
    depthwise = weight.shape[1] == 1 and window.groups > 1
    if prefers_table(plan, weight[:1].numel(), len(weight) // window.groups, depthwise):
        return TableProduct(plan, weight, window)
    return LowRankProduct(plan, weight, window)


@cache
def usable(device: torch.device) -> bool:
    """Whether the kernels run on this GPU; where they do not, one warning says why, and slower torch code runs instead."""
    reason = None
    try:
        if not _device.available(device):
            reason = "triton is not installed; pip install triton"
        elif torch.version.hip is None and torch.cuda.get_device_capability(device) < (8, 0):
            reason = "it is older than compute capability 8.0"
        else:
            _device.interpreted()
    except (ImportError, RuntimeError, AssertionError) as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
    if reason is not None:
        warnings.warn(f"no GPU kernels on {device}, simulation is slower: {reason}", RuntimeWarning, stacklevel=2)
    return reason is None
