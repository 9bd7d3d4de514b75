"""A program on the Verilog beside its judges, layer by layer: integers, cycles, time and energy."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from time import perf_counter

import torch
from torch import Tensor, nn

from accelerator import Program, run
from accelerator.array import Design, unit_design
from accelerator.program import Operation, Product, Recurrent
from accelerator.rtl import Measured, OnVerilog, unit_config
from accelerator.schedule import ArraySize, Cost, Memory, schedule
from accelerator.vector._rtl import vector_library as vector_files
from cocotb_tests._sources import bench_hash
from cocotb_tests._toolchain import versions

from ._energy import LayerEnergy, layer_energy, memory_energy
from ._judge import pysim_sums, sums_of
from ._state import Finished, State

Progress = Callable[[str, int, int], None]
"""Called with the layer that runs, cycles done and cycles in all."""


@dataclass(frozen=True)
class Layer:
    """One operation: `integers` compared with the golden simulator's; `golden` and `pysim` say whether all are equal (None:
    it has no products, or there is no network to ask). Cycles are those of one input; `measured` those of each."""

    name: str
    kind: str
    integers: int
    golden: bool
    pysim: bool | None
    cycles: int
    measured: tuple[int, ...]
    products: int
    utilization: float
    sram: int
    dram: int
    memory_pj: float
    energy: LayerEnergy | None
    seconds: float
    resumed: bool

    @property
    def equal(self) -> bool:
        """Whether integers and cycles are all as they should be."""
        measured = {self.cycles} if self.cycles else set()
        return self.golden and self.pysim is not False and set(self.measured) == measured


@dataclass(frozen=True)
class Cosimulation:
    """A whole program on the Verilog; `layers` end with the first that differs.

    `rtl` is the hash of the Verilog, `changed` what kept finished layers from being used again, `cycles_per_second` how fast
    the product unit was simulated (0 if all layers were there).
    """

    program: Program
    inputs: int
    size: ArraySize
    clock_mhz: float
    layers: tuple[Layer, ...]
    values: dict[str, Tensor]
    rtl: str
    changed: str
    cycles_per_second: float
    design: Design
    vector_library: tuple[Path, ...]

    @property
    def equal(self) -> bool:
        """Whether every layer was run and is equal."""
        return len(self.layers) == len(self.program.operations) and all(layer.equal for layer in self.layers)

    @property
    def cycles(self) -> int:
        """Cycles of one input."""
        return sum(layer.cycles for layer in self.layers)

    @property
    def microseconds(self) -> float:
        """Time of one input at the clock."""
        return self.cycles / self.clock_mhz


def cosimulate(
    program: Program,
    inputs: Tensor,
    *,
    model: nn.Module | None = None,
    size: ArraySize | None = None,
    clock_mhz: float = 500.0,
    folder: Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    energy: bool = True,
    design: Design | None = None,
    vector_library: Sequence[Path] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Cosimulation:
    """Run `inputs` through a program on the compiled Verilog, and compare each layer as it ends; the first that differs is
    the last.

    `model` is the network that the program was lowered from: its layers' sums are a second judge. With `folder`, finished
    layers are kept there; with `resume`, they are not run again. Those of another program, other inputs, size, Verilog or
    simulators are removed with `overwrite`, and else raise ValueError, as do no inputs and no operations. `design` is taken in
    place of the product unit's Verilog, the files `vector_library` in place of the vector unit's. Raises what `accelerator.run`
    raises.
    """
    size = size or ArraySize(16, 16)
    if not clock_mhz > 0:
        raise ValueError(f"clock_mhz = {clock_mhz} is not allowed; use more than 0")
    if not program.operations or not len(inputs):
        what = "inputs" if program.operations else "operations"
        raise ValueError(f"{program.name} has no {what}, so that nothing would be compared")
    golden = run(program, inputs).values
    plan = schedule(program, size, Memory())
    total, done = sum(cost.cycles - cost.vector_cycles for cost in plan.costs) * len(inputs), 0
    now = ""

    def tell(cycles: int) -> None:
        nonlocal done
        done += cycles
        if progress:
            progress(now, done, total)

    design = design or unit_design(unit_config(program.arithmetic, size))
    library = tuple(vector_library or vector_files())
    identity = {
        "program": program.hash,
        "inputs": hashlib.sha256(golden[program.input].numpy().tobytes()).hexdigest(),
        "array": f"{size.rows}x{size.cols}, depth {size.depth}",
        "Verilog": _verilog(design, library),
        "simulators": _simulators(),
    }
    state = None if folder is None else State(folder, identity, resume, overwrite)
    machine = OnVerilog(program, size, design=design, vector_library=library, threads=threads, tell=tell)
    values, layers = {program.input: golden[program.input]}, []
    for operation, cost in zip(program.operations, plan.costs, strict=True):
        now = operation.name
        tell(0)
        kept = state.load(operation.name) if state else None
        if kept and not _complete(kept, _written(program, operation, golden), len(inputs), cost):
            kept = None
        finished = kept or _run(machine, operation, values)
        if kept:
            tell(sum(kept.measured.product))
        elif state:
            state.save(operation.name, finished)
        values |= finished.values
        layer = _judged(program, model, operation, cost, finished, values, golden, energy, kept is not None)
        layers.append(layer)
        if not layer.equal:
            break
    changed = "" if state is None else state.changed
    speed = machine.units.cycles / machine.units.seconds if machine.units.seconds else 0.0
    return Cosimulation(
        program, len(inputs), size, clock_mhz, tuple(layers), values, identity["Verilog"], changed, speed, design, library
    )


def _run(machine: OnVerilog, operation: Operation, values: dict[str, Tensor]) -> Finished:
    inner: dict[str, Tensor] = {}
    start = perf_counter()
    target = machine.step(operation, values, inner).contiguous()
    seconds = perf_counter() - start
    found = {operation.target: target.int()} | {f"{operation.name}.{key}": value.int() for key, value in inner.items()}
    return Finished(found, machine.measured[operation.name], seconds)


def _written(program: Program, operation: Operation, golden: dict[str, Tensor]) -> set[str]:
    """Names of all that an operation writes: its target, and what it has inside."""
    inner = f"{operation.name}."
    return {operation.target} | {name for name in golden if name.startswith(inner) and name not in program.values}


def _complete(kept: Finished, names: set[str], inputs: int, cost: Cost) -> bool:
    """Whether a layer that was kept has all values and the cycles of all inputs; one that has not is run again."""
    counts = {len(part) for part in (kept.measured.product, kept.measured.vector)}
    return set(kept.values) == names and counts <= {0, inputs} and (inputs in counts) == (cost.cycles > 0)


def _judged(
    program: Program,
    model: nn.Module | None,
    operation: Operation,
    cost: Cost,
    finished: Finished,
    values: dict[str, Tensor],
    golden: dict[str, Tensor],
    energy: bool,
    resumed: bool,
) -> Layer:
    names = _written(program, operation, golden)
    same = set(finished.values) == names and all(torch.equal(finished.values[name], golden[name]) for name in names)
    judged, used = None, None
    if isinstance(operation, Product | Recurrent):
        if model is not None:
            acc = finished.values[f"{operation.name}.acc"]
            judged = torch.equal(sums_of(operation, acc), pysim_sums(model, program, operation, values))
        used = layer_energy(program, operation, values, cost.products) if energy else None
    return Layer(
        operation.name,
        cost.kind,
        sum(value.numel() for value in finished.values.values()),
        same,
        judged,
        cost.cycles,
        cycles_of(finished.measured),
        cost.products,
        cost.utilization,
        cost.traffic.sram,
        cost.traffic.dram,
        memory_energy(cost.traffic),
        used,
        finished.seconds,
        resumed,
    )


def cycles_of(measured: Measured) -> tuple[int, ...]:
    """Cycles of each input in both units."""
    parts = [part for part in (measured.product, measured.vector) if part]
    return tuple(map(sum, zip(*parts, strict=True)))


def _simulators() -> str:
    """SHA-256 of what runs the Verilog: our code around it, and the versions of the tools."""
    total = hashlib.sha256(f"{bench_hash()} {versions()}".encode())
    for path in sorted(Path(str(files("accelerator"))).rglob("*")):
        if path.suffix in (".py", ".cpp", ".h"):
            total.update(path.read_bytes())
    return total.hexdigest()


def _verilog(design: Design, library: Sequence[Path]) -> str:
    """SHA-256 of the Verilog of both units."""
    total = hashlib.sha256(design.rtl.digest.encode())
    for path in sorted(library, key=lambda path: path.name):
        total.update(path.read_bytes())
    return total.hexdigest()
