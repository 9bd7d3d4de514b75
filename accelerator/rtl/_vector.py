"""What a program's operations make of the vector unit: jobs for it, and which of the program's integers they give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from ..golden import windows
from ..program import AveragePool, MaxPool, Operation, Program, Recurrent, Rescale, sources
from ..vector import VectorJob, average_pool_job, cell_job, max_pool_job, rescale_job

OnVector = Rescale | AveragePool | MaxPool


def jobs_of(program: Program, o: OnVector, x: list[Tensor]) -> list[VectorJob]:
    """One job for each input of a batch, of the values (B, ...) that the operation reads; results are in the target's order."""
    zeros = [program.values[name].zero_point for name in sources(o)]
    if isinstance(o, Rescale):
        clamp = o.shift, program.values[o.target].zero_point, o.low, o.high
        return [rescale_job([each[i].numpy() for each in x], o.multipliers, zeros, *clamp) for i in range(len(x[0]))]
    if isinstance(o, AveragePool):
        found = windows(x[0], o.kernel, o.stride, o.padding, (1, 1), zeros[0])
        settings = o.multiplier, o.shift, zeros[0], program.values[o.target].zero_point, o.low, o.high
        return [average_pool_job(each, *settings) for each in found.flatten(-2).flatten(1, -2).numpy()]
    found = windows(x[0], o.kernel, o.stride, o.padding, o.dilation, program.values[o.source].low)
    return [max_pool_job(each) for each in found.flatten(-2).flatten(1, -2).numpy()]


def codes_job(o: Recurrent, hidden: np.ndarray) -> VectorJob:
    """The array's codes of a hidden state (H,) in Q0.15."""
    return rescale_job([hidden], [o.hidden_multiplier], [0], o.hidden_shift, o.hidden_zero_point, o.hidden_low, o.hidden_high)


def step_job(o: Recurrent, gates: np.ndarray, from_hidden: np.ndarray, hidden: np.ndarray, cell: np.ndarray) -> VectorJob:
    """The next state (H,), of gates (G * H,), and the hidden and the cell state (H,) before."""
    return cell_job(o.cell, gates[None], from_hidden[None], hidden[None], cell[None], o.gate_fraction)


@dataclass(frozen=True, eq=False)
class VectorPart:
    """A run of the vector unit within an operation: of input `index`, and of step `step` of a recurrent layer, in which it
    makes the hidden state's `codes` before the product, or the new state in its `cell` behind it.

    `targets` are the names of the integers that it gives, by output port.
    """

    index: int
    step: int | None
    what: str
    job: VectorJob
    targets: Mapping[str, str]

    def of(self, port: str, values: Mapping[str, Tensor]) -> np.ndarray:
        """The integers (count,) of an output port in a run's values."""
        value = values[self.targets[port]][self.index]
        return np.asarray((value if self.step is None else value[self.step]).flatten().numpy()).astype(np.int64)


def vector_parts(program: Program, operation: Operation, values: Mapping[str, Tensor]) -> Iterator[VectorPart]:
    """All runs of the vector unit that an operation needs, in order, on a run's `values`; none for a product."""
    if isinstance(operation, OnVector):
        port = "largest_o" if isinstance(operation, MaxPool) else "code_o"
        jobs = jobs_of(program, operation, [values[name] for name in sources(operation)])
        for index, job in enumerate(jobs):
            yield VectorPart(index, None, "", job, {port: operation.target})
    elif isinstance(operation, Recurrent):
        yield from _recurrent(operation, values)


def _recurrent(o: Recurrent, values: Mapping[str, Tensor]) -> Iterator[VectorPart]:
    gates, from_hidden, h = (values[name].numpy() for name in (o.source, f"{o.name}.from_hidden", o.target))
    c = values[f"{o.name}.c"].numpy() if o.cell == "LSTM" else np.zeros_like(h)
    states = {"hidden_o": o.target} | ({"cell_o": f"{o.name}.c"} if o.cell == "LSTM" else {})
    order = range(h.shape[1])[:: -1 if o.reverse else 1]
    nothing = np.zeros_like(h[0, 0])
    for index in range(len(h)):
        hidden = cell = nothing
        for t in order:
            yield VectorPart(index, t, "codes", codes_job(o, hidden), {"code_o": f"{o.name}.hidden"})
            yield VectorPart(index, t, "cell", step_job(o, gates[index, t], from_hidden[index, t], hidden, cell), states)
            hidden, cell = h[index, t], c[index, t]
