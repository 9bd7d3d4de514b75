"""What is recorded of a product while batches run: its activation codes, and exact sums beside the errors made of them."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .._errors import UncalibratedError
from .._product import Prepared
from .._quantization import Operands
from ._call import Call

SAMPLES = 1 << 14
"""Sums that are kept of each call, evenly spread."""


class Statistics:
    """Of one product, over all calls. Sums are in the accumulator's unit, without bias."""

    def __init__(self, operands: Operands, name: str) -> None:
        self.operands, self.name = operands, name
        self.histogram = torch.zeros(len(operands.activation), dtype=torch.float64)
        self._exact: list[Tensor] = []
        self._error: list[Tensor] = []

    @torch.no_grad()
    def update(self, call: Call, prepared: Prepared) -> None:
        """Take in a call's codes, which the prepared product multiplies by its weights."""
        index, weights, window = call.index, call.weights, call.window
        assert index is not None
        self.histogram += torch.bincount(index.flatten().int(), minlength=len(self.histogram)).double().cpu()
        _, zero_point, low, _ = prepared.quantizer
        (top, left), (bottom, right) = window.padding, window.end
        centred = F.pad(index.double() + (low - zero_point), (left, right, top, bottom))
        exact = F.conv2d(centred, weights.codes.double(), None, window.stride, 0, window.dilation, window.groups)
        side = -zero_point * weights.codes.flatten(1).sum(1)
        error = prepared.product(index, side.int(), None, prepared.pad_code).double() - exact
        step = max(1, exact.numel() // SAMPLES)
        self._exact.append(exact.flatten()[::step].cpu())
        self._error.append(error.flatten()[::step].cpu())

    def sums(self) -> tuple[Tensor, Tensor]:
        """Exact sums and the errors made of them, float64 (samples,); raises UncalibratedError if nothing was recorded."""
        self.check()
        return torch.cat(self._exact), torch.cat(self._error)

    def shares(self) -> Tensor:
        """The share of each activation code, float64 (A,); raises UncalibratedError if nothing was recorded."""
        self.check()
        return self.histogram / self.histogram.sum()

    def check(self) -> None:
        """Raise UncalibratedError if nothing was recorded."""
        if not self._exact:
            raise UncalibratedError(f"{self.name}: no batch reached it; give batches that run every layer")
