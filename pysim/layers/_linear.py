"""Fully connected layer on an approximate multiplier."""

from __future__ import annotations

from torch import Tensor, nn

from ._base import ApproximateLayer


class ApproximateLinear(ApproximateLayer, nn.Linear):
    """nn.Linear with approximate products: x (..., in_features) to y (..., out_features)."""

    def forward(self, input: Tensor) -> Tensor:
        """y = x W^T + b in the integer core; raises UncalibratedError or NonFiniteError."""
        return self.product("weight")(input, self.weight, self.bias)

    @staticmethod
    def keys(module: nn.Module) -> list[str]:
        """The products of a layer."""
        return ["weight"]
