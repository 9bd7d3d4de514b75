"""What all converted layers share: the class swap that keeps parameters, hooks and names, and its undoing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from torch import nn

from .._approximate import ApproximateProduct
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

    @property
    def name(self) -> str:
        """The layer's name in its model."""
        return next(self.products()).name.split(":")[0]

    def extra_repr(self) -> str:
        """The layer's own description, and the multiplier."""
        operands = next(self.products()).operands
        return f"{super().extra_repr()}, multiplier={operands.multiplier.label}"


@cache
def _subclass(mixin: Any, original: Any) -> Any:
    return type(f"Approximate{original.__name__}", (mixin, original), {"__module__": mixin.__module__})


def swap_(module: nn.Module, mixin: Any, operands: Operands, name: str) -> None:
    """Make a torch layer an approximate one in place, or give an approximate one another multiplier."""
    keys = mixin.keys(module)
    products = {key: ApproximateProduct(operands, name if len(keys) == 1 else f"{name}: {key}") for key in keys}
    if not isinstance(module, ApproximateLayer):
        original: Any = type(module)
        module.__class__ = _subclass(mixin, original)  # keeps parameters, hooks, buffers and aliases
    assert isinstance(module, ApproximateLayer)
    module.approximation = nn.ModuleDict(products).to(next(module.parameters()).device)
