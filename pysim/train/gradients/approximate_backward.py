"""Approximate products in the backward pass too, as hardware would have it that trains on the same multiplier.

The result's gradient g gets symmetric codes q, with one scale s, or one for each output where it is the weight operand:

    dx[m, k] = straight-through + s * sum_n e(q[m, n], w[n, k])         q of g * scale_w[n], as the activation operand
    dw[n, k] = straight-through + s[n] * scale_x * sum_m e(x[m, k], q[m, n])  q of g, as the weight operand

where e(a, b) = f(a, b) - a * b is the multiplier's error. What is added is that error alone: the gradients' own rounding is
left out, so that the multiplier is all that a run differs by, and an exact one gives straight-through to the bit.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..._errors import PysimError
from ..._product import code_table
from ..._quantization import Operands, Quantization
from ..._quantization import operands as fitted
from ...kernels import Plan, Window, compile_plan, prepare
from .._call import Call
from .straight_through import StraightThrough

IMAGES = 1 << 22
"""Most unfolded codes at a time."""


@lru_cache(maxsize=16)
def error_plan(operands: Operands) -> Plan | None:
    """The compiled table of e over an operand pair's codes; None if it is zero."""
    a, b = (np.arange(part.low, part.high + 1) for part in (operands.activation, operands.weight))
    error = code_table(operands) - np.multiply.outer(a, b)
    return compile_plan(error, operands.activation.low, operands.weight.low) if error.any() else None


class ApproximateBackward(StraightThrough):
    """The rule above; raises PysimError for codes of more than 8 bits."""

    def __init__(self, operands: Operands) -> None:
        super().__init__(operands)
        if operands.wide:
            raise PysimError("gradient = 'approximate' is for operands of up to 8 bits; use 'straight-through' or 'estimate'")
        bits = operands.quantization.weight_bits
        self.signed = fitted(operands.multiplier, Quantization(bits, bits, "symmetric"))
        self.of_gradients, self.of_weights = error_plan(self.signed), error_plan(operands)

    def __call__(self, call: Call, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """As `StraightThrough.__call__`."""
        grad_x, grad_weight = super().__call__(call, grad)
        if grad_x is not None and self.of_gradients is not None:
            grad_x = grad_x + self._error_of_x(call, grad, self.of_gradients)
        if grad_weight is not None and self.of_weights is not None:
            grad_weight = grad_weight + self._error_of_weight(call, grad, self.of_weights)
        return grad_x, grad_weight

    def _error_of_x(self, call: Call, grad: Tensor, plan: Plan) -> Tensor:
        """s * sum_n e(q, w): a grouped pointwise product to each window's positions, which are then folded onto x."""
        window, codes = call.window, call.weights.codes
        outputs, inner = codes.shape[0] // window.groups, codes[0].numel()
        scaled = grad * call.weights.scale.view(-1, 1, 1)
        high = self.signed.activation.high
        step = scaled.abs().amax().clamp_min(torch.finfo(torch.float32).tiny) / high
        index = ((scaled / step).round().clamp(-high, high) + high).to(torch.uint8)
        transposed = (codes - self.signed.weight.low).view(window.groups, outputs, inner).transpose(1, 2)
        weight = transposed.reshape(window.groups * inner, outputs, 1, 1)
        product = prepare(plan, weight, Window(groups=window.groups))
        sums = product(index, torch.zeros(len(weight), dtype=torch.int32, device=weight.device), None)
        return _folded(sums.float().flatten(2), call.x.shape, window) * step

    def _error_of_weight(self, call: Call, grad: Tensor, plan: Plan) -> Tensor:
        """s[n] * scale_x * sum_m e(x, q): each group's windows by positions, images a part at a time."""
        window, shape = call.window, call.weights.codes.shape
        groups, inner, high = window.groups, shape[1] * shape[2] * shape[3], self.operands.weight.high
        scale = grad.abs().amax((0, 2, 3)).clamp_min(torch.finfo(torch.float32).tiny) / high
        q = ((grad / scale.view(-1, 1, 1)).round().clamp(-high, high) - self.operands.weight.low).to(torch.int32)
        positions = q.shape[2] * q.shape[3]
        assert call.index is not None
        part = max(1, IMAGES // max(1, groups * inner * positions))
        total = torch.zeros(shape[0], inner, dtype=torch.float64, device=grad.device)
        for x, weight in zip(call.index.split(part), q.split(part), strict=True):
            count = len(x) * positions
            windows = _unfolded(x, window, call.pad_code).unflatten(1, (groups, shape[1]))
            rows = windows.permute(1, 0, 5, 6, 2, 3, 4).reshape(1, groups * count, inner, 1)
            product = prepare(plan, weight.transpose(0, 1).reshape(shape[0], count, 1, 1), Window(groups=groups))
            sums = product(rows, torch.zeros(shape[0], dtype=torch.int32, device=grad.device), None)
            total += sums[0, :, :, 0]
        return (total * scale.double()[:, None] * call.settings[0]).float().view(shape)


def _padded(x: Tensor, window: Window, value: int) -> Tensor:
    (top, left), (bottom, right) = window.padding, window.end
    return F.pad(x, (left, right, top, bottom), value=value)


def _unfolded(x: Tensor, window: Window, pad_code: int) -> Tensor:
    """Codes (B, C, H, W) as a view (B, C, kernel_h, kernel_w, out_h, out_w) of the padded ones; torch's unfold wants floats."""
    padded = _padded(x, window, pad_code)
    image, channel, row, column = padded.stride()
    (down, right), (apart_h, apart_w), (kernel_h, kernel_w) = window.stride, window.dilation, window.kernel
    out_h = (padded.shape[2] - apart_h * (kernel_h - 1) - 1) // down + 1
    out_w = (padded.shape[3] - apart_w * (kernel_w - 1) - 1) // right + 1
    return padded.as_strided(
        (*padded.shape[:2], kernel_h, kernel_w, out_h, out_w),
        (image, channel, apart_h * row, apart_w * column, down * row, right * column),
    )


def _folded(columns: Tensor, shape: torch.Size, window: Window) -> Tensor:
    """The reverse: columns (B, C * kernel_h * kernel_w, positions) added up in their places, (B, C, H, W)."""
    (top, left), (bottom, right) = window.padding, window.end
    height, width = shape[2] + top + bottom, shape[3] + left + right
    folded = F.fold(columns, (height, width), window.kernel, window.dilation, 0, window.stride)
    return folded[:, :, top : height - bottom, left : width - right]
