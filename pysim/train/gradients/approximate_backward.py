"""Approximate products in the backward pass too, as hardware would have it that trains on the same multiplier.

The result's gradient g gets symmetric codes q, with one scale s, or one for each output where it is the weight operand:

    dx[m, k] = straight-through + s * sum_n e(q[m, n], w[n, k])         q of g * scale_w[n], as the activation operand
    dw[n, k] = straight-through + s[n] * scale_x * sum_m e(x[m, k], q[m, n])  q of g, as the weight operand

where e(a, b) = f(a, b) - a * b is the multiplier's error. What is added is that error alone: the gradients' own rounding is
left out, so that the multiplier is all that a run differs by, and an exact one gives straight-through to the bit.
"""

from __future__ import annotations

from dataclasses import dataclass
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
from ...kernels.cpu.build import library
from ...kernels.cpu.correlation import correlation
from ...kernels.cpu.signed_codes import dense, largest, signed_codes
from .._call import Call
from ._transposed import spread, transposed
from .straight_through import StraightThrough

UNFOLDED = 1 << 22
"""Most unfolded codes at a time."""

_SMALLEST = 1e-30
"""Gradients that are all smaller count as zero: the reciprocal of what their codes stand for has to be finite."""


@dataclass(frozen=True, eq=False)
class Errors:
    """The error e of an operand pair over its codes, compiled.

    `plan` has one activation code more than the operands, `absent`, of which all errors are zero; `turned` is the same with the
    operands in each other's place. `rows`, int32 (256, 256), is e by the index of the weight's code, then the activation's.
    """

    plan: Plan
    turned: Plan
    absent: int
    rows: Tensor

    @staticmethod
    @lru_cache(maxsize=16)
    def of(operands: Operands) -> Errors | None:
        """None if there is no error."""
        a, b = (np.arange(part.low, part.high + 1) for part in (operands.activation, operands.weight))
        error = code_table(operands) - np.multiply.outer(a, b)
        if not error.any():
            return None
        if len(a) < 256:
            error = np.pad(error, [(0, 1), (0, 0)])
        low_a, low_b = operands.activation.low, operands.weight.low
        plan, turned = compile_plan(error, low_a, low_b), compile_plan(error.T, low_b, low_a)
        rows = np.zeros((256, 256), np.int32)
        rows[: error.shape[1], : error.shape[0]] = error.T
        return Errors(plan, turned, len(a), torch.from_numpy(rows))


class ApproximateBackward(StraightThrough):
    """The rule above; raises PysimError for codes of more than 8 bits."""

    def __init__(self, operands: Operands) -> None:
        super().__init__(operands)
        if operands.wide:
            raise PysimError("gradient = 'approximate' is for operands of up to 8 bits; use 'straight-through' or 'estimate'")
        bits = operands.quantization.weight_bits
        self.signed = fitted(operands.multiplier, Quantization(bits, bits, "symmetric"))
        self.of_gradients, self.of_weights = Errors.of(self.signed), Errors.of(operands)

    def __call__(self, call: Call, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """As `StraightThrough.__call__`."""
        grad_x, grad_weight = super().__call__(call, grad)
        wanted = self.of_gradients if grad_x is not None else None, self.of_weights if grad_weight is not None else None
        if not grad.numel() or wanted == (None, None):
            return grad_x, grad_weight
        grad = dense(grad)
        sizes = largest(grad)
        if grad_x is not None and self.of_gradients is not None:
            grad_x = grad_x.add_(self._error_of_x(call, grad, sizes, self.of_gradients))
        if grad_weight is not None and self.of_weights is not None:
            grad_weight = grad_weight.add_(self._error_of_weight(call, grad, sizes, self.of_weights))
        return grad_x, grad_weight

    def _error_of_x(self, call: Call, grad: Tensor, sizes: Tensor, errors: Errors) -> Tensor:
        """s * sum_n e(q, w): the transposed convolution of q."""
        window, scale, high = call.window, call.weights.scale, self.signed.activation.high
        step = (sizes * scale).amax().clamp_min(_SMALLEST) / high
        q = signed_codes(grad, scale / step, high, high)
        q, back = spread(q, window, (call.x.shape[2], call.x.shape[3]), errors.absent)
        weight = transposed(call.weights.codes - self.signed.weight.low, window.groups)
        product = prepare(errors.plan, weight, back)
        constant = torch.zeros(len(weight), dtype=torch.int32, device=weight.device)
        return product(q, constant, step.expand(len(weight)).contiguous(), errors.absent)

    def _error_of_weight(self, call: Call, grad: Tensor, sizes: Tensor, errors: Errors) -> Tensor:
        """s[n] * scale_x * sum_m e(x, q)."""
        high, index, shape = self.operands.weight.high, call.index, call.weights.codes.shape
        assert index is not None
        scale = sizes.clamp_min(_SMALLEST) / high
        q = signed_codes(grad, 1 / scale, high, -self.operands.weight.low)
        if shape[1] == 1 and q.device.type == "cpu" and library() is not None:
            sums = correlation(index, q, errors.rows, errors.plan.bound, call.window, call.pad_code)
        else:
            sums = _sums_of_windows(index, q, errors, call.window, call.pad_code)
        return (sums.flatten(1) * (scale.double()[:, None] * call.settings[0])).float().view(shape)


def _sums_of_windows(index: Tensor, q: Tensor, errors: Errors, window: Window, pad_code: int) -> Tensor:
    """sum_m e(x[m, k], q[m, n]), int64 (N, K): positions as channels of one pixel for each k or n, some images at a time."""
    groups, positions = window.groups, q.shape[2] * q.shape[3]
    outputs, channels = q.shape[1] // groups, index.shape[1] // groups
    inner = channels * window.kernel[0] * window.kernel[1]
    turn = _lanes(outputs) * inner < _lanes(inner) * outputs
    part = max(1, UNFOLDED // max(1, groups * inner * positions))
    total = torch.zeros(groups, outputs, inner, dtype=torch.int64, device=q.device)
    for x, codes in zip(index.split(part), q.split(part), strict=True):
        windows = _unfolded(x, window, pad_code).unflatten(1, (groups, channels)).permute(1, 2, 3, 4, 0, 5, 6)
        pairs = windows.flatten(4).flatten(1, 3), codes.unflatten(1, (groups, outputs)).permute(1, 2, 0, 3, 4).flatten(2)
        if turn:
            total += _sums(errors.turned, pairs[1], pairs[0]).transpose(1, 2)
        else:
            total += _sums(errors.plan, *pairs)
    return total.flatten(0, 1)


def _sums(plan: Plan, a: Tensor, b: Tensor) -> Tensor:
    """sum_m table[a[g, i, m], b[g, j, m]]: int32 (G, J, I) of code indices (G, I, M) and (G, J, M)."""
    groups, count, positions = b.shape
    product = prepare(plan, b.reshape(groups * count, positions, 1, 1), Window(groups=groups))
    rows = a.transpose(1, 2).reshape(1, groups * positions, -1, 1)
    constant = torch.zeros(groups * count, dtype=torch.int32, device=b.device)
    return product(rows, constant, None)[0, :, :, 0].unflatten(0, (groups, count))


def _lanes(count: int) -> int:
    """What a vector of look-ups makes of so many."""
    return -(-count // 64)


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
