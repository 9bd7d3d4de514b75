"""Why a co-simulation ended: the first wrong integer, the element behind it, its waveform and a test that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from accelerator import run
from accelerator.array import UnitConfig
from accelerator.array._record_unit import Recorded, record_unit
from accelerator.program import Operation, Product, Recurrent
from cocotb_tests import Difference, lockstep
from multipliers._cache import write_atomically

from ._bench import write_bench
from ._divergence import Place, Reproduction, first_wrong, product_unit_of, reproduce
from ._element import Element, first_wrong_element
from ._run import Cosimulation
from ._vcd import Waveform

WINDOW = 200
"""Cycles of the waveform that is kept."""


@dataclass(frozen=True)
class Divergence:
    """What was found, in words; in numbers where it is a product's; and the files that show it."""

    text: str
    layer: str
    place: Place | None = None
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
    if isinstance(operation, Product | Recurrent):
        place = first_wrong(program, operation, result.size, result.values, golden)
        if place is not None:
            return _product(result, place, folder, golden)
    name = _first_name(operation, result.values, golden)
    if name:
        return Divergence(f"{layer.name}: {_first_integer(name, result.values[name], golden[name])}", layer.name)
    if layer.pysim is False:
        return Divergence(
            f"{layer.name}: the Verilog agrees with the golden simulator, and pysim's layer with neither", layer.name
        )
    cycles = ", ".join(map(str, sorted(set(layer.measured))))
    return Divergence(f"{layer.name}: {cycles} cycles on the Verilog, {layer.cycles} in the model", layer.name)


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
        lines.append("no part of the layer shows it by itself: it depends on what ran before")
        return Divergence("\n".join(lines), operation.name, place)
    recorded = record_unit(config, found.tiles, found.settings)
    bench = write_bench(folder / "divergence", result.design, recorded, f"{operation.name}, {found.what}")
    waveform = folder / "divergence" / f"last_{WINDOW}_cycles.vcd"
    simulated = lockstep(result.design.rtl, recorded.inputs, recorded.expected, waveform=waveform)
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


def _first_name(operation: Operation, values: dict[str, Tensor], golden: dict[str, Tensor]) -> str:
    names = [name for name in values if name.startswith(f"{operation.name}.")] + [operation.target]
    return next((name for name in names if not torch.equal(values[name], golden[name])), "")


def _first_integer(name: str, found: Tensor, expected: Tensor) -> str:
    at = tuple(int(i) for i in (found != expected).nonzero()[0])
    place = ", ".join(map(str, at))
    return f"{name}[{place}] is {int(found[at])}, expected {int(expected[at])}"
