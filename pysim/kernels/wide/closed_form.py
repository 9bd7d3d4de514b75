"""Closed forms by the 8-bit back ends: each plane is an exact product of bytes, and 32-bit sums of planes wrap around."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor

from ..backends import prepare
from ..compiler import compile_plan
from ..plan import Plan
from ..planes import DEEPEST_SHIFT
from ..window import Window, empty_output
from .plan import WidePlan

_LOWEST = -128
"""The byte that weight index 0 of every plane stands for."""


@cache
def byte_plan() -> Plan:
    """The exact product of 0 ... 255 with -128 ... 127."""
    table = np.multiply.outer(np.arange(256), np.arange(_LOWEST, -_LOWEST))
    return compile_plan(table, 0, _LOWEST, kind="exact", cache=False)


class ClosedFormProduct:
    """Products by planes: activation codes become bytes plane by plane, and the planes' sums are added by Horner's scheme."""

    def __init__(self, plan: WidePlan, weight: Tensor, window: Window) -> None:
        """`weight` holds column indices (N, C / groups, kernel_h, kernel_w)."""
        self.plan, self.weight, self.window = plan, weight, window
        index = weight.cpu().numpy()
        lefts = {plane.left.tobytes(): plane.left for plane in plan.planes}
        self._lefts = [torch.from_numpy(left.astype(np.uint8)).to(weight.device) for left in lefts.values()]
        self._planes = []
        for plane in plan.planes:
            right = torch.from_numpy(plane.right[index].astype(np.int64) - _LOWEST).to(weight.device)
            which = list(lefts).index(plane.left.tobytes())
            self._planes.append((plane.shift, which, prepare(byte_plan(), right, window)))
        constant = plan.column[index].sum(tuple(range(1, index.ndim)))
        self._constant = torch.from_numpy(constant.astype(np.int32)).to(weight.device)

    def __call__(self, x: Tensor, constant: Tensor, scale: Tensor | None, pad_code: int = 0) -> Tensor:
        """Sums plus `constant`, and times `scale` if given, of code indices x (B, C, H, W), integers of any strides.

        `constant` is int32 (N,), `scale` float32 (N,). Returns int32, or float32 if scaled, of shape (B, N, out_h, out_w).
        """
        sums = self._sums(x, pad_code)
        sums += (self._constant + constant).view(-1, 1, 1)
        return sums if scale is None else sums.float() * scale.view(-1, 1, 1)

    def _sums(self, x: Tensor, pad_code: int) -> Tensor:
        batch, channels, height, width = x.shape
        codes = x.permute(0, 2, 3, 1).reshape(-1).long()
        expanded = [left.index_select(0, codes).view(batch, height, width, channels) for left in self._lefts]
        none = torch.zeros_like(self._constant)
        sums, reached = empty_output(x, self.weight, self.window, torch.int32).zero_(), DEEPEST_SHIFT
        for shift, which, product in self._planes:
            part = product(expanded[which].permute(0, 3, 1, 2), none, None, int(self._lefts[which][pad_code]))
            sums, reached = part.add_(sums.bitwise_left_shift_(reached - shift)), shift
        return sums.bitwise_left_shift_(reached)
