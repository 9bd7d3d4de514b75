"""Matrix products that a converted model still computes in float, outside its layers: attention scores, for one."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ._layers_of import multiplying
from .layers import ApproximateLayer

_SHOWN = 3
"""Modules that a warning names."""

_PRODUCTS: tuple[Callable[..., Any], ...] = (
    *(torch.matmul, torch.mm, torch.bmm, torch.addmm, torch.addbmm, torch.baddbmm, torch.mv, torch.addmv),
    *(torch.einsum, torch.tensordot, torch.chain_matmul, torch.linalg.multi_dot, torch.inner, torch.dot, torch.vdot, torch.ger),
    *(torch.outer, torch.kron, torch.conv1d, torch.conv2d, torch.conv3d, torch.bilinear),
    *(Tensor.matmul, Tensor.__matmul__, Tensor.__rmatmul__, Tensor.mm, Tensor.bmm, Tensor.mv, Tensor.dot, Tensor.inner),
    *(Tensor.addmm, Tensor.addmm_, Tensor.addbmm, Tensor.addbmm_, Tensor.baddbmm, Tensor.baddbmm_, Tensor.addmv, Tensor.addmv_),
    *(Tensor.vdot, Tensor.outer, Tensor.ger, Tensor.kron, torch.linalg.matmul, torch.linalg.vecdot),
    *(F.linear, F.bilinear, F.conv1d, F.conv2d, F.conv3d, F.scaled_dot_product_attention, F.multi_head_attention_forward),
    *(F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d),
    *(torch.conv_transpose1d, torch.conv_transpose2d, torch.conv_transpose3d),
)


class FloatProducts(TorchFunctionMode):
    """Counts products by the module that computes them, its name and the function's.

    Those of converted layers, and of torch's own layers that were left in float, do not count; nor do those of any other module
    with a matrix that it holds itself, for it was left in float on purpose. All its other products do.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seen: Counter[tuple[str, str]] = Counter()
        self._running: list[tuple[str, nn.Module]] = []
        self._left: set[nn.Module] = set()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Let the call through, counting it if it is a product."""
        if func in _PRODUCTS and not self._excluded((*args, *(kwargs or {}).values())):
            name, _ = self._running[-1] if self._running else ("", None)
            self.seen[name, func.__name__.strip("_")] += 1
        return func(*args, **(kwargs or {}))

    def watch(self, model: nn.Module) -> ExitStack:
        """A context that watches `model`'s calls."""
        stack = ExitStack()
        self._left = {layer for _, layer in multiplying(model)}
        for name, module in model.named_modules():
            stack.callback(module.register_forward_pre_hook(self._entering(name)).remove)
            stack.callback(module.register_forward_hook(self._leave, always_call=True).remove)
        stack.enter_context(self)
        return stack

    def _entering(self, name: str) -> Callable[..., None]:
        return lambda module, _: self._running.append((name, module))

    def _leave(self, *_: Any) -> None:
        self._running.pop()

    def _excluded(self, arguments: tuple[Any, ...]) -> bool:
        for _, module in reversed(self._running):
            if isinstance(module, ApproximateLayer):
                return True
            if module in self._left:
                if type(module).__module__.startswith("torch.nn."):
                    return True
                own = {parameter.untyped_storage()._cdata for parameter in module.parameters(recurse=False)}
                if any(tensor.untyped_storage()._cdata in own for tensor in _tensors(arguments)):
                    return True
        return False

    def report(self) -> None:
        """Warn of what was seen."""
        if self.seen:
            calls = [
                f"{name + ': ' if name else ''}{func} ({count} calls)" for (name, func), count in sorted(self.seen.items())
            ]
            more = f" and {len(calls) - _SHOWN} more" if len(calls) > _SHOWN else ""
            shown = ", ".join(calls[:_SHOWN])
            warnings.warn(f"these matrix products run outside any layer and stay in float: {shown}{more}", stacklevel=3)


def _tensors(values: Any) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, (tuple, list)):
            yield from _tensors(value)
