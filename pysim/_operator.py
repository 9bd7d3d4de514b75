"""The approximate product as a torch operator, `goldaxe::product`, so that compile, export and autograd see one opaque call.

Its gradient is the straight-through estimator of quantisation-aware training (Bengio et al. 2013; Jacob et al. 2018), that of
the float convolution, with none to activations that the quantiser clipped. The multiplier's own error has no part in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import torch
from torch import Tensor

from .kernels import Window, empty_output

if TYPE_CHECKING:
    from ._product import ApproximateProduct

_LIBRARY = torch.library.Library("goldaxe", "DEF")
_LIBRARY.define(
    "product(Tensor x, Tensor weight, Tensor? bias, Tensor scale, Tensor zero_point, int[] window, int handle) -> Tensor"
)

_PRODUCTS: WeakValueDictionary[int, ApproximateProduct] = WeakValueDictionary()


def new_handle(product: ApproximateProduct) -> int:
    """A number by which the operator finds the product again, for as long as it lives."""
    handle = 1 + max(_PRODUCTS.keys(), default=0)
    _PRODUCTS[handle] = product
    return handle


def call(product: ApproximateProduct, x: Tensor, weight: Tensor, bias: Tensor | None, window: Window) -> Tensor:
    """y (B, N, out_h, out_w) of x (B, C, H, W), in x's dtype, by way of torch's dispatcher."""
    quantizer = product.quantizer
    y: Tensor = torch.ops.goldaxe.product(x, weight, bias, quantizer.scale, quantizer.zero_point, window.flat, product.handle)
    return y


def _compute(
    x: Tensor, weight: Tensor, bias: Tensor | None, scale: Tensor, zero_point: Tensor, window: list[int], handle: int
) -> Tensor:
    return _PRODUCTS[handle].compute(x, weight, bias, Window.of(window))


_LIBRARY.impl("product", _compute, "CompositeExplicitAutograd")


@torch.library.register_fake("goldaxe::product")
def _fake(
    x: Tensor, weight: Tensor, bias: Tensor | None, scale: Tensor, zero_point: Tensor, window: list[int], handle: int
) -> Tensor:
    return empty_output(x, weight, Window.of(window), x.dtype)


def _save(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, weight, bias, scale, zero_point, window, handle = inputs
    ctx.save_for_backward(x, weight, scale, zero_point)
    ctx.window, ctx.bias = Window.of(window), None if bias is None else [len(bias)]
    codes = _PRODUCTS[handle].quantizer.codes
    ctx.low, ctx.high = codes.low, codes.high


def _backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
    x, weight, scale, zero_point = ctx.saved_tensors
    window = ctx.window
    (top, left), (bottom, right) = window.padding, window.end
    padded = torch.nn.functional.pad(x, (left, right, top, bottom))
    needed = [*ctx.needs_input_grad[:2], ctx.bias is not None and ctx.needs_input_grad[2]]
    grad_x, grad_weight, grad_bias = torch.ops.aten.convolution_backward(
        *(grad, padded, weight, ctx.bias, window.stride, (0, 0), window.dilation, False, (0, 0), window.groups, needed)
    )
    if grad_x is not None:
        grad_x = grad_x[:, :, top : grad_x.shape[2] - bottom, left : grad_x.shape[3] - right]
        code = torch.round(x / scale) + zero_point
        grad_x = grad_x * ((code >= ctx.low) & (code <= ctx.high))
    return grad_x, grad_weight, grad_bias, None, None, None, None


torch.library.register_autograd("goldaxe::product", _backward, setup_context=_save)
