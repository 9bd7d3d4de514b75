"""Fully connected layer on an approximate multiplier."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from ._base import ApproximateLayer


class ApproximateLinear(ApproximateLayer, nn.Linear):
    """nn.Linear with approximate products: x (..., in_features) to y (..., out_features)."""

    def forward(self, input: Tensor) -> Tensor:
        """y = x W^T + b in the integer core; raises UncalibratedError or NonFiniteError."""
        product = self.product("weight")
        if product.observer is not None:
            product.observe(input)
            return F.linear(input, self.weight, self.bias)
        return product.rows(input, self.weight, self.bias)

    @staticmethod
    def keys(module: nn.Module) -> list[str]:
        """The products of a layer."""
        return ["weight"]
