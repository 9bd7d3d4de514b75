"""A netlist of library cells, in the order of signal flow, and what it computes: bit-parallel, eight vectors to a byte."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import numpy as np

from multipliers import Operand, from_bits, to_bits

from ._errors import SynthesisError
from ._library import Cell, Library, Output

Net = int | str
"""A net's number, or the constant "0" or "1"."""


@dataclass(frozen=True)
class Gate:
    """One output of one cell: `pins` are the nets at the cell's inputs by pin name, `net` is what the output drives."""

    cell: Cell
    output: Output
    pins: Mapping[str, Net]
    net: Net


@dataclass(frozen=True)
class Netlist:
    """Gates in an order in which each comes after those that it reads; ports are nets from the lowest bit to the highest."""

    ports: Mapping[str, tuple[Net, ...]]
    gates: tuple[Gate, ...]
    counts: Mapping[str, int]
    area: float

    def evaluate(self, inputs: Mapping[Net, np.ndarray]) -> dict[Net, np.ndarray]:
        """Packed values, uint8 (ceil(N/8),), of all nets from those of the input ports' nets; the constants are among them."""
        zero = np.zeros_like(next(iter(inputs.values())))
        values: dict[Net, np.ndarray] = {"0": zero, "1": ~zero, **inputs}
        for gate in self.gates:
            values[gate.net] = gate.output.function({pin: values[net] for pin, net in gate.pins.items()})
        return values

    def drive(self, port: str, integers: np.ndarray, operand: Operand) -> dict[Net, np.ndarray]:
        """An input port's nets with the bits of integers (N,) on them."""
        bits = to_bits(integers, operand)
        return {net: np.packbits((bits >> index) & 1 == 1, bitorder="little") for index, net in enumerate(self.ports[port])}

    def read(self, port: str, values: Mapping[Net, np.ndarray], count: int, operand: Operand) -> np.ndarray:
        """The integers on a port, int64 (count,)."""
        bits = np.zeros(count, dtype=np.int64)
        for index, net in enumerate(self.ports[port]):
            bits |= unpacked(values[net], count).astype(np.int64) << index
        return from_bits(bits, operand)


def unpacked(values: np.ndarray, count: int) -> np.ndarray:
    """The first `count` bits of packed values, uint8 (count,) of zeros and ones."""
    return np.unpackbits(values, count=count, bitorder="little")


def read_netlist(path: Path, top: str, library: Library) -> Netlist:
    """The netlist of module `top` in a JSON file of Yosys; raises SynthesisError for any but the library's cells."""
    module = json.loads(path.read_bytes())["modules"][top]
    return build_netlist(module, library)


def build_netlist(module: Mapping[str, Any], library: Library) -> Netlist:
    """The netlist of one module in the form of Yosys's JSON: `ports` and `cells` with `type` and `connections`."""
    gates: dict[Net, Gate] = {}
    counts: Counter[str] = Counter()
    area = 0.0
    for instance in module["cells"].values():
        cell = library.cells.get(instance["type"])
        if cell is None:
            raise SynthesisError(f"the netlist has a cell {instance['type']!r}, which the library {library.name} does not have")
        nets = {pin: bits[0] for pin, bits in instance["connections"].items()}
        counts[cell.name] += 1
        area += cell.area
        pins = {pin: net for pin, net in nets.items() if pin in cell.loads}
        for output in cell.outputs.values():
            if output.pin in nets:
                gates[nets[output.pin]] = Gate(cell, output, pins, nets[output.pin])
    ports = {name: tuple(port["bits"]) for name, port in module["ports"].items()}
    driven = {
        "0",
        "1",
        *gates,
        *(bit for name, port in module["ports"].items() if port["direction"] == "input" for bit in ports[name]),
    }
    read = {net for gate in gates.values() for net in gate.pins.values()} | {bit for bits in ports.values() for bit in bits}
    if read - driven:
        raise SynthesisError(f"{len(read - driven)} nets of the netlist are driven by nothing, so its products are not defined")
    try:
        order = [
            net
            for net in TopologicalSorter({net: set(gate.pins.values()) for net, gate in gates.items()}).static_order()
            if net in gates
        ]
    except CycleError:
        raise SynthesisError("the netlist has a loop, and only combinational designs have a cost here") from None
    return Netlist(ports, tuple(gates[net] for net in order), dict(sorted(counts.items())), area)
