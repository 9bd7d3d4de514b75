"""From Verilog to a netlist of a library's cells: Yosys and ABC, in a process of their own with a time limit.

Sources and library are copied to a temporary folder under names of ours, so no label or file name is part of a command.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from multipliers import Rtl
from multipliers._cache import entry, require_space
from multipliers._children import output_of
from multipliers._files import temporary_folder

from ._errors import CostError, SynthesisError
from ._library import Library

_CHILD = Path(__file__).with_name("_yosys_child.py")
SECONDS = 120.0
"""Time limit of one synthesis; an 8-bit multiplier takes about half a second, a 16-bit one two."""


@lru_cache(maxsize=1)
def yosys_version() -> str:
    """The version of the Yosys that is installed; raises SynthesisError where there is none."""
    try:
        return version("pyosys")
    except PackageNotFoundError:
        raise SynthesisError("costs need Yosys, which is not installed: pip install 'goldaxe[synth]'") from None


def synthesize(rtl: Rtl, library: Library, seconds: float = SECONDS) -> Path:
    """The mapped netlist as Yosys's JSON, cached by what RTL, library, Yosys and script are; raises SynthesisError."""
    if not seconds > 0:
        raise CostError(f"seconds = {seconds} is not allowed; a time limit above 0 is needed")
    if not re.fullmatch(r"[A-Za-z_]\w*", rtl.top, re.ASCII):
        raise SynthesisError(f"{rtl.top!r} is no module name; letters, digits and underscores are allowed")
    key = hashlib.sha256(f"{rtl.digest} {library.digest} {yosys_version()}".encode() + _CHILD.read_bytes()).hexdigest()[:32]

    def build(folder: Path) -> None:
        require_space(folder)
        _run(rtl, library, folder / "mapped.json", seconds)

    return entry("netlists", key, build) / "mapped.json"


def _run(rtl: Rtl, library: Library, result: Path, seconds: float) -> None:
    with temporary_folder() as folder:
        for index, text in enumerate([rtl.text.encode(), *(path.read_bytes() for path in rtl.files)]):
            (folder / f"design_{index}.v").write_bytes(text)
        shutil.copyfile(library.path, folder / "cells.lib")
        if hashlib.sha256((folder / "cells.lib").read_bytes()).hexdigest() != library.digest:
            raise CostError(f"{str(library.path)!r} has changed while it was being used")
        said = _wait([sys.executable, "-I", str(_CHILD), rtl.top], folder, seconds, rtl.top)
        if not (folder / "mapped.json").is_file():
            errors = [line for line in said.splitlines() if "ERROR" in line] or said.strip().splitlines()[-1:]
            reason = re.sub(r"\s+", " ", " ".join(errors[:1]))[:300]
            raise SynthesisError(f"Yosys cannot map {rtl.top} to {str(library.path)!r}: {reason or 'it says nothing'}")
        shutil.copyfile(folder / "mapped.json", result)


def _wait(command: list[str], folder: Path, seconds: float, top: str) -> str:
    """What a command prints; it and all that it started are ended after the time limit, or with this process's interrupt."""
    environment = {**os.environ, "TMPDIR": str(folder)}  # where ABC leaves its files
    try:
        done = output_of(command, seconds=seconds, cwd=folder, env=environment)
    except subprocess.TimeoutExpired:
        raise SynthesisError(f"the synthesis of {top} took more than {seconds:g} s and was ended") from None
    return done.stdout + done.stderr
