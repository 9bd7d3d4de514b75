"""Which modules of a network multiply by matrices: the ones to convert, to leave in float by name, or to refuse by name."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn
from torch.nn.parameter import is_lazy
from torch.nn.utils.parametrize import is_parametrized

from .layers import CONVERTIBLE, ApproximateLayer

_FLOAT = (nn.Embedding, nn.EmbeddingBag, nn.LayerNorm, nn.RMSNorm, nn.ParameterList, nn.ParameterDict)
"""Modules that hold matrices but multiply none with them (look-ups, element-wise scaling, mere storage)."""

_WHOLE = (*CONVERTIBLE, nn.MultiheadAttention)
"""Layers whose parts are not layers of their own: attention uses its projections' weights without calling them."""

_OURS = ("approximation", "name", "product", "products", "truncate")
"""Attributes of converted layers that torch's have not."""


def multiplying(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Each module, once, that multiplies by a matrix of its own as far as anyone can know, with its name."""
    seen: set[nn.Module] = set()

    def walk(name: str, module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
        if module in seen:
            return
        seen.add(module)
        if _multiplies(module):
            yield name, module
        if not isinstance(module, _WHOLE):
            for key, child in module.named_children():
                yield from walk(f"{name}.{key}" if name else key, child)

    return walk("", model)


def converted(model: nn.Module) -> list[ApproximateLayer]:
    """The approximate layers of a model, each once."""
    return [module for module in model.modules() if isinstance(module, ApproximateLayer)]


def _multiplies(module: nn.Module) -> bool:
    if isinstance(module, _WHOLE):
        return True
    own = [parameter for parameter in module._parameters.values() if parameter is not None]
    return not isinstance(module, _FLOAT) and any(is_lazy(parameter) or parameter.dim() >= 2 for parameter in own)


def kind_of(module: nn.Module) -> type[nn.Module] | None:
    """The convertible torch layer that a module is, or is a subclass of."""
    return next((kind for kind in CONVERTIBLE if isinstance(module, kind)), None)


def why_not(module: nn.Module) -> str:
    """Why a multiplying module cannot be converted; empty if it can."""
    kind = kind_of(module)
    if isinstance(module, ApproximateLayer):
        return ""
    if kind is None:
        if isinstance(module, _WHOLE) or type(module).__module__.startswith("torch."):
            return "multiplies but cannot be converted"
        return "holds a matrix of its own, which it may multiply by"
    if any(map(is_lazy, module.parameters())):
        return "is lazy and has no shape yet: run the model once first"
    taken = [name for name in _OURS if hasattr(module, name)]
    if taken:
        return f"has an attribute {taken[0]!r} of its own, which a converted layer needs"
    weights = getattr(module, "_flat_weights_names", ["weight"])
    if is_parametrized(module) or not module._parameters.keys() >= set(weights):
        return "computes its weight by a parametrization or hook: remove that first"
    for method in ("forward", "_conv_forward"):
        if method in vars(module):
            return f"has a {method} of its own, set on the instance, which would be called in place of the converted layer's"
        if getattr(type(module), method, None) is not getattr(kind, method, None):
            return f"overrides {method}, which conversion would silently drop"
    return ""
