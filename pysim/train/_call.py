"""One call of a product in training: what went in, as codes and as the real numbers that these stand for.

Code x stands for scale_x * (x - Zx), code w of output n for scale_w[n] * w. Quantisation-aware training takes the gradients of
products of these numbers (Jacob et al. 2018), and none for activations that the quantiser clipped.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .._quantization import Operands
from .._quantizer import Settings, quantized_weight
from ..kernels import Window
from ..kernels.cpu.look_up import look_up, scaled_codes


@dataclass(frozen=True, eq=False)
class Weights:
    """A weight's codes, int32 (N, C / groups, kernel_h, kernel_w), their scales (N,), and the numbers that they stand for."""

    codes: Tensor
    scale: Tensor
    values: Tensor

    @staticmethod
    def of(weight: Tensor, operands: Operands, window: Window, name: str) -> Weights:
        """The codes that the integer core gives this weight."""
        codes, scale, values = quantized_weight(weight.flatten(1), operands.weight, name)
        shape = window.weight(weight.shape)
        return Weights(codes.view(shape), scale, values.view(shape))


@dataclass(eq=False)
class Call:
    """One call: activations x (B, C, H, W) and weights; y (B, N, out_h, out_w) came out, kept where a gradient wants it.

    Of x's quantised form, code indices or `values`, what they stand for, are kept. `settings` are the activation's scale, zero
    point, and lowest and highest code. `needs` says whether gradients for x and for the weight are wanted.
    """

    x: Tensor
    weights: Weights
    settings: Settings
    window: Window
    needs: tuple[bool, bool]
    index: Tensor | None = None
    values: Tensor | None = None
    y: Tensor | None = None
    bias: Tensor | None = None

    @property
    def pad_code(self) -> int:
        """The index of the code of zero, which fills padded positions."""
        return self.settings[1] - self.settings[2]

    @property
    def unit(self) -> Tensor:
        """What one unit of each output's accumulator stands for: float32 (N,)."""
        return self.weights.scale * self.settings[0]

    def activations(self) -> Tensor:
        """What the codes stand for: float32 of x's shape."""
        if self.values is not None:
            return self.values
        assert self.index is not None
        scale, zero_point, low, _ = self.settings
        if self.index.dtype != torch.uint8:
            return (self.index + (low - zero_point)).float() * scale
        return scaled_codes(self.index, low - zero_point, scale)

    def mapped(self, table: Tensor) -> Tensor:
        """table[index], float32 of x's shape, for a table (A,) over the activation's codes."""
        assert self.index is not None
        return look_up(self.index, F.pad(table.float(), (0, 256 - len(table))).to(self.index.device).contiguous())

    def inside(self, grad: Tensor, into: Tensor | None = None) -> Tensor:
        """`grad` where the activation was not clipped, and 0 elsewhere; written `into` memory of its shape if given."""
        low, high = bounds(self.settings)
        into = torch.empty_like(grad) if into is None else into
        masked: Tensor = torch.ops.aten.hardtanh_backward.grad_input(grad, self.x.float(), low, high, grad_input=into)
        return masked


@lru_cache(maxsize=256)
def bounds(settings: Settings) -> tuple[float, float]:
    """The largest float32 that is clipped below the lowest code, and the smallest that is clipped above the highest."""
    scale, zero_point, low, high = settings
    step = np.float32(scale)

    def code(x: np.float32) -> float:
        return float(np.rint(x / step)) + zero_point

    below, above = (np.float32((end - zero_point + half) * scale) for end, half in ((low, -0.5), (high, 0.5)))
    with np.errstate(over="ignore"):
        while code(below) >= low:
            below = np.nextafter(below, np.float32(-np.inf))
        while code(np.nextafter(below, np.float32(np.inf))) < low:
            below = np.nextafter(below, np.float32(np.inf))
        while code(above) <= high:
            above = np.nextafter(above, np.float32(np.inf))
        while code(np.nextafter(above, np.float32(-np.inf))) > high:
            above = np.nextafter(above, np.float32(-np.inf))
    return float(below), float(above)


def products_gradients(
    grad: Tensor, x: Tensor, weight: Tensor, window: Window, needs: tuple[bool, bool], pad: float = 0.0
) -> tuple[Tensor | None, Tensor | None]:
    """Gradients of the convolution of x (B, C, H, W), padded by `pad`, with weight (N, C / groups, kernel_h, kernel_w).

    They are float32, shaped as x and weight; None where not needed.
    """
    if not any(needs):
        return None, None
    if window == Window() and x.shape[0] == x.shape[3] == 1:
        return _matrix_gradients(grad, x, weight, needs)
    (top, left), (bottom, right) = window.padding, window.end
    shared = (top, left) == (bottom, right) and pad == 0.0
    padded = x if shared else F.pad(x, (left, right, top, bottom), value=pad)
    inner = (top, left) if shared else (0, 0)
    grad_x, grad_weight, _ = torch.ops.aten.convolution_backward(
        *(grad, padded, weight, None, window.stride, inner, window.dilation, False, (0, 0), window.groups, [*needs, False])
    )
    if grad_x is not None and not shared:
        grad_x = grad_x[:, :, top : grad_x.shape[2] - bottom, left : grad_x.shape[3] - right]
    return grad_x, grad_weight


def _matrix_gradients(grad: Tensor, x: Tensor, weight: Tensor, needs: tuple[bool, bool]) -> tuple[Tensor | None, Tensor | None]:
    """The same of a linear layer's rows, x (1, K, M, 1)."""
    g, rows, matrix = grad[0, :, :, 0], x[0, :, :, 0], weight[:, :, 0, 0]
    grad_x: Any = (g.T @ matrix).T[None, :, :, None] if needs[0] else None
    grad_weight: Any = (g @ rows.T)[:, :, None, None] if needs[1] else None
    return grad_x, grad_weight
