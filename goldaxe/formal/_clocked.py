"""Mutants of a clocked module: does a recording of inputs and expected outputs find every fault of its gates?

Yosys maps the module to gates and registers, and breaks one pin at a time (stuck at 0, stuck at 1, inverted), all mutants in
one netlist with an input that selects one. What no recording kills is proved equivalent by ABC, or is named.
"""

from __future__ import annotations

import ctypes
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

import numpy as np

from accelerator.array._ports import Port
from cocotb_tests import shared_library
from multipliers import Rtl

from ._errors import FormalError
from ._mutants import MODES, Site
from ._tools import run_abc, workplace, yosys

SECONDS = 120.0
"""Time limit of a run of a tool."""

_PROOF = 10.0
"""Time for each of the two ways to prove a survivor equivalent."""

_BATCH = 250
"""Mutants in one netlist: each makes it larger for all."""

_SELECT = 8

Columns = Mapping[str, Sequence[int]]
Expected = Mapping[str, Sequence[tuple[int, int]]]


@dataclass(frozen=True)
class Module:
    """A top module without parameters, with its `ports`; `counts` says when an output counts, as an expression of its ports,
    and `fed` what an input is given, if not everything is allowed there.

    Registers and gates are mutated, those that only say what counts are not.
    """

    rtl: Rtl
    ports: tuple[Port, ...]
    counts: Mapping[str, str]
    fed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Recording:
    """Bits of each input in each cycle, and of each output with the mask of those that count."""

    name: str
    inputs: Columns
    expected: Expected

    @property
    def cycles(self) -> int:
        """How many."""
        return len(next(iter(self.inputs.values())))


@dataclass(frozen=True)
class Faulty:
    """A mutant: what was changed, the first recording that finds it and in which cycle, and, if none does, what ABC says."""

    what: str
    source: str
    killed_by: Mapping[str, int]
    proved: str = ""


@dataclass(frozen=True)
class Score:
    """What became of the mutants of a module, of which `possible` could be made."""

    module: str
    possible: int
    mutants: tuple[Faulty, ...]

    @property
    def killed(self) -> int:
        """Mutants that some recording finds."""
        return sum(bool(mutant.killed_by) for mutant in self.mutants)

    @property
    def equivalent(self) -> int:
        """Survivors that ABC proves equal in every observable output, for all sequences of inputs."""
        return sum(mutant.proved == EQUAL for mutant in self.mutants)

    @property
    def survivors(self) -> tuple[Faulty, ...]:
        """What nothing kills and nothing proves."""
        return tuple(mutant for mutant in self.mutants if not mutant.killed_by and mutant.proved != EQUAL)


EQUAL, DIFFERENT, UNDECIDED = "equivalent", "different", "undecided"


