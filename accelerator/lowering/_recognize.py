"""What a node of a graph does, whether it is written as a module, a function or a method; anything else is an error by name."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import fx, nn

from pysim.layers import CONVERTIBLE, ApproximateConv, ApproximateLinear, ApproximateRecurrent

from .._errors import LoweringError

CAN = (
    "Conv1d, Conv2d, Linear, GRU, LSTM and RNN with tanh as `approximate_` converts them, BatchNorm right behind the former, "
    "ReLU, ReLU6, Hardtanh, addition of two values, MaxPool2d, AvgPool2d, AdaptiveAvgPool2d, mean over height and width, "
    "Flatten, view, reshape, transpose, permute, x[:, i], cat, Dropout and Identity"
)


@dataclass(frozen=True)
class Found:
    """What a node was recognised as: a kind of step, where it stands, the nodes it reads, its layer, and its options."""

    kind: str
    where: str
    sources: list[fx.Node]
    layer: nn.Module | None = None
    options: dict[str, Any] = field(default_factory=dict)


def recognize(node: fx.Node, modules: dict[str, nn.Module]) -> Found:
    """What a node does; raises LoweringError naming the module, or the function and the module that calls it."""
    if node.op == "placeholder":
        if any(other.op == "placeholder" for other in _before(node)):
            raise LoweringError(f"the network takes more than one input ({node.target} is another); it may take one tensor")
        return Found("input", str(node.target), [])
    if node.op == "output":
        return Found("output", "output", node.all_input_nodes, options={"value": node.args[0]})
    if node.op == "call_module":
        return _module(node, str(node.target), modules[str(node.target)])
    where = f"{_caller(node)}{_name(node.target)}"
    if node.op in ("call_function", "call_method"):
        rule = _FUNCTIONS.get(node.target) if node.op == "call_function" else _METHODS.get(str(node.target))
        if rule is not None and node.args:
            try:
                kind, options = rule(*node.args[1:], **node.kwargs)
            except TypeError:
                raise refused(where, "", "it is called with other arguments than the ones known here") from None
            values = node.args[0] if kind == "concatenate" else [node.args[0]]
            sources = [*values, *options.pop("more", [])]  # type: ignore[misc]
            if not all(isinstance(source, fx.Node) for source in sources):
                raise refused(where, "", "it combines a value with a constant")
            return Found(kind, where, sources, options=options)
    raise refused(where, "", "" if node.op != "get_attr" else "it is a parameter that is used outside its layer")


def refused(where: str, what: str, why: str = "") -> LoweringError:
    """The error for something that cannot be lowered."""
    named = f"{where} ({what})" if what else where
    return LoweringError(f"{named} cannot be lowered{': ' + why if why else ''}; what can is {CAN}")


def _module(node: fx.Node, where: str, module: nn.Module) -> Found:
    what, sources = type(module).__name__, [node.args[0]]
    if isinstance(module, ApproximateRecurrent):
        if len(node.args) > 1 or node.kwargs:
            raise refused(where, what, "it is given an initial state, and the array starts from zeros")
        return Found("recurrent", where, sources, module)  # type: ignore[arg-type]
    if isinstance(module, ApproximateConv | ApproximateLinear):
        return Found("product", where, sources, module)  # type: ignore[arg-type]
    if isinstance(module, tuple(CONVERTIBLE)):
        raise refused(where, what, "it is left in float, so give it to approximate_ too")
    if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
        return Found("norm", where, sources, module)  # type: ignore[arg-type]
    for kind, rule in _MODULES.items():
        if isinstance(module, kind):
            name, options = rule(module)
            return Found(name, where, sources, options=options)  # type: ignore[arg-type]
    raise refused(where, what)


def _clamp(low: float = -math.inf, high: float = math.inf) -> tuple[str, dict[str, Any]]:
    return "clamp", {"low": low, "high": high}


def _max(kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False, **_: Any) -> Any:
    options = {"kernel": kernel_size, "stride": stride or kernel_size, "padding": padding, "dilation": dilation}
    return "max", {**options, "ceil": ceil_mode, "indices": _.get("return_indices", False)}


def _average(
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    options = {"kernel": kernel_size, "stride": stride or kernel_size, "padding": padding, "ceil": ceil_mode}
    return "average", {**options, "whole": count_include_pad, "divisor": divisor_override}


def _mean(dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    return "average", {"axes": (dim,) if isinstance(dim, int) else dim, "keepdim": keepdim}


def _same(*_: Any, **__: Any) -> Any:
    return "same", {}


def _reshape(*_: Any, **__: Any) -> Any:
    return "reshape", {}


def _add(other: Any, *, alpha: Any = 1) -> Any:
    if alpha != 1:
        raise LoweringError(f"an addition with alpha = {alpha} cannot be lowered; use alpha = 1")
    return "add", {"more": [other]}


def _axes(*axes: Any) -> Any:
    return "permute", {"axes": axes[0] if isinstance(axes[0], tuple | list) else axes}


_MODULES: dict[type[nn.Module] | tuple[type[nn.Module], ...], Callable[[Any], tuple[str, dict[str, Any]]]] = {
    nn.ReLU: lambda module: _clamp(0.0),
    nn.Hardtanh: lambda module: _clamp(float(module.min_val), float(module.max_val)),  # ReLU6 is one
    (nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d): _same,
    nn.Flatten: _reshape,
    nn.Unflatten: _reshape,
    nn.MaxPool2d: lambda m: _max(m.kernel_size, m.stride, m.padding, m.dilation, m.ceil_mode, return_indices=m.return_indices),
    nn.AvgPool2d: lambda m: _average(m.kernel_size, m.stride, m.padding, m.ceil_mode, m.count_include_pad, m.divisor_override),
    nn.AdaptiveAvgPool2d: lambda module: ("average", {"adaptive": module.output_size}),
}

_BOTH: dict[str, Callable[..., tuple[str, dict[str, Any]]]] = {
    "relu": lambda inplace=False: _clamp(0.0),
    "relu_": lambda: _clamp(0.0),
    "clamp": lambda min=None, max=None: _clamp(-math.inf if min is None else min, math.inf if max is None else max),
    "add": _add,
    "flatten": _reshape,
    "reshape": _reshape,
    "mean": _mean,
    "transpose": lambda first, second: ("transpose", {"axes": (first, second)}),
    "permute": _axes,
}
"""What torch has both as a function and as a method of tensors."""

_METHODS = {
    **_BOTH,
    "add_": _add,
    "view": _reshape,
    "unflatten": _reshape,
    "contiguous": _same,
    "clone": _same,
    "detach": _same,
}

_FUNCTIONS: dict[Any, Callable[..., tuple[str, dict[str, Any]]]] = {
    **{getattr(torch, name): rule for name, rule in _BOTH.items()},
    F.relu: _BOTH["relu"],
    F.relu6: lambda inplace=False: _clamp(0.0, 6.0),
    F.hardtanh: lambda min_val=-1.0, max_val=1.0, inplace=False: _clamp(min_val, max_val),
    operator.add: _add,
    operator.iadd: _add,
    operator.getitem: lambda index: ("item", {"index": index}),
    torch.cat: lambda dim=0: ("concatenate", {"axis": dim}),
    F.max_pool2d: _max,
    F.avg_pool2d: _average,
    F.adaptive_avg_pool2d: lambda output_size: ("average", {"adaptive": output_size}),
    F.dropout: _same,
}


def _before(node: fx.Node) -> list[fx.Node]:
    nodes = list(node.graph.nodes)
    return nodes[: nodes.index(node)]


def _caller(node: fx.Node) -> str:
    """The module in whose forward a function is called, as a prefix."""
    stack = list(node.meta.get("nn_module_stack", {}))
    return f"{stack[-1].split('@')[0]}." if stack else ""


def _name(target: Any) -> str:
    return str(getattr(target, "__name__", target)).strip("_")
