"""Gradient estimation (after De la Parra et al. 2021): the error of a whole product as a clipped line in the exact product.

For each layer, with y an exact accumulated product in the accumulator's unit and e the error that the multiplier made of it,

    e is close to clip(slope * y + offset, low, high)

where the line is the least-squares fit over the layer's own products on calibration data, and low and high are the 0.5% and
99.5% quantiles of e. The gradient of the result is then 1 + slope times the straight-through one inside the clip, and 1 times
it outside: g is multiplied before it goes through the exact products. Only the approximate sum z is known in training;
z = y + clip(...) rises with y as long as slope > -1, so the clip's ends are found at z. A slope of -1 or less, which would
reverse gradients, counts as 0.
"""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor

from ..._errors import PysimError
from ..._quantization import Operands
from .._call import Call
from .._statistics import Statistics
from .straight_through import StraightThrough

QUANTILE = 0.005


class Estimate(StraightThrough):
    """The rule above; `slope`, `offset`, `low` and `high` are known after `fit`."""

    statistics: ClassVar[bool] = True
    result: ClassVar[bool] = True

    def __init__(self, operands: Operands) -> None:
        super().__init__(operands)
        self.slope: float | None = None
        self.offset = self.low = self.high = 0.0

    def fit(self, statistics: Statistics) -> None:
        """Fit the line to recorded exact sums and errors."""
        exact, error = statistics.sums()
        spread = exact - exact.mean()
        power = float(spread @ spread)
        slope = float(spread @ error) / power if power else 0.0
        self.slope = slope if slope > -1 else 0.0
        self.offset = float(error.mean() - self.slope * exact.mean())
        ends = torch.quantile(error[:: max(1, len(error) >> 20)], error.new_tensor([QUANTILE, 1 - QUANTILE]))
        self.low, self.high = ends.tolist()

    def interval(self) -> tuple[float, float]:
        """The approximate sums z between which the line is not clipped."""
        if not self.slope or self.low >= self.high:
            return -math.inf, -math.inf
        ends = sorted(((end - self.offset) / self.slope + end) for end in (self.low, self.high))
        return ends[0], ends[1]

    def __call__(self, call: Call, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """As `StraightThrough.__call__`; raises PysimError before `fit`."""
        if self.slope is None:
            raise PysimError("gradient = 'estimate' was not fitted; give prepare_ batches of inputs")
        if self.slope:
            assert call.y is not None
            low, high = self.interval()
            z = call.y / call.unit.view(-1, 1, 1)
            if call.bias is not None:
                z = z - torch.round(call.bias / call.unit).view(-1, 1, 1)
            grad = grad * torch.where((z > low) & (z < high), 1 + self.slope, 1.0)
        return super().__call__(call, grad)
