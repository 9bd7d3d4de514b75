"""A user's Verilog as a multiplier: read, evaluated, simulated, and kept if the two agree."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from cocotb_tests import Verification, verify
from multipliers import Metrics, Multiplier, MultiplierError, families, measure, measure_all
from multipliers._import_index import NAME, source_of
from multipliers._imported import keep, made
from multipliers._users_files import read_file

from ._cells import verilog as cells_verilog
from ._child import read_apart
from ._errors import VerilogError
from ._library import Replaced, aliases, options_of, replaced
from ._published import Figure, compared, stated_in
from ._readings import Examined, examine
from ._text import LARGEST, refuse_text

_EXHAUSTIVE = 1 << 20
"""Operand pairs up to which all are simulated."""

_MEASURED = 1 << 24
"""Operand pairs up to which stated figures are measured on all, which takes seconds."""

_SIGNED_NAME = re.compile(r"mul\d+(x\d+)?s_\w+")
"""EvoApproxLib's names of signed circuits, whose ports are not declared so."""


@dataclass(frozen=True)
class Imported:
    """An imported circuit: the multiplier, its content's hash, what was read, and how the simulation compared.

    `ports` are the Verilog names of a, b and p, `cells` the standard cells that were added; `verification` is None where
    simulation was not asked for, `figures` are those that the file's comments state, or the caller, and `metrics` what was
    measured. `examined` says whether its products are those of another reading of its bits; `replaced` is what the name stood
    for before, and `aliases` are other names with the same ports and products.
    """

    multiplier: Multiplier
    digest: str
    top: str
    ports: tuple[str, str, str]
    modules: tuple[str, ...]
    gates: int
    verification: Verification | None
    figures: tuple[Figure, ...]
    cells: tuple[str, ...]
    metrics: Metrics
    examined: Examined
    replaced: tuple[Replaced, ...] = ()
    aliases: tuple[str, ...] = ()

    @property
    def simulated(self) -> bool:
        """Whether a simulation gave the same products, on all operand pairs or a sample."""
        return self.verification is not None and self.verification.passed

    @property
    def label(self) -> str:
        """Its name with its hash, and "not simulated" where nothing but the evaluation of its gates gave its products."""
        said = "" if self.simulated else " (not simulated)"
        return f"{self.multiplier.label}@{self.digest[:8]}{said}"


def import_verilog(
    path: str | Path,
    *,
    top: str | None = None,
    a: str | None = None,
    b: str | None = None,
    p: str | None = None,
    signed: bool | None = None,
    name: str | None = None,
    simulate: bool = True,
    published: Mapping[str, str] | None = None,
    exhaustive: bool = False,
    register: bool = True,
) -> Imported:
    """Import a combinational multiplier of 2 to 16-bit operands from Verilog, and keep it under its module's name.

    A name that is taken stands for the new circuit from then on, and what it stood for before is `NAME@HASH`. Without
    `register` no name changes, and the circuit is reached by its hash: its label is `NAME@HASH`, unless NAME is it already.

    `top` is the module, by default the one that no other instantiates, or that is called like the file; `a` (the activation),
    `b` (the weight) and `p` are its ports, by default the inputs A and B and its output. Operands are signed if `signed`; by
    default if the ports are declared so, or the module is called as EvoApproxLib's signed ones are, mul8s_1KV8. Standard cells
    of the OSU libraries are known (`_pdk45` files).

    Its products are evaluated gate by gate and, unless `simulate` is False, compared with a simulation by Verilator: on all
    operand pairs up to 2**20, else on corners and 20,000 random ones. `published` are figures to check, as {"MAE%": "0.0019"},
    besides those that the file's comments state; they are measured on all pairs up to 2**24, or however many there are with
    `exhaustive` (minutes for 16 bits), else on samples.

    A ReadingWarning says where the products are those of another reading: of signed operands, a sum. Where it was not simulated
    the result says so: `simulated` is False, and its `label` ends in "(not simulated)".

    Raises VerilogError, with the line, for anything that is not allowed, SimulatorError if Verilator rejects it, and
    OSError if the file cannot be read.
    """
    path = Path(path)
    data = read_file(path, LARGEST, VerilogError)
    refuse_text(path.name, data)
    text = data.decode("utf-8", errors="replace").replace("\r\n", "\n")
    circuit = read_apart(path.name, text, top, (a, b, p))
    label = checked_name(name or circuit["top"])
    if f"goldaxe_{label}" in circuit["modules"]:
        raise VerilogError(f"{path.name}: it has a module goldaxe_{label}, a name that is needed; give another by --name")
    text += "\n" * bool(circuit["cells"]) + cells_verilog(circuit["cells"])
    widths = [port[1] for port in circuit["ports"]]
    by_name = _SIGNED_NAME.fullmatch(circuit["top"]) is not None
    signs = [port[2] or by_name if signed is None else signed for port in circuit["ports"][:2]]
    inner = [port[0] for port in circuit["ports"]]
    ports = dict(zip("abp", zip(widths, [*signs, any(signs)], strict=True), strict=True))
    about: dict[str, Any] = {"name": label, "ports": ports, "verilog": {"top": circuit["top"], "ports": inner}}
    arrays = {key: np.array(circuit[key], np.int32) for key in ("gates", "outputs")}
    arrays["gates"] = arrays["gates"].reshape(-1, 3)
    chosen = {"--top": top, "--a": a, "--b": b, "--p": p, "--name": name}
    origin = source_of(path, data, options_of(chosen, signed))
    multiplier = made(about, arrays, text)
    verification = _verified(multiplier) if simulate else None
    kept = keep(about, arrays, text, digest=multiplier.digest, origin=origin, register=register)
    multiplier = replace(multiplier, label=kept.label)
    modules, gates = tuple(circuit["modules"]), len(arrays["gates"])
    stated = {**stated_in(text), **(published or {})}
    metrics = _measured(multiplier, bool(stated), exhaustive)
    figures, cells = compared(stated, metrics), tuple(circuit["cells"])
    examined = examine(multiplier)
    examined.warn(multiplier.label)
    read = (circuit["top"], tuple(inner), modules, gates)
    before, also = replaced(label, kept.replaced, multiplier.digest), aliases(label, multiplier.digest)
    return Imported(multiplier, kept.key, *read, verification, figures, cells, metrics, examined, before, also)


def _measured(multiplier: Multiplier, stated: bool, exhaustive: bool) -> Metrics:
    pairs = multiplier.a.codes * multiplier.b.codes
    on_all = pairs > _EXHAUSTIVE and (exhaustive or (stated and pairs <= _MEASURED))
    return measure_all(multiplier) if on_all else measure(multiplier)


def _verified(multiplier: Multiplier) -> Verification:
    verification = verify(multiplier, samples=_EXHAUSTIVE if multiplier.tabulated else 20_000)
    if not verification.passed:
        first = verification.mismatches[0]
        raise VerilogError(
            f"{multiplier.label}: Verilator and the evaluation of its gates differ on {verification.failures:,} of "
            f"{verification.vectors:,} pairs, first at a = {first.a}, b = {first.b}: {first.got} simulated, "
            f"{first.expected} evaluated"
        )
    return verification


def checked_name(name: str) -> str:
    """A name that can be a label, or a MultiplierError."""
    if not NAME.fullmatch(name):
        raise MultiplierError(f"the name {name[:80]!r} is not allowed: letters, digits and _, at most 64; give one by --name")
    for family in families():
        if re.fullmatch(rf"{family}(\d+)(s|us|su|)((?:_[a-z]+\d+)*)", name):
            raise MultiplierError(f"the name {name!r} is one of the library's own labels; give another by --name")
    return name
