"""What is recorded of a product while batches run: its activation codes, and exact sums beside the errors made of them."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .._correction import side_sums
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
        self.histogram = torch.zeros(1, 1, dtype=torch.float64, device="cpu")
        self._exact: list[Tensor] = []
        self._error: list[Tensor] = []
        self._moments = torch.zeros(5, 1, dtype=torch.float64, device="cpu")

    @torch.no_grad()
    def update(self, call: Call, prepared: Prepared) -> None:
        """Take in a call's codes, which the prepared product multiplies by its weights."""
        index, weights, window = call.index, call.weights, call.window
        assert index is not None
        self.histogram = self.histogram + self._counts(index, window.groups)
        _, zero_point, low, _ = prepared.quantizer
        (top, left), (bottom, right) = window.padding, window.end
        centred = F.pad(index.double() + (low - zero_point), (left, right, top, bottom))
        exact = F.conv2d(centred, weights.codes.double(), None, window.stride, 0, window.dilation, window.groups)
        side = -zero_point * weights.codes.flatten(1).sum(1)
        error = prepared.product(index, side.int(), None, prepared.pad_code).double() - exact
        step = max(1, exact.numel() // SAMPLES)
        self._exact.append(exact.flatten()[::step].cpu())
        self._error.append(error.flatten()[::step].cpu())
        s = side_sums(index, window, prepared.quantizer, window.weight(weights.codes.shape)).double()
        moments = torch.stack([part.sum((0, 2, 3)) for part in (torch.ones_like(s), s, s * s, error, error * s)])
        self._moments = self._moments + moments.cpu()

    def _counts(self, index: Tensor, groups: int) -> Tensor:
        """How often each group has each code: float64 (groups, A)."""
        codes = len(self.operands.activation)
        offset = torch.arange(groups, dtype=torch.int64, device=index.device).view(1, -1, 1) * codes
        placed = index.reshape(len(index), groups, -1).long() + offset
        return torch.bincount(placed.flatten(), minlength=groups * codes).view(groups, codes).double().cpu()

    def sums(self) -> tuple[Tensor, Tensor]:
        """Exact sums and the errors made of them, float64 (samples,); raises UncalibratedError if nothing was recorded."""
        self.check()
        return torch.cat(self._exact), torch.cat(self._error)

    def shares(self) -> Tensor:
        """The share of each activation code in each group: float64 (groups, A); raises UncalibratedError as `sums`."""
        self.check()
        return self.histogram / self.histogram.sum(1, keepdim=True)

    def mean_side_sums(self) -> Tensor:
        """The mean of each output's sum of activation codes: float64 (N,)."""
        return self._moments[1] / self._moments[0]

    def error_lines(self) -> tuple[Tensor, Tensor]:
        """For each output, factor and offset of the line in the side sum that is nearest to its errors: float64 (N,)."""
        self.check()
        count, s, squares, error, products = self._moments
        power = squares - s * s / count
        factor = torch.where(power > 0, (products - error * s / count) / power.clamp_min(1), 0.0)
        return factor, (error - factor * s) / count

    def check(self) -> None:
        """Raise UncalibratedError if nothing was recorded."""
        if not self._exact:
            raise UncalibratedError(f"{self.name}: no batch reached it; give batches that run every layer")
