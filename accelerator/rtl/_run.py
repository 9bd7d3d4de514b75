"""A program on the compiled Verilog, input by input: products through the product unit, all else through the vector unit."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .._errors import ProgramError
from ..array import Design, UnitRun
from ..golden import GATE_HIGH, GATE_LOW, Cell, Golden, RecurrentLayer
from ..program import Operation, Product, Program, Recurrent
from ..schedule import ArraySize, Memory, product_tiles, streams
from ..vector import CompiledVectorUnit, VectorJob, VectorRun
from ._plan import ProductPlan
from ._units import Told, Units, unit_config
from ._vector import OnVector, codes_job, jobs_of, step_job

DEFAULT_SIZE = ArraySize(16, 16)


@dataclass(frozen=True)
class Measured:
    """Cycles of each input on the Verilog: in the product unit, and in the vector unit."""

    product: tuple[int, ...] = ()
    vector: tuple[int, ...] = ()


class OnVerilog(Golden):
    """A program on the Verilog of an array of that size.

    `threads` units run at a time, each an input (all processors' worth if None). With `gates`, elements simulate their
    multiplier's gates, see `CompiledArray`; `design` is taken for the product unit's Verilog, the files `vector_library` for
    the vector unit's, which has `lanes` lanes. `tell` is called with the cycles of every run on a product unit. Raises what
    `CompiledProductUnit` does.
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
        vector_library: Sequence[Path] | None = None,
        tell: Told | None = None,
    ) -> None:
        self.size, self.tell = size, tell
        config = unit_config(program.arithmetic, size)
        self.units = Units(config, threads or os.cpu_count() or 1, gates=gates, design=design)
        self.vector = CompiledVectorUnit(lanes, library=vector_library)
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

    def _rescale(self, o: OnVector, x: list[Tensor], inner: dict[str, Tensor]) -> Tensor:
        runs = [self.vector.run(job) for job in jobs_of(self.program, o, x)]
        self.measured[o.name] = Measured(vector=tuple(run.cycles for run in runs))
        codes = np.stack([run.values for run in runs]).reshape(len(runs), *self.program.values[o.target].shape)
        return torch.from_numpy(codes).int()

    _averagepool = _maxpool = _rescale


class CellOnVerilog(Cell):
    """Recurrent cells on the vector unit's Verilog, an input at a time; `cycles` adds up what each input took."""

    def __init__(self, unit: CompiledVectorUnit) -> None:
        self.unit = unit
        self._cycles: list[int] = []

    def cycles(self, inputs: int) -> tuple[int, ...]:
        """Cycles of each input."""
        return tuple(sum(self._cycles[i::inputs]) for i in range(inputs))

    def codes(self, o: Recurrent, h: Tensor) -> Tensor:
        return self._values([self._run(codes_job(o, each)) for each in h.numpy()]).int()

    def step(self, o: Recurrent, gates: Tensor, from_hidden: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        parts = (part.numpy() for part in (gates, from_hidden, h, c))
        runs = [self._run(step_job(o, *each)) for each in zip(*parts, strict=True)]
        states = [run.cell_state for run in runs if run.cell_state is not None]
        return self._values(runs), torch.from_numpy(np.stack(states)) if states else c

    def _run(self, job: VectorJob) -> VectorRun:
        run = self.unit.run(job)
        self._cycles.append(run.cycles)
        return run

    @staticmethod
    def _values(runs: list[VectorRun]) -> Tensor:
        return torch.from_numpy(np.stack([run.values for run in runs]))


def check_size(config: object) -> ArraySize:
    """The array's size from the `config` of `accelerator.run`; raises ProgramError for anything else."""
    if config is None:
        return DEFAULT_SIZE
    if not isinstance(config, ArraySize):
        raise ProgramError(f"config = {config!r} is not allowed; use an accelerator.schedule.ArraySize")
    return config
