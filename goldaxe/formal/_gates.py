"""A clocked module as gates and registers, in which Yosys breaks one pin of one cell at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ._errors import FormalError
from ._module import Module
from ._mutants import MODES, Site
from ._tools import workplace, yosys

SECONDS = 120.0
"""Time limit of a run of Yosys."""

SELECT = 8
"""Bits of the number of a mutant."""

# Enables and resets stay gates: a flip-flop that has them inside hides them from mutation.
_MAP = [
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
_AIGER = ["setundef -init -zero", "aigmap", "opt_clean", "write_aiger -zinit out"]


@dataclass(frozen=True)
class Gates:
    """Gates as Yosys's JSON, with plain names, and all `sites` of mutations; `sources` says where in the Verilog a cell comes
    from."""

    module: str
    text: bytes
    sites: tuple[Site, ...]
    sources: Mapping[str, str]

    def mutated(self, sites: Sequence[Site]) -> str:
        """Verilog of the module `mutants`, which has one more input, `mutant_i`: 0 is no mutation, n the n-th of `sites`."""
        changes = [f"mutate -ctrl mutant_i {SELECT} {n} {_change(site)}" for n, site in enumerate(sites, 1)]
        return self._written([*changes, "opt_clean -purge", "write_verilog -noattr out"]).decode()

    def circuit(self, site: Site | None = None) -> bytes:
        """The gates, with one mutation if one is given, as binary AIGER; registers are zero at first."""
        return self._written([*([f"mutate {_change(site)}"] if site else []), *_AIGER])

    def _written(self, script: Sequence[str]) -> bytes:
        with workplace() as folder:
            (folder / "named.json").write_bytes(self.text)
            yosys(["read_json named.json", "hierarchy -top mutants", *script], folder, SECONDS, self.module)
            return (folder / "out").read_bytes()


def gates(module: Module) -> Gates:
    """The gates of a module; raises FormalError."""
    names = ["mutants", module.rtl.top, *(path.stem for path in module.rtl.files)]
    texts = [module.observed, module.rtl.text, *(path.read_text() for path in module.rtl.files)]
    with workplace() as folder:
        for index, text in enumerate(texts):
            (folder / f"design_{index}.v").write_text(text)
        read = [f"read_verilog -defer design_{index}.v" for index in range(len(texts))]
        yosys([*read, "hierarchy -check -top mutants", *_MAP], folder, SECONDS, module.rtl.top)
        named = (folder / "named.json").read_bytes()
    cells = json.loads(named)["modules"]["mutants"]["cells"]
    sources = {name: _source(cell["attributes"].get("src", ""), names) for name, cell in cells.items()}
    pins = [(name, pin) for name, cell in cells.items() for pin in cell["connections"] if pin != "C"]
    if not all(name.isalnum() and name.isascii() and pin.isidentifier() for name, pin in pins):
        raise FormalError(f"{module.rtl.top}: a cell of its netlist has a name that cannot be used")
    own = [(name, pin) for name, pin in sorted(pins) if not sources[name].startswith("mutants.v")]
    return Gates(module.rtl.top, named, tuple((name, pin, mode) for name, pin in own for mode in MODES), sources)


def _change(site: Site) -> str:
    cell, pin, mode = site
    return f"-mode {mode} -module mutants -cell {cell} -port {pin} -portbit 0"


def _source(said: str, names: Sequence[str]) -> str:
    """The design's own lines, by file, without those of Yosys's library."""
    places = re.findall(r"design_(\d+)(\.v:[\d.-]+)", said)
    return " ".join(names[int(index)] + place for index, place in places)
