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

MODES = {"const0": "stuck at 0", "const1": "stuck at 1", "inv": "inverted"}
_BATCH = 128
"""Mutants in one circuit: each makes it larger for all."""

_SELECT = _BATCH.bit_length()

Site = tuple[str, str, str]
"""A mutation: cell, pin, and a mode of Yosys's `mutate`."""


@dataclass(frozen=True)
class Mutants:
    """A batch: `what` are the mutations, in words, of its mutants 1, 2, ...; 0 is the netlist itself.

    `circuit` takes the bits of a, of b, and of the mutant's number.
    """

    what: tuple[str, ...]
    circuit: Aig

    def circuit_of(self, number: int) -> Aig:
        """One mutant's circuit."""
        aig = Aig(self.circuit.inputs - _SELECT)
        selected = [TRUE if number >> bit & 1 else FALSE for bit in range(_SELECT)]
        aig.outputs = aig.place(self.circuit, [*map(aig.input, range(aig.inputs)), *selected])
        return aig


@dataclass(frozen=True)
class Pool:
    """All mutations of one netlist: a pin of a cell that is stuck at 0, stuck at 1, or inverted.

    `netlist` is Yosys's JSON, in which every name but those of ports is n0, n1, ...: names become parts of commands.
    """

    multiplier: Multiplier
    netlist: bytes
    sites: tuple[Site, ...]

    def drawn(self, number: int, seed: int) -> list[Site]:
        """`number` mutations, or all if there are not so many, in random order."""
        order = np.random.default_rng(seed).permutation(len(self.sites))
        return [self.sites[index] for index in order[:number]]

    def batches(self, sites: list[Site], seconds: float) -> Iterator[Mutants]:
        """The mutants of these mutations; raises FormalError."""
        inputs = [*operand_bits(self.multiplier), *port_bits("mutant_i", _SELECT)]
        outputs = port_bits("p_o", self.multiplier.p.width)
        for low in range(0, len(sites), _BATCH):
            batch = sites[low : low + _BATCH]
            changes = [f"mutate -ctrl mutant_i {_SELECT} {number} {_change(site)}" for number, site in enumerate(batch, 1)]
            text = self._written([*changes, *_FLAT, "opt", "aigmap", "opt_clean", "write_aiger -ascii -symbols out"], seconds)
            yield Mutants(tuple(map(_said, batch)), read_aiger(text, inputs, outputs))

    def rtl_of(self, site: Site, seconds: float) -> Rtl:
        """Verilog of one mutant by itself; raises FormalError."""
        text = self._written([f"mutate {_change(site)}", *_FLAT, "rename -top mutant", "write_verilog -noattr out"], seconds)
        return Rtl("mutant", text, ())

    def _written(self, script: list[str], seconds: float) -> str:
        """What Yosys writes to the file `out`, from the netlist."""
        with workplace() as folder:
            (folder / "named.json").write_bytes(self.netlist)
            (folder / "cells.lib").write_bytes(read_library().path.read_bytes())
            yosys(["read_json named.json", "hierarchy -top mutants", *script], folder, seconds, self.multiplier.label)
            return (folder / "out").read_text()


def _change(site: Site) -> str:
    cell, pin, mode = site
    return f"-mode {mode} -module mutants -cell {cell} -port {pin} -portbit 0"


def _said(site: Site) -> str:
    cell, pin, mode = site
    return f"{cell}.{pin} {MODES[mode]}"


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
    return Pool(multiplier, netlist, tuple((name, pin, mode) for name, pin in sorted(pins) for mode in MODES))


_FLAT = (
    "delete =A:blackbox",
    "read_liberty -overwrite cells.lib",
    "hierarchy -check -top mutants",
    "flatten",
    "techmap",
    "opt_clean -purge",
)
