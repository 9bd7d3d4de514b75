"""The first wrong integer of the vector unit: its lane, cycle and operands, in the smallest run that still shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from accelerator import Program
from accelerator.program import Operation
from accelerator.rtl import VectorPart, vector_parts
from accelerator.vector import CompiledVectorUnit, VectorJob
from accelerator.vector._results import results
from accelerator.vector._rtl import LATENCY

_SHOWN = 16
"""Codes of a window that are printed."""


@dataclass(frozen=True, eq=False)
class VectorPlace:
    """The first result, in the order in which they leave the unit, that is wrong: number `element` of a run, `actual` on
    `port` where `expected` is right. Cycles are the run's, whose first step is taken in cycle 0."""

    part: VectorPart
    lanes: int
    element: int
    port: str
    expected: int
    actual: int

    @property
    def lane(self) -> int:
        """The lane that it went through."""
        return self.element % self.lanes

    @property
    def group(self) -> int:
        """The number of the vector of `lanes` elements, or windows, that it belongs to."""
        return self.element // self.lanes

    @property
    def cycle(self) -> int:
        """When its first operands come."""
        return self.group * self.part.job.size

    @property
    def leaves(self) -> int:
        """When it is there."""
        job = self.part.job
        return self.cycle + job.size - 1 + LATENCY[job.module]

    def describe(self) -> list[str]:
        """Where it is, and what it was made of, in two lines."""
        step = "" if self.part.step is None else f", step {self.part.step}"
        job = self.part.job
        when = f"in cycle {self.cycle}" if job.size == 1 else f"from cycle {self.cycle} on"
        return [
            f"input {self.part.index}{step}: {job.module}, element {self.element}, lane {self.lane}, which takes its operands "
            f"{when}; {self.port} is {self.actual} in cycle {self.leaves}, expected {self.expected}",
            f"operands: {_operands(job.part(self.element, self.element + 1))}",
        ]


def first_wrong_vector(
    program: Program, operation: Operation, values: dict[str, Tensor], golden: dict[str, Tensor], lanes: int
) -> VectorPlace | None:
    """Where the vector unit's results in `values` first differ from the golden simulator's; None if they are equal."""
    for part in vector_parts(program, operation, values):
        found, wanted = ({port: part.of(port, each) for port in part.targets} for each in (values, golden))
        wrong = [(int(np.flatnonzero(found[port] != wanted[port])[0]), port) for port in found if _differ(found, wanted, port)]
        if wrong:
            element, port = min(wrong)
            return VectorPlace(part, lanes, element, port, int(wanted[port][element]), int(found[port][element]))
    return None


def _differ(found: Mapping[str, np.ndarray], wanted: Mapping[str, np.ndarray], port: str) -> bool:
    return not np.array_equal(found[port], wanted[port])


def reproduce_vector(unit: CompiledVectorUnit, place: VectorPlace) -> tuple[VectorJob, str] | None:
    """The smallest of some runs that goes wrong, and what it is: one vector of lanes, that and the one before, all up to it.
    None if none does."""
    for job, what in _candidates(place):
        wanted, run = results(job), unit.run(job)
        found = {"cell_o": run.cell_state}
        if any(not np.array_equal(found.get(port, run.values), values) for port, values in wanted.items()):
            return job, what
    return None


def _candidates(place: VectorPlace) -> Iterator[tuple[VectorJob, str]]:
    job, lanes = place.part.job, place.lanes
    end = min((place.group + 1) * lanes, job.count)
    one, many = ("window", "windows") if job.module.endswith("pool") else ("element", "elements")
    begin = place.group * lanes
    yield job.part(begin, end), f"one {one} in each lane"
    if begin:
        yield job.part(begin - lanes, end), f"two {many} in each lane"
        yield job.part(0, end), f"all {many} up to the wrong one"


def _operands(job: VectorJob) -> str:
    """The integers that one result is made of."""
    x, settings = job.elements["x_i"][0], job.settings
    if job.module == "recurrent_cell":
        parts = {"gates from the input": x[0], "from the hidden state": job.elements["h_i"][0, 0]}
        said = [f"{name} {', '.join(map(str, part.tolist()))}" for name, part in parts.items()]
        said.append(f"state {job.elements['state_i'][0, 0, 0]}, fraction {settings['fraction_i'][0]}")
        return "; ".join(said)
    if job.module == "rescale":
        zeros, multipliers = settings["x_zero_i"], settings["multiplier_i"]
        terms = " + ".join(f"({v} - {z}) * {m}" for v, z, m in zip(x[0].tolist(), zeros, multipliers, strict=True))
    else:
        codes = ", ".join(map(str, x[:_SHOWN, 0].tolist())) + (f" and {len(x) - _SHOWN} more" if len(x) > _SHOWN else "")
        terms = f"a window of {len(x)}: {codes}"
        if job.module == "max_pool":
            return terms
        (zero,), (multiplier,) = settings["x_zero_i"], settings["multiplier_i"]
        terms += f"; its sum above {zero} is {int((x - zero).sum())}, * {multiplier}"
    (shift,), (zero,), (low,), (high,) = (settings[f"{name}_i"] for name in ("shift", "zero", "low", "high"))
    return f"{terms}, / 2^{shift}, zero point {zero}, clamped to {low} ... {high}"
