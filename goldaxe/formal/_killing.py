"""Mutants against recordings: a netlist with all of them, compiled once, and run until an output is not as recorded."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from importlib.resources import files

import numpy as np

from accelerator.array._ports import Port
from cocotb_tests import shared_library
from multipliers import Rtl

from ._gates import SELECT
from ._module import Columns, Module, Recording


class Simulator:
    """A netlist with its mutants, compiled. Raises SimulatorError where it does not compile."""

    def __init__(self, module: Module, netlist: str) -> None:
        self.inputs = [port for port in module.ports if not port.output and port.name != "clk_i"]
        self.outputs = [port for port in module.ports if port.output]
        connected = _slices(self.inputs, "in_i") + _slices(self.outputs, "out_o")
        text = f"""module observed (
    input  wire clk_i,
    input  wire [{SELECT - 1}:0] mutant_i,
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
