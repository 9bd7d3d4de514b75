"""Straight-through (Bengio et al. 2013): the gradient of the exact products of what the codes stand for.

With y[m, n] = sum_k x[m, k] * w[n, k] over the real numbers behind the codes,

    dx[m, k] = sum_n g[m, n] * w[n, k]        dw[n, k] = sum_m g[m, n] * x[m, k]

which is ordinary quantisation-aware training (Jacob et al. 2018): the multiplier's error has no part in it.
"""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from ..._quantization import Operands
from .._call import Call, products_gradients
from .._statistics import Statistics


class StraightThrough:
    """The rule above; all others add to it. `statistics` says whether a rule has to see a layer's operands first."""

    statistics: ClassVar[bool] = False
    result: ClassVar[bool] = False

    def __init__(self, operands: Operands) -> None:
        self.operands = operands

    def fit(self, statistics: Statistics) -> None:
        """Take in what was recorded of a product's operands and results."""

    def __call__(self, call: Call, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Gradients of x (B, C, H, W), clipped ones not yet masked, and of the weight (N, C / groups, kernel_h, kernel_w).

        `grad` (B, N, out_h, out_w) is that of the result.
        """
        return products_gradients(grad, call.activations(), call.weights.values, call.window, call.needs)
