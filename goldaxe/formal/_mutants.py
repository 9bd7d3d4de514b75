"""Mutants of a multiplier's mapped netlist, made by Yosys: a batch of them in one circuit, with an input that selects one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from multipliers import Multiplier, Rtl
from multipliers import rtl as rtl_of

from ..cost import read_library
from ..cost._synthesize import synthesize
from ._aig import FALSE, TRUE, Aig, read_aiger
from ._elaborate import operand_bits, port_bits
from ._errors import FormalError
from ._tools import workplace, yosys

_MODES = {"const0": "stuck at 0", "const1": "stuck at 1", "inv": "inverted"}
_BATCH = 128
"""Mutants in one circuit: each makes it larger for all."""

_SELECT = _BATCH.bit_length()


@dataclass(frozen=True)
class Mutants:
    """A batch: `what` are the mutations, in words, of its mutants 1, 2, ...; 0 is the netlist itself.

    `circuit` takes the bits of a, of b, and of the mutant's number; `verilog` is the same as module `mutants`.
    """

    multiplier: Multiplier
    what: tuple[str, ...]
    circuit: Aig
    verilog: str

    def circuit_of(self, number: int) -> Aig:
        """One mutant's circuit."""
        aig = Aig(self.circuit.inputs - _SELECT)
        selected = [TRUE if number >> bit & 1 else FALSE for bit in range(_SELECT)]
        aig.outputs = aig.place(self.circuit, [*map(aig.input, range(aig.inputs)), *selected])
        return aig

    def rtl_of(self, number: int) -> Rtl:
        """One mutant's Verilog."""
        a, b, p = (port.width - 1 for port in (self.multiplier.a, self.multiplier.b, self.multiplier.p))
        text = (
            f"module mutant (input wire [{a}:0] a_i, input wire [{b}:0] b_i, output wire [{p}:0] p_o);\n"
            f"  mutants u_mutants (.a_i(a_i), .b_i(b_i), .mutant_i({_SELECT}'d{number}), .p_o(p_o));\n"
            f"endmodule\n{self.verilog}"
        )
        return Rtl("mutant", text, ())


@dataclass(frozen=True)
class Pool:
    """All mutations of one netlist: a pin of a cell that is stuck at 0, stuck at 1, or inverted.

    `netlist` is Yosys's JSON, in which every name but those of ports is n0, n1, ...: names become parts of commands.
    """

    multiplier: Multiplier
    netlist: bytes
    sites: tuple[tuple[str, str, str], ...]

    def batches(self, number: int, seed: int, seconds: float) -> Iterator[Mutants]:
        """`number` mutants, or all if there are not so many, drawn without repetition; raises FormalError."""
        order = np.random.default_rng(seed).permutation(len(self.sites))[:number]
        chosen = [self.sites[index] for index in order]
        for low in range(0, len(chosen), _BATCH):
            yield self._made(chosen[low : low + _BATCH], seconds)

    def _made(self, sites: list[tuple[str, str, str]], seconds: float) -> Mutants:
        changes = [
            f"mutate -mode {mode} -ctrl mutant_i {_SELECT} {number} -module mutants -cell {cell} -port {pin} -portbit 0"
            for number, (cell, pin, mode) in enumerate(sites, 1)
        ]
        with workplace() as folder:
            (folder / "named.json").write_bytes(self.netlist)
            (folder / "cells.lib").write_bytes(read_library().path.read_bytes())
            yosys(["read_json named.json", "hierarchy -top mutants", *changes, *_FLAT], folder, seconds, self.multiplier.label)
            inputs = [*operand_bits(self.multiplier), *port_bits("mutant_i", _SELECT)]
            outputs = port_bits("p_o", self.multiplier.p.width)
            circuit = read_aiger((folder / "mutants.aag").read_text(), inputs, outputs)
            what = tuple(f"{cell}.{pin} {_MODES[mode]}" for cell, pin, mode in sites)
            return Mutants(self.multiplier, what, circuit, (folder / "mutants.v").read_text())


def pool(multiplier: Multiplier, seconds: float) -> Pool:
    """The mutations of a multiplier's netlist of unit gates; raises FormalError, SynthesisError, and MultiplierError."""
    design = rtl_of(multiplier)
    mapped = synthesize(design, read_library(), seconds)
    with workplace() as folder:
        (folder / "mapped.json").write_bytes(mapped.read_bytes())
        names = ["rename -top mutants", "rename -hide", "rename -enumerate -pattern n%"]
        script = ["read_json mapped.json", f"hierarchy -top {design.top}", *names, "write_json named.json"]
        yosys(script, folder, seconds, multiplier.label)
        netlist = (folder / "named.json").read_bytes()
    cells = json.loads(netlist)["modules"]["mutants"]["cells"]
    pins = [(name, pin) for name, cell in cells.items() for pin in cell["connections"]]
    if not all(name.isalnum() and name.isascii() and pin.isidentifier() for name, pin in pins):
        raise FormalError(f"{multiplier.label}: a cell of its netlist has a name that cannot be used")
    return Pool(multiplier, netlist, tuple((name, pin, mode) for name, pin in sorted(pins) for mode in _MODES))


_FLAT = (
    "delete =A:blackbox",
    "read_liberty -overwrite cells.lib",
    "hierarchy -check -top mutants",
    "flatten",
    "techmap",
    "opt_clean -purge",
    "write_verilog -noattr mutants.v",
    "opt",
    "aigmap",
    "opt_clean",
    "write_aiger -ascii -symbols mutants.aag",
)
