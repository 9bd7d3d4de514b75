"""What all converted layers share: the class swap that keeps parameters, hooks and names, and its undoing."""

from __future__ import annotations

import copyreg
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pickle import PicklingError
from typing import Any

from torch import nn

from .._approximate import ApproximateProduct
from .._errors import ConversionError
from .._loading import fit
from .._quantization import Operands


class ApproximateLayer(nn.Module):
    """Mixin that replaces a torch layer's forward; the layer's own parameters stay what they were.

    The products live in `approximation`, a ModuleDict, so that a state_dict carries the calibration. `truncate` cuts the
    gradient of a recurrent layer every so many steps.
    """

    approximation: nn.ModuleDict
    truncate: int | None = None

    def products(self) -> Iterator[ApproximateProduct]:
        """The layer's matrix products, each with a quantiser of its own."""
        for product in self.approximation.values():
            assert isinstance(product, ApproximateProduct)
            yield product

    def product(self, key: str) -> ApproximateProduct:
        """One of the products."""
        product = self._modules["approximation"]._modules[key]  # type: ignore[union-attr]  # past three look-ups for each layer
        assert isinstance(product, ApproximateProduct)
        return product

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        """torch's, of a state that belongs here; raises StateError before anything of this layer is loaded."""
        for key, product in self.approximation.items():
            assert isinstance(product, ApproximateProduct)
            weight = getattr(self, key if key == "weight" else f"weight_{key}")
            fit(product, state_dict, f"{prefix}approximation.{key}.", len(weight))
        super()._load_from_state_dict(state_dict, prefix, *rest)

    @property
    def name(self) -> str:
        """The layer's name in its model."""
        return next(self.products()).name.split(":")[0]

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Pickled and copied by what the class is made of; raises PicklingError for a layer with a reduction of its own."""
        reduction: Any = super().__reduce_ex__(max(2, int(protocol)))
        make, arguments, *rest = reduction
        made = vars(type(self)).get("made_of")
        if made is None:  # of something that wrapped the layer, and has to know how
            return (make, arguments, *rest)
        if make is not copyreg.__newobj__ or len(arguments) != 1:  # type: ignore[attr-defined]
            raise PicklingError(f"{self.name}: {made[1].__name__} has a reduction of its own, which would drop the conversion")
        return (_empty, made, *rest)

    def extra_repr(self) -> str:
        """The layer's own description, and the multiplier."""
        operands = next(self.products()).operands
        return f"{super().extra_repr()}, multiplier={operands.multiplier.label}"


@cache
def _subclass(mixin: Any, original: Any) -> Any:
    """The class of a converted layer. It is made, and no import finds it, so it says what it is made of."""
    return type(
        f"Approximate{original.__name__}", (mixin, original), {"__module__": mixin.__module__, "made_of": (mixin, original)}
    )


def _empty(mixin: Any, original: Any) -> Any:
    """A converted layer without anything in it, for a copy or a pickle to fill."""
    made = _subclass(mixin, original)
    return made.__new__(made)


def swap_(module: nn.Module, mixin: Any, operands: Operands, name: str) -> None:
    """Make a torch layer an approximate one in place, or give an approximate one another multiplier."""
    keys = mixin.keys(module)
    products = {key: ApproximateProduct(operands, name if len(keys) == 1 else f"{name}: {key}") for key in keys}
    approximation = nn.ModuleDict(products).to(next(module.parameters()).device)
    if not isinstance(module, ApproximateLayer):
        original: Any = type(module)
        module.__class__ = _subclass(mixin, original)  # keeps parameters, hooks, buffers and aliases
    assert isinstance(module, ApproximateLayer)
    module.approximation, module.truncate = approximation, None


def unswap_(layer: ApproximateLayer) -> None:
    """The torch layer again that a converted one was, in place; raises ConversionError if something else has its class."""
    Former(layer, original_of(layer), None, False, None).restore()


def original_of(layer: ApproximateLayer) -> Any:
    """The class that a layer had before its conversion; raises ConversionError if it was given another one since."""
    made = vars(type(layer)).get("made_of")
    if made is None:
        raise ConversionError(
            f"{layer.name}: its class is {type(layer).__name__}, of something that wrapped it after conversion"
        )
    return made[1]


@dataclass(frozen=True, eq=False)
class Former:
    """What conversion changes of a layer, as it was before."""

    layer: nn.Module
    kind: type[nn.Module]
    approximation: nn.Module | None
    truncates: bool
    truncate: int | None

    @staticmethod
    def of(layer: nn.Module) -> Former:
        """Of a layer now."""
        own = vars(layer)
        return Former(layer, type(layer), layer._modules.get("approximation"), "truncate" in own, own.get("truncate"))

    def restore(self) -> None:
        """Make the layer that again."""
        if self.approximation is None:
            self.layer._modules.pop("approximation", None)
        else:
            self.layer._modules["approximation"] = self.approximation
        vars(self.layer).pop("truncate", None)
        if self.truncates:
            vars(self.layer)["truncate"] = self.truncate
        self.layer.__class__ = self.kind
