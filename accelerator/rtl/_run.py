"""A program on the compiled Verilog: every product through the product unit, input by input, with its cycles."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .._errors import ProgramError
from ..array import Design, UnitRun
from ..golden import GATE_HIGH, GATE_LOW, Golden, RecurrentLayer
from ..program import Operation, Product, Program, Recurrent
from ..schedule import ArraySize, product_tiles, streams
from ._plan import ProductPlan
from ._units import Told, Units, unit_config

DEFAULT_SIZE = ArraySize(16, 16)


@dataclass(frozen=True)
class Measured:
    """Cycles of each input on the Verilog, in the product unit and in the vector unit; `vector_on` says what computed the
    latter's part: "rtl", "golden" (then its cycles are those of the model), or "" if it had none."""

    product: tuple[int, ...] = ()
    vector: tuple[int, ...] = ()
    vector_on: str = ""


class OnVerilog(Golden):
    """A program on the Verilog of an array of that size.

    `threads` units run at a time, each an input (all processors' worth if None). With `gates`, elements simulate their
    multiplier's gates, see `CompiledArray`; `design` is taken for the product unit's Verilog. `tell` is called with the cycles
    of every run on a unit. Raises what `CompiledProductUnit` does.
    """

    def __init__(
        self,
        program: Program,
        size: ArraySize = DEFAULT_SIZE,
        *,
        threads: int | None = None,
        gates: bool = False,
        design: Design | None = None,
        tell: Told | None = None,
    ) -> None:
        self.size, self.tell = size, tell
        config = unit_config(program.arithmetic, size)
        self.units = Units(config, threads or os.cpu_count() or 1, gates=gates, design=design)
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

        found = RecurrentLayer(o, product)(x[0])
        h = found.pop("h")
        inner |= found
        self.measured[o.name] = Measured(product=tuple(map(sum, zip(*steps, strict=True))), vector_on="golden")
        return h


def check_size(config: object) -> ArraySize:
    """The array's size from the `config` of `accelerator.run`; raises ProgramError for anything else."""
    if config is None:
        return DEFAULT_SIZE
    if not isinstance(config, ArraySize):
        raise ProgramError(f"config = {config!r} is not allowed; use an accelerator.schedule.ArraySize")
    return config
