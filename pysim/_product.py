"""The integer core of one matrix product: approximate products of raw codes, exact corrections around them.

With activation codes x (zero point Zx), symmetric weight codes w and an integer bias,

    acc[m, n] = sum_k f(x[m, k], w[n, k]) - Zx * sum_k w[n, k] + bias[n]        in int32, wrapping around
    y[m, n]   = acc[m, n] * scale_x * scale_w[n]                                in float32

The raw codes meet the multiplier f, and the zero point is corrected by exact side sums, as the hardware does it. With an
exact f, acc is sum_k (x - Zx) * w. A padded position holds the code Zx and so contributes f(Zx, w).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ._observers import MinMax
from ._quantization import Operands
from ._quantizer import ActivationQuantizer, check_finite, quantize_weight
from .kernels import TableProduct

_INT32 = torch.iinfo(torch.int32)


@dataclass
class _Prepared:
    """What depends on the weights alone, kept until they change."""

    key: tuple[object, ...]
    product: TableProduct
    scale: Tensor
    code_sum: Tensor


class ApproximateProduct(nn.Module):
    """One weight matrix's products on an approximate multiplier: quantiser, integer core, and scale back to float.

    While `observer` is set, it computes in float and records its input's range instead.
    """

    table: Tensor

    def __init__(self, operands: Operands, name: str) -> None:
        super().__init__()
        self.operands, self.name = operands, name
        self.quantizer = ActivationQuantizer(operands.activation)
        self.observer: MinMax | None = None
        self.register_buffer("table", code_table(operands), persistent=False)
        self._prepared: _Prepared | None = None

    def forward(self, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """y (..., N) of x (..., K), weight (N, K) and bias (N,), in x's dtype."""
        if self.observer is not None:
            self.observe(x)
            return F.linear(x, weight, bias)
        return self.scaled(self.accumulate(self.codes(x)[..., None, :], weight[None], bias), x.dtype)

    def observe(self, x: Tensor) -> None:
        """Record the range of a calibration input; raises NonFiniteError."""
        assert self.observer is not None
        check_finite(x, f"{self.name}: its input")
        self.observer.update(x)

    @torch.no_grad()
    def codes(self, x: Tensor) -> Tensor:
        """Activation codes of a float tensor, int32 of the same shape."""
        return self.quantizer(x, self.name)

    @torch.no_grad()
    def accumulate(self, codes: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Corrected accumulators of codes (..., G, K), float weight (G, N, K) and float bias (G * N,): int32 (..., G * N)."""
        prepared = self._prepare(weight)
        acc = prepared.product(codes - self.operands.activation.low).flatten(-2)
        acc = acc - self.quantizer.zero_point * prepared.code_sum
        if bias is not None:
            check_finite(bias, f"{self.name}: its bias")
            acc += self.integer_bias(bias)
        return acc

    @torch.no_grad()
    def integer_bias(self, bias: Tensor) -> Tensor:
        """The bias in the accumulator's unit, round half to even, saturated to int32."""
        assert self._prepared is not None
        unit = self.quantizer.scale.double() * self._prepared.scale.double()
        return torch.round(bias.detach().double() / unit).clamp(_INT32.min, _INT32.max).to(torch.int32)

    @torch.no_grad()
    def scaled(self, acc: Tensor, dtype: torch.dtype) -> Tensor:
        """Accumulators (..., G * N) as real numbers."""
        assert self._prepared is not None
        return (acc.float() * (self.quantizer.scale * self._prepared.scale)).to(dtype)

    def _prepare(self, weight: Tensor) -> _Prepared:
        key = (weight.data_ptr(), weight.shape, weight.device, None if weight.is_inference() else weight._version)
        if self._prepared is None or self._prepared.key != key or key[-1] is None:
            codes, scale = quantize_weight(weight.flatten(0, 1), self.operands.weight, self.name)
            product = TableProduct(self.table, codes.view(weight.shape) - self.operands.weight.low)
            self._prepared = _Prepared(key, product, scale, codes.flatten(1).sum(1, dtype=torch.int32))
        return self._prepared


def code_table(operands: Operands) -> Tensor:
    """The multiplier over a network's codes: int32 `t[x - x_low, w - w_low] = f(x, w)`.

    Operands too wide to tabulate have such a table too, since codes have at most 8 bits.
    """
    x = np.arange(operands.activation.low, operands.activation.high + 1)
    w = np.arange(operands.weight.low, operands.weight.high + 1)
    return torch.from_numpy(operands.multiplier(x[:, None], w[None, :]).astype(np.int32))
