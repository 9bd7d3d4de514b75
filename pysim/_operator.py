"""The approximate product as a torch operator, `goldaxe::product`, so that compile, export and autograd see one opaque call.

Its gradient is the straight-through estimator of quantisation-aware training (Bengio et al. 2013; Jacob et al. 2018), that of
the float convolution, with none to activations that the quantiser clipped. The multiplier's own error has no part in it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ._cores import find
from .kernels import Window, empty_output

_LIBRARY = torch.library.Library("goldaxe", "DEF")
_LIBRARY.define(
    "product(Tensor x, Tensor weight, Tensor? bias, Tensor scale, Tensor zero_point, int[] window, str core) -> Tensor"
)


def call(
    core: str, x: Tensor, weight: Tensor, bias: Tensor | None, scale: Tensor, zero_point: Tensor, window: Window
) -> Tensor:
    """`IntegerCore.compute` of the core of that description, by way of torch's dispatcher."""
    y: Tensor = torch.ops.goldaxe.product(x, weight, bias, scale, zero_point, window.flat, core)
    return y


def direct(x: Tensor, weight: Tensor) -> bool:
    """Whether nobody is there to see the operator: plain inference, which need not pay for the dispatcher.

    What the dispatcher does for a small layer can take as long as the layer. Tensors of other types, gradients, tracing of
    any kind, transforms, modes and profilers go through it.
    """
    if torch.compiler.is_compiling() or torch.is_grad_enabled():
        return False
    plain = type(x) is Tensor and type(weight) in (Tensor, torch.nn.Parameter)
    return plain and not torch.autograd._profiler_enabled() and not any(watching() for watching in _WATCHING)


def _watchers() -> list[Callable[[], object]]:
    """torch's own questions whether a mode, a transform or a tracer is active."""
    functorch: Any = torch._C._functorch
    return [torch._C._len_torch_dispatch_stack, functorch.peek_interpreter_stack, torch._C._get_tracing_state]


try:
    _WATCHING = _watchers()
except AttributeError:  # a torch without one of them: always through the dispatcher
    _WATCHING = [lambda: True]


def _compute(
    x: Tensor, weight: Tensor, bias: Tensor | None, scale: Tensor, zero_point: Tensor, window: list[int], core: str
) -> Tensor:
    return find(core).compute(x, weight, bias, scale, zero_point, Window.of(window))


_LIBRARY.impl("product", _compute, "CompositeExplicitAutograd")


@torch.library.register_fake("goldaxe::product")
def _fake(
    x: Tensor, weight: Tensor, bias: Tensor | None, scale: Tensor, zero_point: Tensor, window: list[int], core: str
) -> Tensor:
    shape = Window.of(window).weight(weight.shape)
    return empty_output(x, weight.new_empty(shape), Window.of(window), x.dtype)


def _save(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, weight, bias, scale, zero_point, window, core = inputs
    ctx.save_for_backward(x, weight, scale, zero_point)
    ctx.window, ctx.bias = Window.of(window), None if bias is None else [len(bias)]
    codes = find(core).operands.activation
    ctx.low, ctx.high = codes.low, codes.high


def _backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
    x, weight, scale, zero_point = ctx.saved_tensors
    window = ctx.window
    (top, left), (bottom, right) = window.padding, window.end
    kernels = weight.reshape(window.weight(weight.shape))
    padded = torch.nn.functional.pad(x, (left, right, top, bottom))
    needed = [*ctx.needs_input_grad[:2], ctx.bias is not None and ctx.needs_input_grad[2]]
    grad_x, grad_weight, grad_bias = torch.ops.aten.convolution_backward(
        *(grad, padded, kernels, ctx.bias, window.stride, (0, 0), window.dilation, False, (0, 0), window.groups, needed)
    )
    if grad_weight is not None:
        grad_weight = grad_weight.reshape(weight.shape)
    if grad_x is not None:
        grad_x = grad_x[:, :, top : grad_x.shape[2] - bottom, left : grad_x.shape[3] - right]
        code = torch.round(x / scale) + zero_point
        grad_x = grad_x * ((code >= ctx.low) & (code <= ctx.high))
    return grad_x, grad_weight, grad_bias, None, None, None, None


torch.library.register_autograd("goldaxe::product", _backward, setup_context=_save)
