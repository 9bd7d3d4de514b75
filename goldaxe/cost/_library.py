"""A cell library: areas, functions, pin capacitances, and tables of delay, slope and internal energy.

What is read of Liberty: combinational cells with one function for each output, look-up tables over input slope and output load
(non-linear delay model), `internal_power` of outputs. Leakage, wires, and the energy inside a cell whose output stays are not.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from multipliers._users_files import read_file

from ._errors import CostError
from ._function import Function, compile_function
from ._liberty import Group, parse
from ._tables import Table, read_table

UNIT_GATE = Path(str(files(__package__) / "unit_gate.lib"))
"""The default library: a two-input NAND is 1 in area, delay and energy. Its convention is stated in the file."""

_LARGEST = 64 << 20


@dataclass(frozen=True)
class Arc:
    """From an input pin to an output: delays and output slopes (rise, fall), and internal energies of one transition."""

    pin: str
    delays: tuple[Table, ...]
    slopes: tuple[Table, ...]


@dataclass(frozen=True)
class Output:
    """An output pin: its function of the input pins, its timing arcs, and tables of the energy that a transition takes."""

    pin: str
    function: Function
    reads: frozenset[str]
    arcs: tuple[Arc, ...]
    energies: tuple[Table, ...]


@dataclass(frozen=True)
class Cell:
    """A combinational cell; `loads` are its input pins' capacitances."""

    name: str
    area: float
    loads: dict[str, float]
    outputs: dict[str, Output]


@dataclass(frozen=True)
class Library:
    """Combinational cells by name, in the file's units; `energy_unit` is voltage * voltage * capacitance in fJ."""

    name: str
    digest: str
    path: Path
    cells: dict[str, Cell]
    voltage: float
    time_unit: str
    energy_unit: float

    @property
    def units(self) -> tuple[str, str, str]:
        """Names of the units of area, delay and energy."""
        if self.name == "unit_gate":
            return "gates", "gate delays", "gate toggles"
        return "library units", self.time_unit, "fJ"


def read_library(path: Path | None = None) -> Library:
    """The library in a Liberty file, the unit-gate one if None; raises CostError if it is no usable Liberty file."""
    path = UNIT_GATE if path is None else Path(path)
    try:
        content = read_file(path, _LARGEST)
    except OSError as error:
        raise CostError(f"cannot read the Liberty file {str(path)!r}: {error.strerror or error}") from None
    return _parsed(path, content)


@lru_cache(maxsize=4)
def _parsed(path: Path, content: bytes) -> Library:
    try:
        root = parse(content.decode())
        templates = {group.name: group for kind in ("lu_table_template", "power_lut_template") for group in root.all(kind)}
        cells = {group.name: cell for group in root.all("cell") if (cell := _cell(group, templates))}
    except UnicodeDecodeError:
        raise CostError(f"{str(path)!r} is no Liberty file: it is not text") from None
    except CostError as error:
        raise CostError(f"{str(path)!r}: {error}") from None
    if not cells:
        raise CostError(f"{str(path)!r}: the library has no combinational cell with a function and an area")
    number = root.lists.get("capacitive_load_unit", ["1", "pf"])
    if len(number) != 2 or number[1].lower() not in ("ff", "pf"):
        raise CostError(f"{str(path)!r}: capacitive_load_unit {number} is not understood; (1, pf) or (1, ff) is")
    farads = _number(number[0], "capacitive_load_unit") * (1000 if number[1].lower() == "pf" else 1)
    time = re.sub(r"^1(?=[a-z])", "", root.attributes.get("time_unit", "1ns"))
    voltage = _number(root.attributes.get("nom_voltage", "1"), "nom_voltage")
    energy_unit = 1.0 if root.name == "unit_gate" else farads
    return Library(root.name, hashlib.sha256(content).hexdigest(), path, cells, voltage, time, energy_unit)


def _cell(group: Group, templates: dict[str, Group]) -> Cell | None:
    """A cell, or None for what cannot stand in a combinational netlist."""
    sequential = any(inner.kind in ("ff", "latch", "statetable", "ff_bank", "latch_bank") for inner in group.groups)
    if sequential or "area" not in group.attributes:
        return None
    pins = list(group.all("pin"))
    loads = {
        name: _number(pin.attributes.get("capacitance", "0"), f"{group.name}.{name}: capacitance")
        for pin in pins
        if pin.attributes.get("direction") == "input"
        for name in pin.names
    }
    outputs = {
        pin.name: _output(pin, templates, f"{group.name}.{pin.name}")
        for pin in pins
        if pin.attributes.get("direction") == "output" and "function" in pin.attributes and "three_state" not in pin.attributes
    }
    if not outputs or any(not output.reads <= loads.keys() for output in outputs.values()):
        return None
    return Cell(group.name, _number(group.attributes["area"], f"{group.name}: area"), loads, outputs)


def _output(pin: Group, templates: dict[str, Group], what: str) -> Output:
    function, reads = compile_function(pin.attributes["function"])
    arcs = tuple(
        Arc(name, _tables(timing, ("cell_rise", "cell_fall"), templates, what), _tables(timing, _SLOPES, templates, what))
        for timing in pin.all("timing")
        for name in timing.attributes.get("related_pin", "").split()
    )
    powers = pin.all("internal_power")
    energies = tuple(table for power in powers for table in _tables(power, _POWERS, templates, what))
    return Output(pin.name, function, reads, arcs, energies)


_SLOPES = ("rise_transition", "fall_transition")
_POWERS = ("rise_power", "fall_power", "power")


def _tables(group: Group, kinds: tuple[str, ...], templates: dict[str, Group], what: str) -> tuple[Table, ...]:
    return tuple(read_table(inner, templates, what) for inner in group.groups if inner.kind in kinds)


def _number(text: str, what: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise CostError(f"{what} = {text[:40]!r} is no number") from None
