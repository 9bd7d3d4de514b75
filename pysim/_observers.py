"""Range observers for calibration: the full range, or the range that holds a share of all magnitudes."""

from __future__ import annotations

import torch
from torch import Tensor

from ._quantization import Quantization

_BINS = 4096


class MinMax:
    """Smallest and largest value seen; zero always counts as seen, since padding needs a code for it."""

    def __init__(self) -> None:
        self.low = self.high = 0.0
        self.count = 0

    def update(self, x: Tensor) -> None:
        """Take in a float tensor of any shape."""
        if x.numel() == 0:
            return
        low, high = torch.aminmax(x)
        self.low, self.high = min(self.low, low.item()), max(self.high, high.item())
        self.count += x.numel()

    def range(self) -> tuple[float, float]:
        """The range to quantise, low <= 0 <= high."""
        return self.low, self.high


class Percentile(MinMax):
    """The full range with both ends cut at the percentile of abs(x).

    Magnitudes are counted in 4096 bins over [0, top]; when a larger value comes, pairs of bins merge and top doubles, so the
    result depends on the data alone and errs by at most one bin, top / 4096.
    """

    def __init__(self, percentile: float) -> None:
        super().__init__()
        self.share = percentile / 100
        self.top = 0.0
        self.bins = torch.zeros(_BINS, dtype=torch.float64, device="cpu")

    def update(self, x: Tensor) -> None:
        """Take in a float tensor of any shape."""
        super().update(x)
        magnitude = x.detach().abs().double().flatten().cpu()
        largest = magnitude.max().item() if magnitude.numel() else 0.0
        if largest > 0 and self.top == 0:
            self.top = largest
        while largest > self.top:
            self.bins = torch.cat([self.bins.view(-1, 2).sum(1), torch.zeros(_BINS // 2, dtype=torch.float64, device="cpu")])
            self.top *= 2
        step = self.top / _BINS if self.top else 1.0
        self.bins += torch.bincount((magnitude / step).long().clamp_(max=_BINS - 1), minlength=_BINS)

    def range(self) -> tuple[float, float]:
        """The range to quantise, low <= 0 <= high."""
        if not self.count or not self.top:
            return self.low, self.high
        reached = self.bins.cumsum(0) >= self.share * self.count * (1 - 1e-12)
        limit = (int(reached.double().argmax()) + 1) * self.top / _BINS
        return max(self.low, -limit), min(self.high, limit)


def observer(quantization: Quantization) -> MinMax:
    """The observer that a quantisation asks for."""
    return Percentile(quantization.percentile) if quantization.calibration == "percentile" else MinMax()
