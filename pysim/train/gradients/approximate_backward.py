"""Approximate products in the backward pass too, as hardware would have it that trains on the same multiplier.

The result's gradient g gets symmetric codes q, with one scale s, or one for each output where it is the weight operand:

    dx[m, k] = straight-through + s * sum_n e(q[m, n], w[n, k])         q of g * scale_w[n], as the activation operand
    dw[n, k] = straight-through + s[n] * scale_x * sum_m e(x[m, k], q[m, n])  q of g, as the weight operand

where e(a, b) = f(a, b) - a * b is the multiplier's error. What is added is that error alone: the gradients' own rounding is
left out, so that the multiplier is all that a run differs by, and an exact one gives straight-through to the bit.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..._errors import PysimError
from ..._quantization import Operands, Quantization
from ..._quantization import operands as fitted
from ...kernels import prepare
from ...kernels.cpu.signed_codes import dense, largest, signed_codes
from .._call import Call
from ._errors import Errors
from ._transposed import spread, transposed
from ._window_sums import sums_of_windows
from .straight_through import StraightThrough

_SMALLEST = 1e-30
"""Gradients that are all smaller count as zero: the reciprocal of what their codes stand for has to be finite."""


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
        sums = sums_of_windows(index, q, errors, call.window, call.pad_code)
        return (sums * (scale.double()[:, None] * call.settings[0])).float().view(shape)
