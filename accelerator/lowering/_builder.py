"""A program under construction: values with unique names, operations in order, and changes of scale where they are needed."""

from __future__ import annotations

from typing import Any

from .._errors import LoweringError
from ..fixed_point import rescaling
from ..program import Operation, Rescale, Reshape, Value
from ._quantities import Quantity, of_value


class Builder:
    """Collects operations; a value is known by its name."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}
        self.operations: list[Operation] = []
        self._converted: dict[tuple[str, Quantity], str] = {}

    def value(self, name: str, shape: tuple[int, ...], quantity: Quantity) -> str:
        """A new value, by its name, or that with a number if it is taken."""
        unique, number = name, 2
        while unique in self.values:
            unique, number = f"{name}#{number}", number + 1
        self.values[unique] = quantity.value(unique, shape)
        return unique

    def add(self, kind: Any, target: str, **fields: Any) -> str:
        """An operation that is named as the value it writes; returns that name."""
        self.operations.append(kind(name=target, target=target, **fields))
        return target

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a value."""
        return self.values[name].shape

    def reshaped(self, name: str, shape: tuple[int, ...], wish: str) -> str:
        """The value in another shape; itself if that is its own."""
        if self.shape(name) == shape:
            return name
        target = self.value(wish, shape, of_value(self.values[name]))
        return self.add(Reshape, target, source=name)

    def quantified(self, name: str, quantity: Quantity) -> str:
        """The value in other codes; itself if it has these."""
        if of_value(self.values[name]) == quantity:
            return name
        known = self._converted.get((name, quantity))
        if known is None:
            known = self.sum([name], quantity, (quantity.low, quantity.high), f"{name}.rescaled")
            self._converted[name, quantity] = known
        return known

    def sum(self, names: list[str], quantity: Quantity, clamp: tuple[int, int], wish: str) -> str:
        """The rescaled sum of values of one shape."""
        shapes = {self.shape(name) for name in names}
        if len(shapes) != 1:
            raise LoweringError(f"{wish} adds values of different shapes {sorted(shapes)}; broadcasting cannot be lowered")
        try:
            multipliers, shift = rescaling([self.values[name].scale / quantity.scale for name in names])
        except ValueError as error:
            raise LoweringError(f"{wish} cannot be lowered: {error}") from None
        target = self.value(wish, shapes.pop(), quantity)
        low, high = clamp
        return self.add(Rescale, target, sources=tuple(names), multipliers=multipliers, shift=shift, low=low, high=high)
