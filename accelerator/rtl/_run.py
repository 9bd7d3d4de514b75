"""A program on the compiled Verilog, input by input: products through the product unit, all else through the vector unit."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .._errors import ProgramError
from ..array import Design, UnitRun
from ..golden import GATE_HIGH, GATE_LOW, Cell, Golden, RecurrentLayer, windows
from ..program import AveragePool, MaxPool, Operation, Product, Program, Recurrent, Rescale
from ..schedule import ArraySize, Memory, product_tiles, streams
from ..vector import CompiledVectorUnit, VectorRun
from ._plan import ProductPlan
from ._units import Told, Units, unit_config

DEFAULT_SIZE = ArraySize(16, 16)


@dataclass(frozen=True)
class Measured:
    """Cycles of each input on the Verilog: in the product unit, and in the vector unit."""

    product: tuple[int, ...] = ()
    vector: tuple[int, ...] = ()


class OnVerilog(Golden):
    """A program on the Verilog of an array of that size.

    `threads` units run at a time, each an input (all processors' worth if None). With `gates`, elements simulate their
    multiplier's gates, see `CompiledArray`; `design` is taken for the product unit's Verilog. The vector unit has `lanes`
    lanes. `tell` is called with the cycles of every run on a product unit. Raises what `CompiledProductUnit` does.
    """

    def __init__(
        self,
        program: Program,
        size: ArraySize = DEFAULT_SIZE,
        *,
        threads: int | None = None,
        gates: bool = False,
        design: Design | None = None,
        lanes: int = Memory().lanes,
        tell: Told | None = None,
    ) -> None:
        self.size, self.tell = size, tell
        config = unit_config(program.arithmetic, size)
        self.units = Units(config, threads or os.cpu_count() or 1, gates=gates, design=design)
        self.vector = CompiledVectorUnit(lanes)
        self.measured: dict[str, Measured] = {}
        super().__init__(program)

    def prepare(self, operation: Product | Recurrent) -> Any:
        tiles = product_tiles(self.program, operation, self.size)
        groups = operation.window.groups if isinstance(operation, Product) else 1
        positions = 1
        if isinstance(operation, Product):
            positions = self.program.values[operation.target].elements // operation.matrix.outputs
        return ProductPlan(tiles, operation.matrix, groups, positions, self.size)

    def step(self, operation: Operation, values: dict[str, Tensor], inner: dict[str, Tensor]) -> Tensor:
        self.measured[operation.name] = Measured()
        return super().step(operation, values, inner)

    def _product(self, o: Product, x: list[Tensor], inner: dict[str, Tensor]) -> Tensor:
        target = self.program.values[o.target]
        zero = self._zero(o.source)
        inputs = [streams(o, codes, zero) for codes in x[0].numpy()]
        acc, codes, cycles = self.products(o, inputs, (target.zero_point, o.low, o.high))
        self.measured[o.name] = Measured(product=cycles)
        # (B, N, M) becomes (B, N, height, width) of an image, and (B, ..., N) of rows.
        shape = (len(x[0]), *target.shape)
        if o.layout == "rows":
            acc, codes = acc.transpose(1, 2), codes.transpose(1, 2)
        inner["acc"] = acc.reshape(shape)
        return codes.reshape(shape)

    def products(
        self, o: Product | Recurrent, inputs: list[np.ndarray], clamp: tuple[int, int, int]
    ) -> tuple[Tensor, Tensor, tuple[int, ...]]:
        """Accumulators and codes, int32 (B, N, M), and cycles, of activations (groups, M, K) of each input."""
        plan: ProductPlan = self.ready[o.name]
        runs: list[UnitRun] = self.units.run(plan, clamp, inputs, self.tell)
        # The unit gives raw sums; the constant is added in its requantiser, in 32 bits that wrap around.
        acc = np.stack([plan.gather(run.sums) for run in runs]) + o.matrix.constant[:, None]
        codes = np.stack([plan.gather(run.codes) for run in runs])
        wrapped = torch.from_numpy(acc).int()
        return wrapped, torch.from_numpy(codes).int(), tuple(run.cycles for run in runs)

    def _recurrent(self, o: Recurrent, x: list[Tensor], inner: dict[str, Tensor]) -> Tensor:
        steps: list[tuple[int, ...]] = []

        def product(codes: Tensor) -> tuple[Tensor, Tensor]:
            inputs = [each.reshape(1, 1, -1) for each in codes.numpy()]
            acc, gates, cycles = self.products(o, inputs, (0, GATE_LOW, GATE_HIGH))
            steps.append(cycles)
            return acc[..., 0], gates[..., 0]

        cell = CellOnVerilog(self.vector)
        found = RecurrentLayer(o, product, cell)(x[0])
        h = found.pop("h")
        inner |= found
        self.measured[o.name] = Measured(tuple(map(sum, zip(*steps, strict=True))), cell.cycles(len(h)))
        return h

    def _rescale(self, o: Rescale, x: list[Tensor], inner: dict[str, Tensor]) -> Tensor:
        zeros = [self._zero(name) for name in o.sources]
        clamp = o.shift, self._zero(o.target), o.low, o.high
        runs = [self.vector.rescale(part, o.multipliers, zeros, *clamp) for part in _by_input(x)]
        return self._from_vector(o, runs)

    def _averagepool(self, o: AveragePool, x: list[Tensor], inner: dict[str, Tensor]) -> Tensor:
        zero = self._zero(o.source)
        found = windows(x[0], o.kernel, o.stride, o.padding, (1, 1), zero).flatten(-2).flatten(1, -2).numpy()
        settings = o.multiplier, o.shift, zero, self._zero(o.target), o.low, o.high
        return self._from_vector(o, [self.vector.average_pool(each, *settings) for each in found])

    def _maxpool(self, o: MaxPool, x: list[Tensor], inner: dict[str, Tensor]) -> Tensor:
        lowest = self.program.values[o.source].low
        found = windows(x[0], o.kernel, o.stride, o.padding, o.dilation, lowest).flatten(-2).flatten(1, -2).numpy()
        return self._from_vector(o, [self.vector.max_pool(each) for each in found])

    def _from_vector(self, o: Rescale | AveragePool | MaxPool, runs: list[VectorRun]) -> Tensor:
        self.measured[o.name] = Measured(vector=tuple(run.cycles for run in runs))
        codes = np.stack([run.values for run in runs]).reshape(len(runs), *self.program.values[o.target].shape)
        return torch.from_numpy(codes).int()


class CellOnVerilog(Cell):
    """Recurrent cells on the vector unit's Verilog, an input at a time; `cycles` adds up what each input took."""

    def __init__(self, unit: CompiledVectorUnit) -> None:
        self.unit = unit
        self._cycles: list[int] = []

    def cycles(self, inputs: int) -> tuple[int, ...]:
        """Cycles of each input."""
        return tuple(sum(self._cycles[i::inputs]) for i in range(inputs))

    def codes(self, o: Recurrent, h: Tensor) -> Tensor:
        settings = o.hidden_shift, o.hidden_zero_point, o.hidden_low, o.hidden_high
        return self._each([self.unit.rescale([each], [o.hidden_multiplier], [0], *settings) for each in h.numpy()]).int()

    def step(self, o: Recurrent, gates: Tensor, from_hidden: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        parts = (part.numpy()[:, None] for part in (gates, from_hidden, h, c))
        runs = [self.unit.cell(o.cell, x, y, h, c, o.gate_fraction) for x, y, h, c in zip(*parts, strict=True)]
        states = [run.cell_state for run in runs if run.cell_state is not None]
        return self._each(runs)[:, 0], torch.from_numpy(np.concatenate(states)) if states else c

    def _each(self, runs: list[VectorRun]) -> Tensor:
        self._cycles += [run.cycles for run in runs]
        return torch.from_numpy(np.stack([run.values for run in runs]))


def _by_input(values: list[Tensor]) -> list[list[np.ndarray]]:
    """Several values with the batch in front as a list of each input's."""
    return [[value[i].numpy() for value in values] for i in range(len(values[0]))]


def check_size(config: object) -> ArraySize:
    """The array's size from the `config` of `accelerator.run`; raises ProgramError for anything else."""
    if config is None:
        return DEFAULT_SIZE
    if not isinstance(config, ArraySize):
        raise ProgramError(f"config = {config!r} is not allowed; use an accelerator.schedule.ArraySize")
    return config
