"""Products of activation codes with fixed weights by the GPU kernels: what layers on a GPU call."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import torch
from torch import Tensor

from ..accumulator import Accumulator
from ..plan import Plan
from ..window import Window, empty_output
from . import _device
from .dense import DenseFactors
from .expand import pack
from .geometry import MOST_PIXELS, Geometry
from .low_rank import conv_low_rank, expand_right
from .output import Output
from .table import conv_table, depthwise_table


class Product(ABC):
    """What both kinds share: the constants of each output, and the call with its result's memory."""

    def __init__(self, plan: Plan, weight: Tensor, window: Window) -> None:
        self.plan, self.window, self.weight = plan, window, weight
        self.outputs = weight.shape[0]
        self.depthwise = weight.shape[1] == 1 and window.groups > 1
        self.constant = torch.zeros(self.outputs, dtype=torch.int32, device=weight.device)

    def __call__(self, x: Tensor, constant: Tensor, scale: Tensor | None, pad_code: int = 0) -> Tensor:
        """Sums plus `constant`, and times `scale` if given, of code indices x (B, C, H, W), uint8 of any strides.

        `constant` is int32 (N,), `scale` float32 (N,). Returns int32, or float32 if scaled, of shape (B, N, out_h, out_w), on
        the weight's device, where x has to be too: PysimError.
        """
        out = empty_output(x, self.weight, self.window, torch.int32 if scale is None else torch.float32)
        if not out.numel():
            return out
        window = self.window
        padding = ((window.padding[0], window.end[0]), (window.padding[1], window.end[1]))
        geometry = Geometry(window.kernel, window.stride, padding, window.dilation, window.groups, pad_code)
        images = max(1, MOST_PIXELS // (out.shape[2] * out.shape[3]))
        total = self.constant + constant
        for codes, to in zip(x.split(images), out.split(images), strict=True):
            self._run(codes.permute(0, 2, 3, 1), total, geometry, Output(to.permute(0, 2, 3, 1), scale))
        return out

    @abstractmethod
    def _run(self, x: Tensor, constant: Tensor, geometry: Geometry, output: Output) -> None:
        """Write sums of x (B, H, W, C) to the output."""


class LowRankProduct(Product):
    """int8 products of expanded codes."""

    def __init__(self, plan: Plan, weight: Tensor, window: Window, dense: bool | None = None) -> None:
        """`weight` holds column indices (N, C / groups, kernel_h, kernel_w), on the device that computes.

        `dense` multiplies matrices by the copy engine, for pointwise windows only; None does so on cards that have one.
        """
        super().__init__(plan, weight, window)
        left = np.zeros((len(plan.planes), 256), np.int8)
        right = np.zeros((len(plan.planes), 256), np.int8)
        correction = plan.correction
        # left + offset is a byte; int8 holds it less 128, and the constant gives that back
        for p, plane in enumerate(plan.planes):
            left[p, : len(plane.left)] = plane.left + plane.offset - 128
            right[p, : len(plane.right)] = plane.right
            correction = correction + plane.right.astype(np.int64) * (128 << plane.shift)
        device, self._shifts = weight.device, tuple(plane.shift for plane in plan.planes)
        self._left = torch.from_numpy(left).to(device)
        self.constant = torch.from_numpy(correction).to(device)[weight.long()].flatten(1).sum(1).to(torch.int32)
        codes = weight.to(torch.uint8).permute(0, 2, 3, 1).flatten(1)
        factors = torch.from_numpy(right).to(device)
        pointwise = window.kernel == (1, 1) and window.groups == 1 and window.padding == window.end == (0, 0)
        wanted = _device.hopper(device) if dense is None else dense
        self._dense = self._right = self._words = None
        if wanted and pointwise and plan.planes and codes.numel():
            self._dense = DenseFactors(self._left, factors, self._shifts, codes)
        else:
            self._right, self._words = expand_right(factors, codes), pack(self._left) if plan.planes else None

    def _run(self, x: Tensor, constant: Tensor, geometry: Geometry, output: Output) -> None:
        if self._dense is not None:
            down, across = geometry.stride
            self._dense(x[:, ::down, ::across], constant, output.scale, output.to)
        else:
            assert self._right is not None
            conv_low_rank(x, self._left, self._right, self._shifts, constant, geometry, None, self._words, output)


class TableProduct(Product):
    """Table look-ups."""

    def __init__(self, plan: Plan, weight: Tensor, window: Window, saturated: Accumulator | None = None) -> None:
        """`weight` holds column indices (N, C / groups, kernel_h, kernel_w); `saturated` clamps after each product."""
        super().__init__(plan, weight, window)
        self.saturated = saturated
        table = plan.table.astype(np.int64)
        middle = (int(table.min()) + int(table.max()) + 1) >> 1
        short = int(table.max()) - int(table.min()) < 1 << 16
        if short and saturated is None:  # half as many bytes to cache; the sums get what entries lack as a constant
            table = table - middle
            self.constant += torch.tensor(middle * weight[:1].numel(), dtype=torch.int64, device="cpu").to(torch.int32)
        fits = int(table.min()) >= -(1 << 15) and int(table.max()) < 1 << 15
        square = np.zeros((256, 256), np.int16 if fits else np.int32)
        square[: table.shape[0], : table.shape[1]] = table
        self._table = torch.from_numpy(square).to(weight.device)
        # Saturation adds in the order of the weights in memory, channel by channel; else a tap's channels are neighbours.
        codes = weight.to(torch.uint8) if saturated is not None else weight.to(torch.uint8).permute(0, 2, 3, 1)
        self._codes = codes.flatten(1).T.contiguous().T  # neighbouring outputs side by side

    def _run(self, x: Tensor, constant: Tensor, geometry: Geometry, output: Output) -> None:
        look_up = depthwise_table if self.depthwise else conv_table
        look_up(x, self._table, self._codes, constant, geometry, self.saturated, output)
