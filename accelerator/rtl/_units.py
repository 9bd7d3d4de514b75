"""Product units in compiled Verilog that share the inputs of a batch among them, one thread each."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from time import perf_counter

import numpy as np

from ..array import ArrayConfig, CompiledProductUnit, Design, UnitConfig, UnitRun
from ..program import Arithmetic
from ..schedule import ArraySize
from ._plan import ProductPlan

Told = Callable[[int], None]
"""Called with the cycles of each run on a unit that has ended."""


def unit_config(arithmetic: Arithmetic, size: ArraySize, blocks: int = 1024) -> UnitConfig:
    """The product unit of a program's arithmetic on an array of that size; its codes have 16 bits."""
    array = ArrayConfig(size.rows, size.cols, arithmetic.operands.multiplier, arithmetic.accumulator, size.depth)
    return UnitConfig(array, blocks=blocks)


class Units:
    """`count` units of one configuration. `cycles` adds up what all of them ran, `seconds` the time that went by meanwhile,
    without what it took to compile them. Raises what `CompiledProductUnit` does."""

    def __init__(self, config: UnitConfig, count: int, *, gates: bool = False, design: Design | None = None) -> None:
        self.config, self.count = config, count
        self._gates, self._design = gates, design
        self._units: list[CompiledProductUnit] = []
        self.cycles, self.seconds = 0, 0.0

    def run(
        self, plan: ProductPlan, clamp: tuple[int, int, int], streams: list[np.ndarray], tell: Told | None
    ) -> list[UnitRun]:
        """A product of each input's activations (groups, M, K); codes are requantised with `clamp`: zero point, low, high."""
        wanted = min(self.count, len(streams))
        while len(self._units) < wanted:
            self._units.append(CompiledProductUnit(self.config, len(self._units), gates=self._gates, design=self._design))
        settings, free = plan.settings(*clamp), SimpleQueue[CompiledProductUnit]()
        for unit in self._units[:wanted]:
            unit.set(settings)
            free.put(unit)
        ported = self._units[0].port(plan.feed)

        def one(stream: np.ndarray) -> UnitRun:
            unit = free.get()
            try:
                run = unit.run(plan.feed, ported.again(plan.vectors(stream)))
            finally:
                free.put(unit)
            if tell:
                tell(run.cycles)
            return run

        start = perf_counter()
        if wanted == 1:
            runs = [one(stream) for stream in streams]
        else:
            with ThreadPoolExecutor(wanted) as pool:
                runs = list(pool.map(one, streams))
        self.seconds += perf_counter() - start
        self.cycles += sum(run.cycles for run in runs)
        return runs
