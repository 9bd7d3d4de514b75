"""Products of wide codes one by one, in NumPy: by look-up or by the golden model, over tiles that fit the processor's cache.

A tile is some output positions by all outputs by a stretch of the inner dimension k; it is summed before the next is computed,
so that neither all products nor all unfolded activations ever exist. Tiles run on torch's number of threads.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor

from ..accumulator import Accumulator
from ..window import Window, empty_output, unfolded
from .plan import WidePlan

TILE = 1 << 15
"""Most products that a thread computes at a time, unless there are more outputs than that."""

UNFOLDED = 1 << 20
"""Most activation codes that a thread unfolds at a time, unless one position has more."""


class FunctionalProduct:
    """Products by definition, for multipliers without planes and for sums that depend on the order."""

    def __init__(self, plan: WidePlan, weight: Tensor, window: Window, saturated: Accumulator | None = None) -> None:
        """`weight` holds column indices (N, C / groups, kernel_h, kernel_w); `saturated` clamps after each product."""
        self.plan, self.weight, self.window, self.saturated = plan, weight, window, saturated
        grouped = weight.flatten(1).unflatten(0, (window.groups, -1)).cpu().numpy().astype(np.int64)
        self._weight = grouped.transpose(2, 0, 1).copy()  # (K, G, N / G)

    def __call__(self, x: Tensor, constant: Tensor, scale: Tensor | None, pad_code: int = 0) -> Tensor:
        """Sums plus `constant`, and times `scale` if given, of code indices x (B, C, H, W), integers of any strides.

        `constant` is int32 (N,), `scale` float32 (N,). Returns int32, or float32 if scaled, of shape (B, N, out_h, out_w).
        """
        out = empty_output(x, self.weight, self.window, torch.int32 if scale is None else torch.float32)
        if not out.numel():
            return out
        windows = unfolded(x.cpu().int(), self.window, pad_code)
        places, (inner, groups, outputs) = windows.shape[:3], self._weight.shape
        acc = np.zeros((places.numel(), groups, outputs), np.int64)
        step = max(1, min(TILE // (groups * outputs), UNFOLDED // max(groups * inner, 1)))

        def compute(start: int) -> None:
            stop = min(start + step, len(acc))
            place = np.unravel_index(np.arange(start, stop), places)
            codes = windows[tuple(map(torch.from_numpy, place))].flatten(2).numpy()
            self.accumulate(acc[start:stop], codes.transpose(2, 0, 1)[..., None].astype(np.int64))

        _ = self.plan.table  # made here, before several threads ask for it
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            list(pool.map(compute, range(0, len(acc), step)))
        sums = torch.from_numpy(acc.astype(np.int32)).view(*places, -1).permute(0, 3, 1, 2).to(x.device)
        sums = sums + constant.view(-1, 1, 1)
        return out.copy_(sums if scale is None else sums.float() * scale.view(-1, 1, 1))

    def accumulate(self, acc: np.ndarray, codes: np.ndarray) -> None:
        """Add the products of codes (K, P, G, 1) to acc (P, G, N / G), in order of k, clamping if that is wanted."""
        step = max(1, TILE // acc.size)
        for start in range(0, len(codes), step):
            products = self.plan.products(codes[start : start + step], self._weight[start : start + step, None])
            if self.saturated is None:
                acc += products.sum(0, dtype=np.int64)
                continue
            for product in products:
                acc += product
                np.clip(acc, self.saturated.low, self.saturated.high, out=acc)
