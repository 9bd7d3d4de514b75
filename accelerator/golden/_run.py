"""The golden simulator: every integer of a program, for a whole batch at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from pysim.kernels import Window

from ..fixed_point import rescale
from ..program import (
    AveragePool,
    Concatenate,
    MaxPool,
    Operation,
    Product,
    Program,
    Recurrent,
    Rescale,
    Reshape,
    Select,
    Transpose,
    sources,
)
from ._pools import windows
from ._products import ArrayProduct
from ._recurrent import GATE_HIGH, GATE_LOW, RecurrentLayer


class Golden:
    """A program ready to be run by pysim's kernels and torch's integers.

    Subclasses put other hardware in their place: `prepare`, and the methods named after operations.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.ready: dict[str, Any] = {}
        for operation in program.operations:
            if isinstance(operation, Product | Recurrent):
                self.ready[operation.name] = self.prepare(operation)

    def prepare(self, operation: Product | Recurrent) -> Any:
        """What runs an operation with products on the array."""
        if isinstance(operation, Product):
            return ArrayProduct(self.program.arithmetic, operation.matrix, operation.window)
        product = ArrayProduct(self.program.arithmetic, operation.matrix, Window())

        def step(codes: Tensor) -> tuple[Tensor, Tensor]:
            acc = product.rows(codes)
            return acc, product.requantized(acc, 0, GATE_LOW, GATE_HIGH)

        return RecurrentLayer(operation, step)

    @torch.no_grad()
    def run(self, codes: Tensor, keep: bool = True) -> dict[str, Tensor]:
        """Every integer (see `accelerator.Run`) of codes (B, *shape) of the input; without `keep`, outputs and little else."""
        values = {self.program.input: codes.int()}
        outputs = set(self.program.outputs)
        last = {source: i for i, operation in enumerate(self.program.operations) for source in sources(operation)}
        for i, operation in enumerate(self.program.operations):
            inner: dict[str, Tensor] = {}
            values[operation.target] = self.step(operation, values, inner)
            if keep:
                values |= {f"{operation.name}.{key}": tensor for key, tensor in inner.items()}
            else:
                for source in sources(operation):
                    if last[source] == i and source not in outputs:
                        values.pop(source, None)
        return values

    def step(self, operation: Operation, values: dict[str, Tensor], inner: dict[str, Tensor]) -> Tensor:
        """What an operation writes, from all values so far; what else it computes goes to `inner`."""
        step: Callable[..., Tensor] = getattr(self, f"_{type(operation).__name__.lower()}")
        return step(operation, [values[name] for name in sources(operation)], inner)

    def _zero(self, name: str) -> int:
        return self.program.values[name].zero_point

    def _product(self, o: Product, x: list[Tensor], inner: dict[str, Tensor]) -> Tensor:
        product = self.ready[o.name]
        image = o.layout == "image"
        inner["acc"] = product.images(x[0], self._zero(o.source)) if image else product.rows(x[0])
        codes: Tensor = product.requantized(inner["acc"], self._zero(o.target), o.low, o.high, 1 if image else -1)
        return codes

    def _rescale(self, o: Rescale, x: list[Tensor], inner: dict[str, Tensor]) -> Tensor:
        terms = [(each, self._zero(name), m) for each, name, m in zip(x, o.sources, o.multipliers, strict=True)]
        return rescale(terms, o.shift, self._zero(o.target), o.low, o.high)

    def _averagepool(self, o: AveragePool, x: list[Tensor], inner: dict[str, Tensor]) -> Tensor:
        centred = x[0] - self._zero(o.source)
        sums = windows(centred, o.kernel, o.stride, o.padding, (1, 1), 0).sum((-2, -1))
        return rescale([(sums, 0, o.multiplier)], o.shift, self._zero(o.target), o.low, o.high)

    def _maxpool(self, o: MaxPool, x: list[Tensor], inner: dict[str, Tensor]) -> Tensor:
        lowest = self.program.values[o.source].low
        return windows(x[0], o.kernel, o.stride, o.padding, o.dilation, lowest).amax((-2, -1))

    def _reshape(self, o: Reshape, x: list[Tensor], inner: dict[str, Tensor]) -> Tensor:
        return x[0].reshape(len(x[0]), *self.program.values[o.target].shape)

    def _transpose(self, o: Transpose, x: list[Tensor], inner: dict[str, Tensor]) -> Tensor:
        return x[0].permute(0, *(axis + 1 for axis in o.axes))

    def _select(self, o: Select, x: list[Tensor], inner: dict[str, Tensor]) -> Tensor:
        return x[0].select(o.axis + 1, o.index)

    def _concatenate(self, o: Concatenate, x: list[Tensor], inner: dict[str, Tensor]) -> Tensor:
        return torch.cat(x, o.axis + 1)

    def _recurrent(self, o: Recurrent, x: list[Tensor], inner: dict[str, Tensor]) -> Tensor:
        steps: dict[str, Tensor] = self.ready[o.name](x[0])
        h = steps.pop("h")
        inner |= steps
        return h
