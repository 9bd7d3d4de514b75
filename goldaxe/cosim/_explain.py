"""Why a co-simulation ended: the first wrong integer, the element behind it, its waveform and a test that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from accelerator import run
from accelerator.array import UnitConfig
from accelerator.array._record_unit import Recorded, record_unit
from accelerator.program import Operation, Product, Recurrent
from accelerator.schedule import Memory
from accelerator.vector import CompiledVectorUnit
from accelerator.vector._results import record_job
from accelerator.vector._rtl import fixed
from cocotb_tests import Difference, lockstep
from multipliers._cache import write_atomically

from ._bench import write_bench
from ._divergence import Place, Reproduction, first_wrong, product_unit_of, reproduce
from ._element import Element, first_wrong_element
from ._run import Cosimulation
from ._vcd import Waveform
from ._vector_divergence import VectorPlace, first_wrong_vector, reproduce_vector

WINDOW = 200
"""Cycles of the waveform that is kept."""

_NOTHING_SHOWS_IT = "no part of the layer shows it by itself: it depends on what ran before"


@dataclass(frozen=True)
class Divergence:
    """What was found, in words; in numbers where integers differ; and the files that show it.

    `place` is a product's or the vector unit's; `element` and `cycle` are the array's element and the layer's cycle, or the
    cycle of the vector unit's run.
    """

    text: str
    layer: str
    place: Place | VectorPlace | None = None
    element: Element | None = None
    cycle: int | None = None
    waveform: Path | None = None
    bench: Path | None = None

    def __str__(self) -> str:
        return self.text


def explain(result: Cosimulation, folder: Path) -> Divergence:
    """The first divergence of a co-simulation that is not equal; waveform and test go to `folder`.

    Raises SimulatorError, ToolchainError and CacheError where the Verilog cannot be simulated with a waveform.
    """
    program, layer = result.program, result.layers[-1]
    operation = program.operations[len(result.layers) - 1]
    golden = run(program, result.values[program.input]).values
    found = _first(result, operation, golden)
    if isinstance(found, VectorPlace):
        return _vector(result, found, folder)
    if found is not None:
        return _product(result, found, folder, golden)
    if not layer.golden:  # what only moves integers, and has no Verilog
        name = operation.target
        return Divergence(f"{layer.name}: {_first_integer(name, result.values[name], golden[name])}", layer.name)
    if layer.pysim is False:
        return Divergence(
            f"{layer.name}: the Verilog agrees with the golden simulator, and pysim's layer with neither", layer.name
        )
    cycles = ", ".join(map(str, sorted(set(layer.measured))))
    return Divergence(f"{layer.name}: {cycles} cycles on the Verilog, {layer.cycles} in the model", layer.name)


def _first(result: Cosimulation, operation: Operation, golden: dict[str, Tensor]) -> Place | VectorPlace | None:
    """The first wrong integer of a layer, of whichever unit. In a recurrent layer's step, the hidden state's codes come before
    the product, and the new state behind it."""
    places: list[tuple[tuple[int, int, int], Place | VectorPlace]] = []
    reverse = isinstance(operation, Recurrent) and operation.reverse

    def rank(index: int, step: int | None, stage: int) -> tuple[int, int, int]:
        return index, -(step or 0) if reverse else step or 0, stage

    vector = first_wrong_vector(result.program, operation, result.values, golden, Memory().lanes)
    if vector is not None:
        part = vector.part
        places.append((rank(part.index, part.step, 0 if part.what == "codes" else 2), vector))
    if isinstance(operation, Product | Recurrent):
        place = first_wrong(result.program, operation, result.size, result.values, golden)
        if place is not None:
            places.append((rank(place.index, place.step, 1), place))
    return min(places, key=lambda each: each[0])[1] if places else None


def _vector(result: Cosimulation, place: VectorPlace, folder: Path) -> Divergence:
    operation = result.program.operations[len(result.layers) - 1]
    lines = [f"{operation.name}: {_integer_of(place, result.values)}", *place.describe()]
    unit = CompiledVectorUnit(place.lanes, library=result.vector_library)
    found = reproduce_vector(unit, place)
    if found is None:
        lines.append(_NOTHING_SHOWS_IT)
        return Divergence("\n".join(lines), operation.name, place)
    job, what = found
    inputs, expected = record_job(job, place.lanes)
    rtl = fixed(job.module, job.parameters(place.lanes), f"vector_{job.module}", result.vector_library)
    bench = write_bench(folder / "divergence", rtl, inputs, expected, f"{operation.name}, {what}")
    waveform = folder / "divergence" / f"last_{WINDOW}_cycles.vcd"
    simulated = lockstep(rtl, inputs, expected, waveform=waveform)
    until = simulated.differences[0].cycle if simulated.differences else len(inputs["rst_ni"]) - 1
    write_atomically(waveform, Waveform(waveform.read_text()).last(WINDOW, until).encode())
    lines += [f"shown by: {what}", f"waveform: {waveform}", f"test: python {bench}"]
    return Divergence("\n".join(lines), operation.name, place, None, place.cycle, waveform, bench)


def _product(result: Cosimulation, place: Place, folder: Path, golden: dict[str, Tensor]) -> Divergence:
    operation, config = place.operation, product_unit_of(result.program, result.size)
    name = f"{operation.name}.acc"
    if torch.equal(result.values[name], golden[name]):
        name = f"{operation.name}.from_hidden" if isinstance(operation, Recurrent) else operation.target
    step = "" if place.step is None else f", step {place.step}"
    lines = [
        f"{operation.name}: {_first_integer(name, result.values[name], golden[name])}",
        f"input {place.index}{step}, tile {place.tile}, vector {place.vector}, which enters in cycle {place.cycle}; "
        f"column {place.column} is wrong when its sums leave in cycle {place.cycle + config.array.latency}",
    ]
    found = reproduce(config, result.design, place)
    if found is None:
        lines.append(_NOTHING_SHOWS_IT)
        return Divergence("\n".join(lines), operation.name, place)
    recorded = record_unit(config, found.tiles, found.settings)
    rtl, what = result.design.rtl, f"{operation.name}, {found.what}"
    bench = write_bench(folder / "divergence", rtl, recorded.inputs, recorded.expected, what)
    waveform = folder / "divergence" / f"last_{WINDOW}_cycles.vcd"
    simulated = lockstep(rtl, recorded.inputs, recorded.expected, waveform=waveform)
    until = simulated.differences[0].cycle if simulated.differences else len(recorded.states) - 1
    whole = Waveform(waveform.read_text())
    element = first_wrong_element(config, recorded, whole, until + 1)
    write_atomically(waveform, whole.last(WINDOW, until).encode())
    cycle = None
    if element is not None:
        cycle = _cycle_in_layer(config, place, found, recorded, element)
        lines += _element_lines(element, cycle)
    elif simulated.differences:
        lines.append(f"every element is right: the fault lies behind the array. {_behind(simulated.differences[0])}")
    lines += [f"shown by: {found.what}", f"waveform: {waveform}", f"test: python {bench}"]
    return Divergence("\n".join(lines), operation.name, place, element, cycle, waveform, bench)


def _element_lines(e: Element, cycle: int) -> list[str]:
    lines = [f"element ({e.row}, {e.col}) in cycle {cycle}: its {e.register} is {e.actual}, expected {e.expected}"]
    if e.register == "sum":
        product = f"a product of {e.actual - e.above}, expected {e.expected - e.above}"
        lines.append(f"operands: activation {e.a}, weight {e.weight}, sum from above {e.above}; that is {product}")
    return lines


def _behind(difference: Difference) -> str:
    return f"{difference.port} is {difference.got:#x}, expected {difference.expected:#x}"


def _cycle_in_layer(config: UnitConfig, place: Place, found: Reproduction, recorded: Recorded, element: Element) -> int:
    """The layer's cycle in which the element had its operands, counted from the first row of weights.

    In the reproduction, its first vector enters `rows` cycles after the first row of weights; in the layer, at a cycle that
    the tiles before it decide. Tiles of a reproduction are as far apart as in the layer only if they have all their vectors.
    """
    rows, plan = config.array.rows, place.plan
    held = [max(tile.length, rows) for tile in plan.tiles[: found.first_tile]]
    entered = rows + sum(held) + found.first_vector
    since = element.cycle - (element.register == "sum") - recorded.begin - rows
    return entered + since


def _integer_of(place: VectorPlace, values: dict[str, Tensor]) -> str:
    name, step = place.part.targets[place.port], place.part.step
    before = (place.part.index,) if step is None else (place.part.index, step)
    at = (*before, *np.unravel_index(place.element, values[name].shape[len(before) :]))
    return f"{name}[{', '.join(map(str, map(int, at)))}] is {place.actual}, expected {place.expected}"


def _first_integer(name: str, found: Tensor, expected: Tensor) -> str:
    at = tuple(int(i) for i in (found != expected).nonzero()[0])
    place = ", ".join(map(str, at))
    return f"{name}[{place}] is {int(found[at])}, expected {int(expected[at])}"
