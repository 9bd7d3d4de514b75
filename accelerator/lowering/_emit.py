"""Steps as operations, in order: which codes each value has is decided here, by who reads it."""

from __future__ import annotations

import math
from typing import Any

from torch import fx, nn

from pysim._quantization import CodeRange
from pysim.kernels import Window
from pysim.layers import Geometry

from .._errors import LoweringError
from ..fixed_point import rescaling
from ..program import AveragePool, Concatenate, MaxPool, Product, Select, Transpose
from ._builder import Builder
from ._fold import fold
from ._quantities import WIDE, Quantity, of_input, of_range, of_value, wide
from ._recognize import refused
from ._recurrent import last_state, lower_recurrent
from ._steps import Step, readers
from ._trace import Traced
from ._windows import average_window, pair

_MOVING = ("reshape", "transpose", "permute", "item", "concatenate", "max", "same")
"""Steps that write the codes that they read."""


class Emitter:
    """Makes operations of steps; `env` has the name of each node's value."""

    def __init__(self, traced: Traced, made: dict[fx.Node, Step], codes: CodeRange) -> None:
        self.traced, self.made, self.codes = traced, made, codes
        self.builder = Builder()
        self.env: dict[fx.Node, Any] = {}

    def emit(self, step: Step) -> None:
        """The operations of one step; raises LoweringError."""
        self.env[step.node] = getattr(self, f"_{step.kind}")(step)

    def quantity(self, node: fx.Node) -> Quantity:
        """The codes for a node's value: its reader's, 16-bit ones if it leaves the network, or those that suit its range."""
        found = self._wanted(node)
        return of_range(self.traced.ranges[node], self.codes) if found is None else found

    def _wanted(self, node: fx.Node) -> Quantity | None:
        users = readers(node, self.traced)
        steps = [self.made[user] for user in users if user.op != "output"]
        for step in steps:
            if step.kind == "product":
                layer: Any = step.layer
                return of_input(layer.product("weight"))
            if step.kind == "recurrent":
                layer = step.layer
                return of_input(layer.product("ih_l0"))
        if users and not steps:
            return wide(self.traced.ranges[node])
        if len(users) == 1 and steps[0].kind in _MOVING:
            return self._wanted(steps[0].node)
        return None

    def _shape(self, step: Step) -> tuple[int, ...]:
        """The shape of a step's result without the batch."""
        shape = self.traced.shapes[step.node]
        if shape[:1] != (self.traced.batch,):
            raise refused(step.where, "", f"its result of shape {shape} does not have the batch in front")
        return shape[1:]

    def _source(self, step: Step, index: int = 0) -> str:
        name = self.env[step.sources[index]]
        if not isinstance(name, str):
            raise refused(step.where, "", "it takes more of a recurrent layer than its output and last hidden state")
        return name

    def _input(self, step: Step) -> str:
        return self.builder.value(step.where, self._shape(step), self.quantity(step.node))

    def _output(self, step: Step) -> tuple[str, ...]:
        node = step.options["value"]
        parts = node if isinstance(node, tuple | list) else [node]
        names = [self.env[part] if isinstance(part, fx.Node) else None for part in parts]
        if not all(isinstance(name, str) for name in names):
            raise LoweringError("the network must return one tensor, or several in a tuple")
        return tuple(map(str, names))

    def _same(self, step: Step) -> Any:
        return self.env[step.sources[0]]

    def _clamp(self, step: Step) -> str:
        quantity = self.quantity(step.node)
        return self.builder.sum([self._source(step)], quantity, quantity.clamp(step.low, step.high), step.where)

    def _add(self, step: Step) -> str:
        quantity = self.quantity(step.node)
        names = [self._source(step, 0), self._source(step, 1)]
        return self.builder.sum(names, quantity, quantity.clamp(step.low, step.high), step.where)

    def _product(self, step: Step) -> str:
        layer: Any = step.layer
        image = not isinstance(step.layer, nn.Linear)
        product, wanted, shape = layer.product("weight"), self.quantity(step.node), self._shape(step)
        if isinstance(layer, nn.Conv3d):
            raise refused(step.where, "Conv3d")
        if image and layer.padding_mode != "zeros":
            raise refused(step.where, type(layer).__name__, f"it pads in the mode {layer.padding_mode!r}, not with zeros")
        if isinstance(step.norm, nn.BatchNorm1d) and not image and len(shape) > 1:
            raise refused(step.where, "batch norm", "it normalises the second axis of a linear layer's output, not the last")
        source = self.builder.quantified(self._source(step), of_input(product))
        window = Geometry.of(layer).window if image else Window()
        if isinstance(layer, nn.Conv1d):
            channels, length = self.builder.shape(source)
            source = self.builder.reshaped(source, (channels, 1, length), f"{step.where}.image")
        folded = fold(product, layer.weight, layer.bias, step.norm)
        # A requantiser's factor is below 1: codes finer than an accumulator's unit are reached by way of 16-bit ones.
        direct = folded.fits(wanted.scale)
        chosen = wanted if direct else Quantity(folded.coarsest * (1 + 2**-20), 0, -WIDE, WIDE)
        if wanted.high == WIDE:  # 16-bit codes of its own: as coarse as it takes
            direct, wanted = True, chosen
        low, high = chosen.clamp(step.low, step.high)
        between = (shape[0], 1, shape[1]) if isinstance(layer, nn.Conv1d) else shape
        name = self.builder.value(step.where if direct and between == shape else f"{step.where}.product", between, chosen)
        matrix = folded.matrix(chosen, window.weight(layer.weight.shape))
        layout = "image" if image else "rows"
        self.builder.add(Product, name, source=source, matrix=matrix, window=window, layout=layout, low=low, high=high)
        name = self.builder.reshaped(name, shape, step.where)
        return self.builder.quantified(name, wanted)

    def _recurrent(self, step: Step) -> Any:
        assert step.layer is not None
        return lower_recurrent(step.layer, step.where, self._source(step), self.builder)

    def _average(self, step: Step) -> str:
        source, shape = self._source(step), self._shape(step)
        size = self.builder.shape(source)
        if len(size) != 3:
            raise refused(step.where, "", f"it averages a value of shape {size}, and images (C, H, W) alone are averaged")
        window = average_window(step.options, size, step.where)
        quantity = self.quantity(step.node)
        ratio = self.builder.values[source].scale / quantity.scale / math.prod(window["kernel"])
        (multiplier,), shift = rescaling([ratio])
        height, width = Window(**window).output(*size[1:])
        low, high = quantity.clamp(step.low, step.high)
        wish = step.where if shape == (size[0], height, width) else f"{step.where}.image"
        window["padding"] = window.pop("end")
        name = self.builder.value(wish, (size[0], height, width), quantity)
        self.builder.add(AveragePool, name, source=source, **window, multiplier=multiplier, shift=shift, low=low, high=high)
        return self.builder.reshaped(name, shape, step.where)

    def _max(self, step: Step) -> str:
        source, options = self._source(step), step.options
        if options["ceil"] or options["indices"]:
            raise refused(step.where, "max pooling", "ceil_mode and return_indices are not supported")
        name = self.builder.value(step.where, self._shape(step), of_value(self.builder.values[source]))
        window = {key: pair(options[key]) for key in ("kernel", "stride", "padding", "dilation")}
        return self.builder.add(MaxPool, name, source=source, **window)

    def _reshape(self, step: Step) -> str:
        return self.builder.reshaped(self._source(step), self._shape(step), step.where)

    def _transpose(self, step: Step) -> str:
        rank = len(self.traced.shapes[step.node])
        first, second = (axis % rank for axis in step.options["axes"])
        axes = list(range(rank))
        axes[first], axes[second] = axes[second], axes[first]
        return self._moved(step, axes)

    def _permute(self, step: Step) -> str:
        rank = len(self.traced.shapes[step.node])
        return self._moved(step, [axis % rank for axis in step.options["axes"]])

    def _moved(self, step: Step, axes: list[int]) -> str:
        if axes[0] != 0:
            raise refused(step.where, "", "it moves the batch away from the front")
        source = self._source(step)
        name = self.builder.value(step.where, self._shape(step), of_value(self.builder.values[source]))
        return self.builder.add(Transpose, name, source=source, axes=tuple(axis - 1 for axis in axes[1:]))

    def _item(self, step: Step) -> Any:
        found, index = self.env[step.sources[0]], step.options["index"]
        if not isinstance(found, str):
            part = found[index]
            states = isinstance(found, list) and isinstance(part, str)
            return last_state(part, self.builder) if states else part
        indices = index if isinstance(index, tuple) else (index,)
        if indices[0] != slice(None) or not all(isinstance(i, int) or i == slice(None) for i in indices):
            raise refused(step.where, "", f"indices {index} are not whole axes and single integers, with the batch whole")
        name, axis = found, 0
        for i in indices[1:]:
            if i == slice(None):
                axis += 1
                continue
            shape = self.builder.shape(name)
            target = self.builder.value(step.where, shape[:axis] + shape[axis + 1 :], of_value(self.builder.values[name]))
            name = self.builder.add(Select, target, source=name, axis=axis, index=i % shape[axis])
        return name

    def _concatenate(self, step: Step) -> str:
        axis = step.options["axis"] % len(self.traced.shapes[step.node]) - 1
        if axis < 0:
            raise refused(step.where, "", "it joins batches")
        quantity = self.quantity(step.node)
        names = [self.builder.quantified(self._source(step, i), quantity) for i in range(len(step.sources))]
        target = self.builder.value(step.where, self._shape(step), quantity)
        return self.builder.add(Concatenate, target, sources=tuple(names), axis=axis)
