"""The integer core of one matrix product: approximate products of raw codes, exact corrections around them.

With activation codes x (zero point Zx), symmetric weight codes w and an integer bias,

    acc[m, n] = sum_k f(x[m, k], w[n, k]) - Zx * sum_k w[n, k] + bias[n]        in int32, wrapping around
    y[m, n]   = acc[m, n] * scale_x * scale_w[n]                                in float32

The raw codes meet the multiplier f, and the zero point is corrected by exact side sums, as the hardware does it. With an
exact f, acc is sum_k (x - Zx) * w. A padded position holds the code Zx and so contributes f(Zx, w).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef

from ._contents import Contents
from ._overflow import warn_of_overflow
from ._quantization import Operands
from ._quantizer import Settings, check_finite, quantize_activation, quantize_weight, settings
from .kernels import Plan, Product, WidePlan, WideProduct, Window, compile_plan, compile_wide, prepare, prepare_wide

_INT32 = torch.iinfo(torch.int32)


@dataclass
class Prepared:
    """What depends on weights, bias and calibration alone, kept until one of them changes or is gone.

    `told` says whether there was a warning of sums that 32 bits may not hold; new values in the same memory bring no other.
    """

    contents: Contents
    storages: tuple[StorageWeakRef, ...]
    product: Product | WideProduct
    constant: Tensor
    scale: Tensor
    quantizer: Settings
    told: bool

    @property
    def pad_code(self) -> int:
        """The index of the code of zero, which fills padded positions."""
        return self.quantizer[1] - self.quantizer[2]


class IntegerCore:
    """Products on one multiplier with one quantisation, for any weights: what it keeps of them is found by their memory.

    `latest` is what was prepared for the last call. Errors name `name`.
    """

    def __init__(self, operands: Operands, name: str, description: str = "") -> None:
        self.operands, self.name, self.description = operands, name, description
        self.latest: Prepared | None = None
        self._kept: dict[tuple[object, ...], Prepared] = {}

    @torch.no_grad()
    def compute(
        self, x: Tensor, weight: Tensor, bias: Tensor | None, scale: Tensor, zero_point: Tensor, window: Window
    ) -> Tensor:
        """`infer` wherever gradients may be enabled."""
        return self.infer(x, weight, bias, scale, zero_point, window)

    def infer(
        self, x: Tensor, weight: Tensor, bias: Tensor | None, scale: Tensor, zero_point: Tensor, window: Window
    ) -> Tensor:
        """y (B, N, out_h, out_w) of x (B, C, H, W), weight (N, ...) and bias (N,), in x's dtype and without a gradient.

        A weight of any shape is read as (N, C / groups, kernel_h, kernel_w). `scale` (float32) and `zero_point` (int32) are
        the activations'.
        """
        prepared = self.prepared(weight, bias, scale, zero_point, window)
        of_reals = getattr(prepared.product, "of_reals", None)  # of a back end that quantises as it reads
        if of_reals is not None:
            y: Tensor | None = of_reals(x, prepared.quantizer, prepared.constant, prepared.scale, prepared.pad_code)
            if y is not None:
                return y
        codes = quantize_activation(x, scale, zero_point, self.operands.activation, self.name, True, prepared.quantizer)
        return prepared.product(codes, prepared.constant, prepared.scale, prepared.pad_code).to(x.dtype)

    def prepared(self, weight: Tensor, bias: Tensor | None, scale: Tensor, zero_point: Tensor, window: Window) -> Prepared:
        """What depends on weight, bias and calibration alone, made anew when one of them has changed."""
        tensors = (weight, scale, zero_point) if bias is None else (weight, scale, zero_point, bias)
        places = tuple(map(_place, tensors))
        found = self._kept.get((window, places))
        if found is None or not found.contents.of(tensors):
            for other, kept in list(self._kept.items()):
                if any(storage.expired() for storage in kept.storages):
                    self._kept.pop(other, None)
            storages = tuple(StorageWeakRef(tensor.untyped_storage()) for tensor in tensors)
            told = found is not None and found.told
            contents = Contents(tensors)  # before they are used: a change in between is found at the next call
            made = self._prepare(weight, bias, scale, zero_point, window, told)
            found = self._kept[window, places] = Prepared(contents, storages, *made)
        self.latest = found
        return found

    @torch.no_grad()
    def _prepare(
        self, weight: Tensor, bias: Tensor | None, activation_scale: Tensor, zero_point: Tensor, window: Window, told: bool
    ) -> tuple[Product | WideProduct, Tensor, Tensor, Settings, bool]:
        numbers = settings(activation_scale, zero_point, self.operands.activation, self.name)
        codes, scale = quantize_weight(weight.flatten(1), self.operands.weight, self.name)
        columns = codes - self.operands.weight.low
        product = _compiled(self.operands, columns.view(window.weight(weight.shape)), window)
        side = -zero_point.long() * codes.sum(1)
        added = torch.zeros_like(scale, dtype=torch.float64)
        if bias is not None:
            check_finite(bias, f"{self.name}: its bias")
            added = integer_bias(bias, activation_scale, scale)
        constant = (side + added.clamp(_INT32.min, _INT32.max).long()).to(torch.int32)
        if self.operands.quantization.accumulator is None and not told:
            told = warn_of_overflow(self.name, product.plan, columns, side + added)
        return product, constant, activation_scale * scale, numbers, told


def _place(tensor: Tensor) -> tuple[object, ...]:
    """Where a tensor lies. No other storage has this number while a weak reference to it is kept."""
    return tensor.untyped_storage()._cdata, tensor.storage_offset(), tensor.shape, tensor.stride()


def integer_bias(bias: Tensor, activation_scale: Tensor, weight_scale: Tensor) -> Tensor:
    """The bias (N,) in the accumulator's unit, round half to even: float64 integers, not yet saturated to int32."""
    unit = activation_scale.double() * weight_scale.double()
    return torch.round(bias.detach().double() / unit)


def _compiled(operands: Operands, index: Tensor, window: Window) -> Product | WideProduct:
    """The product with weight codes `index + low` (N, C / groups, kernel_h, kernel_w)."""
    accumulator = operands.quantization.accumulator
    if operands.wide:
        return prepare_wide(_wide_plan(operands), index, window, accumulator)
    return prepare(_plan(operands), index, window, accumulator)


@lru_cache(maxsize=16)
def _plan(operands: Operands) -> Plan:
    """The plan of a multiplier over its codes, kept: in training, weights change at every step and the multiplier does not."""
    return compile_plan(code_table(operands), operands.activation.low, operands.weight.low)


@lru_cache(maxsize=16)
def _wide_plan(operands: Operands) -> WidePlan:
    """The same of codes of more than 8 bits."""
    return compile_wide(operands.multiplier, operands.activation.codes, operands.weight.codes)


def code_table(operands: Operands) -> np.ndarray:
    """The multiplier over a network's codes: int64 `t[x - x_low, w - w_low] = f(x, w)`.

    Operands too wide to tabulate have such a table too, as long as the codes have at most 8 bits.
    """
    x = np.arange(operands.activation.low, operands.activation.high + 1)
    w = np.arange(operands.weight.low, operands.weight.high + 1)
    return operands.multiplier(x[:, None], w[None, :])
