"""The integer core of one matrix product: approximate products of raw codes, exact corrections around them.

With activation codes x (zero point Zx), symmetric weight codes w and an integer bias,

    acc[m, n] = sum_k f(x[m, k], w[n, k]) - Zx * sum_k w[n, k] + bias[n]        in int32, wrapping around
    y[m, n]   = acc[m, n] * scale_x * scale_w[n]                                in float32

The raw codes meet the multiplier f, and the zero point is corrected by exact side sums, as the hardware does it. With an
exact f, acc is sum_k (x - Zx) * w. A padded position holds the code Zx and so contributes f(Zx, w).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ._observers import MinMax
from ._operator import call, new_handle
from ._quantization import Operands
from ._quantizer import ActivationQuantizer, check_finite, quantize_weight
from .kernels import Product, WideProduct, Window, compile_plan, compile_wide, prepare, prepare_wide

_INT32 = torch.iinfo(torch.int32)


@dataclass
class Prepared:
    """What depends on weights, bias and calibration alone, kept until one of them changes."""

    key: tuple[object, ...]
    product: Product | WideProduct
    constant: Tensor
    scale: Tensor
    pad_code: int


class ApproximateProduct(nn.Module):
    """One weight's products on an approximate multiplier: quantiser, integer core, and scale back to float.

    While `observer` is set, a layer computes in float and records its input's range here instead.
    """

    def __init__(self, operands: Operands, name: str) -> None:
        super().__init__()
        self.operands, self.name = operands, name
        self.quantizer = ActivationQuantizer(operands.activation)
        self.observer: MinMax | None = None
        self._prepared: Prepared | None = None
        self.handle = new_handle(self)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_prepared": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """A copy is another product, and what it keeps belongs to other weights."""
        super().__setstate__(state)
        self.handle = new_handle(self)

    def rows(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """y (..., N) of x (..., K), weight (N, K) and bias (N,), in x's dtype."""
        if not x.numel():
            return x.new_zeros(*x.shape[:-1], len(weight))
        images = x.reshape(1, -1, 1, x.shape[-1]).permute(0, 3, 1, 2)
        y = self.images(images, weight[:, :, None, None], bias, Window())
        return y.permute(0, 2, 3, 1).reshape(*x.shape[:-1], len(weight))

    def images(self, x: Tensor, weight: Tensor, bias: Tensor | None, window: Window) -> Tensor:
        """y (B, N, out_h, out_w) of x (B, C, H, W), weight (N, C / groups, kernel_h, kernel_w), bias (N,), in x's dtype."""
        return call(self, x, weight, bias, window)

    @torch.no_grad()
    def compute(self, x: Tensor, weight: Tensor, bias: Tensor | None, window: Window) -> Tensor:
        """The same, computed here and now and without a gradient: what the operator does."""
        codes = self.quantizer(x, self.name, reuse=True)
        prepared = self.prepared(weight, bias, window)
        return prepared.product(codes, prepared.constant, prepared.scale, prepared.pad_code).to(x.dtype)

    @torch.no_grad()
    def accumulators(self, x: Tensor, weight: Tensor, bias: Tensor | None, window: Window) -> Tensor:
        """The same before it is scaled: int32 (B, N, out_h, out_w)."""
        prepared = self.prepared(weight, bias, window)
        return prepared.product(self.quantizer(x, self.name), prepared.constant, None, prepared.pad_code)

    def observe(self, x: Tensor) -> None:
        """Record the range of a calibration input; raises NonFiniteError."""
        assert self.observer is not None
        check_finite(x, f"{self.name}: its input")
        self.observer.update(x)

    def prepared(self, weight: Tensor, bias: Tensor | None, window: Window) -> Prepared:
        """What depends on weight, bias and calibration alone, made anew when one of them has changed."""
        quantizer = self.quantizer
        key = (window, *map(_version, (weight, bias, quantizer.scale, quantizer.zero_point)))
        if self._prepared is None or self._prepared.key != key or None in key:
            codes, scale = quantize_weight(weight.flatten(1), self.operands.weight, self.name)
            product = _compiled(self.operands, (codes - self.operands.weight.low).view(weight.shape), window)
            constant = -quantizer.zero_point * codes.sum(1, dtype=torch.int32)
            if bias is not None:
                check_finite(bias, f"{self.name}: its bias")
                constant = constant + integer_bias(bias, quantizer.scale, scale)
            pad_code = int(quantizer.zero_point) - self.operands.activation.low
            self._prepared = Prepared(key, product, constant, quantizer.scale * scale, pad_code)
        return self._prepared


def _version(tensor: Tensor | None) -> tuple[object, ...] | None:
    """What changes whenever a tensor's values do; None if that cannot be told."""
    if tensor is None:
        return ()
    return None if tensor.is_inference() else (tensor.data_ptr(), tensor.shape, tensor.device, tensor._version)


def integer_bias(bias: Tensor, activation_scale: Tensor, weight_scale: Tensor) -> Tensor:
    """The bias (N,) in the accumulator's unit, round half to even, saturated to int32."""
    unit = activation_scale.double() * weight_scale.double()
    return torch.round(bias.detach().double() / unit).clamp(_INT32.min, _INT32.max).to(torch.int32)


def _compiled(operands: Operands, index: Tensor, window: Window) -> Product | WideProduct:
    """The product with weight codes `index + low` (N, C / groups, kernel_h, kernel_w)."""
    accumulator = operands.quantization.accumulator
    if operands.wide:
        wide_plan = compile_wide(operands.multiplier, operands.activation.codes, operands.weight.codes)
        return prepare_wide(wide_plan, index, window, accumulator)
    plan = compile_plan(code_table(operands), operands.activation.low, operands.weight.low)
    return prepare(plan, index, window, accumulator)


def code_table(operands: Operands) -> np.ndarray:
    """The multiplier over a network's codes: int32 `t[x - x_low, w - w_low] = f(x, w)`.

    Operands too wide to tabulate have such a table too, as long as the codes have at most 8 bits.
    """
    x = np.arange(operands.activation.low, operands.activation.high + 1)
    w = np.arange(operands.weight.low, operands.weight.high + 1)
    return operands.multiplier(x[:, None], w[None, :]).astype(np.int32)
