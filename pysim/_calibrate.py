"""Post-training calibration: run float batches through a converted model and fix each activation's scale and zero point."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ._batches import run
from ._errors import PysimError, UncalibratedError
from ._layers_of import converted, multiplying
from ._observers import observer


def calibrate_(model: nn.Module, batches: Any) -> None:
    """Calibrate every converted layer of `model` on batches of its inputs, in eval mode and float arithmetic.

    `batches` is one batch, or an iterable of them: a list of tensors, or a DataLoader. A batch is a tensor or packed sequence,
    or a tuple, list or dict of the model's arguments; what it has beyond those, as labels, is left out. Warns of matrix
    products that the model computes outside its layers (attention scores, say): they stay in float. Raises PysimError for no
    batches, for batches that the model cannot take, or an unconverted model, NonFiniteError for NaN or infinite inputs,
    UncalibratedError naming layers that no batch reached. Whatever is raised, Ctrl-C included, the previous calibration stays.
    """
    products = [product for layer in converted(model) for product in layer.products()]
    if not products:
        raise PysimError("the model has no converted layer; call approximate_ first")
    training = {module: module.training for module in model.modules()}
    outside = _Outside()
    before = [(product.quantizer.scale.clone(), product.quantizer.zero_point.clone()) for product in products]
    try:
        for product in products:
            product.observer = observer(product.operands.quantization)
        model.eval()
        with torch.no_grad(), outside.watch(model):
            count = run(model, batches)
        if not count:
            raise PysimError("no calibration batches were given; at least one is needed")
        missed = [p.name for p in products if p.observer is not None and not p.observer.count]
        if missed:
            raise UncalibratedError(f"no calibration batch reached {', '.join(missed)}; give batches that run every layer")
        outside.report()
        for product in products:
            assert product.observer is not None
            product.quantizer.calibrate(*product.observer.range())
            if product.form is not None:
                product.form.ranges.restart(product.quantizer)
    except BaseException:
        for product, (scale, zero_point) in zip(products, before, strict=True):
            product.quantizer.scale.copy_(scale)
            product.quantizer.zero_point.copy_(zero_point)
        raise
    finally:
        for product in products:
            product.observer = None
        for module, mode in training.items():
            module.training = mode


_PRODUCTS: tuple[Callable[..., Any], ...] = (
    *(torch.matmul, torch.mm, torch.bmm, torch.addmm, torch.baddbmm, torch.mv, torch.einsum),
    *(Tensor.matmul, Tensor.__matmul__, Tensor.__rmatmul__, Tensor.mm, Tensor.bmm),
    *(F.linear, F.bilinear, F.conv1d, F.conv2d, F.conv3d, F.scaled_dot_product_attention),
    *(F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d),
)


class _Outside(TorchFunctionMode):
    """Counts matrix products that run outside the layers which hold matrices, and so outside every converted layer."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.seen: Counter[str] = Counter()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Let the call through, counting it if it is a product."""
        if self.depth == 0 and func in _PRODUCTS:
            self.seen[func.__name__.strip("_")] += 1
        return func(*args, **(kwargs or {}))

    def watch(self, model: nn.Module) -> ExitStack:
        """A context that watches `model`'s calls."""
        stack = ExitStack()
        for _, layer in multiplying(model):
            stack.callback(layer.register_forward_pre_hook(self._enter).remove)
            stack.callback(layer.register_forward_hook(self._leave, always_call=True).remove)
        stack.enter_context(self)
        return stack

    def _enter(self, *_: Any) -> None:
        self.depth += 1

    def _leave(self, *_: Any) -> None:
        self.depth -= 1

    def report(self) -> None:
        """Warn of what was seen."""
        if self.seen:
            calls = ", ".join(f"{name} ({count} calls)" for name, count in sorted(self.seen.items()))
            warnings.warn(f"these matrix products run outside any layer and stay in float: {calls}", stacklevel=3)
