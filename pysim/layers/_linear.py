"""Fully connected layer on an approximate multiplier."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from ._base import ApproximateLayer


class ApproximateLinear(ApproximateLayer, nn.Linear):
    """nn.Linear with approximate products: x (..., K) to y (..., N) with weight (N, K)."""

    def forward(self, input: Tensor) -> Tensor:
        """y = x W^T + b in the integer core; raises UncalibratedError, NonFiniteError or ValueError (shapes)."""
        product = self.product("weight")
        if input.is_nested:
            raise ValueError(
                f"{product.name}: nested tensors are not allowed; make nn.TransformerEncoder with enable_nested_tensor=False"
            )
        if input.shape[-1:] != self.weight.shape[1:]:
            raise ValueError(
                f"{product.name}: input of shape {tuple(input.shape)} does not have {self.weight.shape[1]} features"
            )
        if product.observer is not None:
            product.observe(input)
            return F.linear(input, self.weight, self.bias)
        return product.rows(input, self.weight, self.bias)

    @staticmethod
    def keys(module: nn.Module) -> list[str]:
        """The products of a layer."""
        return ["weight"]