def score(
    module: Module,
    recordings: Sequence[Recording],
    *,
    number: int = 500,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Score:
    """Make `number` mutants, or all if there are not so many, and run the recordings on each until one finds it.

    Raises FormalError, and SimulatorError where the netlist does not compile.
    """
    netlist = _netlist(module)
    order = np.random.default_rng(seed).permutation(len(netlist.sites))
    sites = [netlist.sites[index] for index in order[:number]]
    found: list[dict[str, int]] = []
    for low in range(0, len(sites), _BATCH):
        simulator = _Simulator(module, netlist.mutated(sites[low : low + _BATCH]))
        for recording in recordings:
            if (cycle := simulator.first_difference(recording, 0)) >= 0:
                raise FormalError(f"{module.rtl.top}: without a mutation it differs from {recording.name} in cycle {cycle}")
        for mutant in range(1, len(sites[low : low + _BATCH]) + 1):
            found.append(simulator.killed_by(recordings, mutant))
            progress(len(found), len(sites))
    mutants = [
        Faulty(
            f"{site[0]}.{site[1]} {MODES[site[2]]}", netlist.sources[site[0]], killed, "" if killed else netlist.compared(site)
        )
        for site, killed in zip(sites, found, strict=True)
    ]
    return Score(module.rtl.top, len(netlist.sites), tuple(mutants))


@dataclass(frozen=True)
class _Netlist:
    """Gates as Yosys's JSON, with plain names; `sources` says where in the Verilog a cell comes from."""

    module: str
    text: bytes
    sites: tuple[Site, ...]
    sources: Mapping[str, str]

    def mutated(self, sites: Sequence[Site]) -> str:
        """Verilog of the module `mutants`, which has one more input, `mutant_i`."""
        changes = [f"mutate -ctrl mutant_i {_SELECT} {n} {_change(site)}" for n, site in enumerate(sites, 1)]
        return self._written([*changes, "opt_clean -purge", "write_verilog -noattr out"]).decode()

    def compared(self, site: Site) -> str:
        """Whether a mutant is equal to the module in all outputs that count: gate by gate between registers, or else as a
        sequential circuit from registers that are zero."""
        aiger = ["setundef -init -zero", "aigmap", "opt_clean", "write_aiger -zinit out"]
        with workplace() as folder:
            for side, change in (("left", []), ("right", [f"mutate {_change(site)}"])):
                (folder / f"{side}.aig").write_bytes(self._written([*change, *aiger]))
            cut = "; ".join(f"read {side}.aig; comb; write_aiger {side}_comb.aig" for side in ("left", "right"))
            between = run_abc(f"{cut}; miter left_comb.aig right_comb.aig; iprove", folder, _PROOF) or ""
            if "UNSATISFIABLE" in between.split():
                return EQUAL
            whole = run_abc(f"dsec -T {_PROOF:.0f} left.aig right.aig", folder, _PROOF) or ""
        if "Networks are equivalent" in whole:
            return EQUAL
        return DIFFERENT if "NOT EQUIVALENT" in whole else UNDECIDED

    def _written(self, script: Sequence[str]) -> bytes:
        with workplace() as folder:
            (folder / "named.json").write_bytes(self.text)
            yosys(["read_json named.json", "hierarchy -top mutants", *script], folder, SECONDS, self.module)
            return (folder / "out").read_bytes()


def _change(site: Site) -> str:
    cell, pin, mode = site
    return f"-mode {mode} -module mutants -cell {cell} -port {pin} -portbit 0"


def _netlist(module: Module) -> _Netlist:
    """Enables and resets stay gates: a flip-flop that has them inside hides them from mutation."""
    names = ["mutants", module.rtl.top, *(path.stem for path in module.rtl.files)]
    texts = [_observed(module), module.rtl.text, *(path.read_text() for path in module.rtl.files)]
    with workplace() as folder:
        for index, text in enumerate(texts):
            (folder / f"design_{index}.v").write_text(text)
        script = [
            *(f"read_verilog -defer design_{index}.v" for index in range(len(texts))),
            "hierarchy -check -top mutants",
            "proc",
            "flatten",
            "opt -nodffe -nosdff",
            "memory -nomap",
            "memory_map",
            "opt -nodffe -nosdff",
            "alumacc",
            "techmap",
            "opt -nodffe -nosdff",
            "simplemap",
            "dfflegalize -cell $_DFF_P_ x",
            "opt -nodffe -nosdff",
            "setundef -undriven -zero",
            "splitnets",
            "opt_clean -purge",
            "rename -hide w:* c:*",
            "rename -enumerate -pattern n%",
            "write_json named.json",
        ]
        yosys(script, folder, SECONDS, module.rtl.top)
        named = (folder / "named.json").read_bytes()
    cells = json.loads(named)["modules"]["mutants"]["cells"]
    sources = {name: _source(cell["attributes"].get("src", ""), names) for name, cell in cells.items()}
    pins = [(name, pin) for name, cell in cells.items() for pin in cell["connections"] if pin != "C"]
    if not all(name.isalnum() and name.isascii() and pin.isidentifier() for name, pin in pins):
        raise FormalError(f"{module.rtl.top}: a cell of its netlist has a name that cannot be used")
    own = [(name, pin) for name, pin in sorted(pins) if not sources[name].startswith("mutants.v")]
    return _Netlist(module.rtl.top, named, tuple((name, pin, mode) for name, pin in own for mode in MODES), sources)


def _source(said: str, names: Sequence[str]) -> str:
    """The design's own lines, by file, without those of Yosys's library."""
    places = re.findall(r"design_(\d+)(\.v:[\d.-]+)", said)
    return " ".join(names[int(index)] + place for index, place in places)


def _observed(module: Module) -> str:
    """A module `mutants` around the module, whose outputs are zero where they do not count."""
    inner = {port.name: f"raw_{port.name}" if port.name in module.counts else port.name for port in module.ports}
    raw = [f"  wire [{port.width - 1}:0] {inner[port.name]};" for port in module.ports if port.name in module.counts]
    masks = [
        f"  assign {port.name} = raw_{port.name} & {{{port.width}{{{module.counts[port.name]}}}}};"
        for port in module.ports
        if port.name in module.counts
    ]
    declared = ",\n".join(f"    {port}" for port in module.ports)
    connected = ", ".join(f".{name}({wire})" for name, wire in (inner | dict(module.fed)).items())
    body = "\n".join([*raw, f"  {module.rtl.top} u_dut ({connected});", *masks])
    return f"module mutants (\n{declared}\n);\n{body}\nendmodule\n"


class _Simulator:
    """A netlist with its mutants, compiled."""

    def __init__(self, module: Module, netlist: str) -> None:
        self.inputs = [port for port in module.ports if not port.output and port.name != "clk_i"]
        self.outputs = [port for port in module.ports if port.output]
        connected = _slices(self.inputs, "in_i") + _slices(self.outputs, "out_o")
        text = f"""module observed (
    input  wire clk_i,
    input  wire [{_SELECT - 1}:0] mutant_i,
    input  wire [{sum(port.width for port in self.inputs) - 1}:0] in_i,
    output wire [{sum(port.width for port in self.outputs) - 1}:0] out_o
);
  mutants u_mutants (.clk_i(clk_i), .mutant_i(mutant_i), {", ".join(connected)});
endmodule
"""
        harness = (files("goldaxe.formal") / "lockstep.cpp").read_text()
        self.library = ctypes.CDLL(str(shared_library(Rtl("observed", text + netlist, ()), harness)))
        self.library.first_difference.restype = ctypes.c_int64
        sizes = (ctypes.c_int64 * 2)()
        self.library.port_bytes(sizes)
        self.sizes = tuple(sizes)
        self.prepared: dict[str, tuple[np.ndarray, ...]] = {}

    def killed_by(self, recordings: Sequence[Recording], mutant: int) -> dict[str, int]:
        """The first recording that finds a mutant, and in which cycle; nothing if none does."""
        for recording in recordings:
            if (cycle := self.first_difference(recording, mutant)) >= 0:
                return {recording.name: cycle}
        return {}

    def first_difference(self, recording: Recording, mutant: int) -> int:
        """The first cycle in which a mutant is found, or -1."""
        if recording.name not in self.prepared:
            expected = {port: [bits & mask for bits, mask in column] for port, column in recording.expected.items()}
            masks = {port: [mask for _, mask in column] for port, column in recording.expected.items()}
            self.prepared[recording.name] = (
                _bytes(self.inputs, recording.inputs, recording.cycles, self.sizes[0]),
                _bytes(self.outputs, expected, recording.cycles, self.sizes[1]),
                _bytes(self.outputs, masks, recording.cycles, self.sizes[1]),
            )
        arrays = [array.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8)) for array in self.prepared[recording.name]]
        return int(self.library.first_difference(1, mutant, ctypes.c_int64(recording.cycles), *arrays))


def _slices(ports: Sequence[Port], bus: str) -> list[str]:
    low, connected = 0, []
    for port in ports:
        connected.append(f".{port.name}({bus}[{low + port.width - 1}:{low}])")
        low += port.width
    return connected


def _bytes(ports: Sequence[Port], columns: Columns, cycles: int, size: int) -> np.ndarray:
    """Ports side by side as a bus, uint8 (cycles, size); a port without a column is zero."""
    rows = bytearray()
    for cycle in range(cycles):
        low, word = 0, 0
        for port in ports:
            if port.name in columns:
                word |= int(columns[port.name][cycle]) << low
            low += port.width
        rows += word.to_bytes(size, "little")
    return np.frombuffer(bytes(rows), dtype=np.uint8)
