"""Verilator's runtime, which is the same for every design: compiled once into objects and a precompiled header, and cached."""

from __future__ import annotations

import hashlib
import json
import os
import re
from functools import partial
from pathlib import Path

from multipliers import cache_folder
from multipliers._cache import entry, require_space

from ._process import in_parallel, require
from ._toolchain import Toolchain

BUILD_SECONDS = 600.0
"""Time that one command of a build may take."""

_OPTIMIZE = {"verilated_vpi": "-O1"}
"""Only the interface that cocotb reads and writes signals through is worth an optimiser; -O0 compiles several times faster."""

SHARED_OPTIMIZE = "-O1"
"""More compiles many times longer and gains nothing: Verilator has optimised already."""

_LANGUAGE = ("-std=gnu++17", "-pthread", "-DVERILATOR=1", *(f"-DVM_{name}=0" for name in ("COVERAGE", "SC", "TIMING")))
_TRACE = ("TRACE", "TRACE_VCD", "TRACE_FST", "TRACE_SAIF")
_MEGABYTES = 128
"""Room that must be left for the runtime; the precompiled header takes 75 MB."""

_HEADERS = ("verilated.h", "verilated_dpi.h", "verilated_vpi.h", "memory", "string")


def compiler_command(tools: Toolchain, optimize: str = "-O0", trace: bool = False, shared: bool = False) -> list[str]:
    """The compiler with the flags that runtime and designs have in common; `shared` for code in a shared library."""
    macros = [f"-DVM_{name}={int(trace and name in ('TRACE', 'TRACE_VCD'))}" for name in _TRACE]
    place = ["-fPIC", "-fvisibility=hidden"] if shared else []
    return [tools.compiler, optimize, *place, *_LANGUAGE, *macros, f"-I{tools.include}", f"-I{tools.include / 'vltstd'}"]


def content_key(*parts: str) -> str:
    """A name for what depends on all `parts`, which may be of any length."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def runtime(tools: Toolchain, classes: str, shared: bool = False) -> list[Path]:
    """The precompiled header, then the objects that a design's list of classes, written by Verilator, asks for.

    A program's are compiled for a short build, a shared library's for speed.
    """
    listed = re.findall(r"VM_GLOBAL_(?:FAST|SLOW) \+=((?: \\\n +\w+)*)", classes)
    units = re.findall(r"\w+", " ".join(listed))
    make = [partial(_header, tools, shared), *(partial(_object, tools, unit, shared) for unit in units)]
    return in_parallel(make, jobs=min(len(make), os.cpu_count() or 1))


def _object(tools: Toolchain, unit: str, shared: bool) -> Path:
    command = compiler_command(tools, SHARED_OPTIMIZE if shared else _OPTIMIZE.get(unit, "-O0"), shared=shared)
    return _compiled(tools, unit, [*command, "-c", str(tools.include / f"{unit}.cpp"), "-o", f"{unit}.o"]) / f"{unit}.o"


def _header(tools: Toolchain, shared: bool) -> Path:
    command = [
        *compiler_command(tools, SHARED_OPTIMIZE if shared else "-O0", shared=shared),
        "-x",
        "c++-header",
        "runtime.h",
        "-o",
        "runtime.h.gch",
    ]
    return _compiled(tools, "header", command) / "runtime.h"


def _compiled(tools: Toolchain, unit: str, command: list[str]) -> Path:
    key = f"{unit}-{content_key(*tools.identity, *command, *_HEADERS)[:16]}"

    def compile_into(folder: Path) -> None:
        require_space(folder, _MEGABYTES)
        log = cache_folder("logs") / f"{key}.log"
        (folder / "runtime.h").write_text("".join(f"#include <{header}>\n" for header in _HEADERS))
        blame = f"Verilator's runtime ({unit}) does not compile"
        require(command, blame, folder=folder, env=tools.env, log=log, seconds=BUILD_SECONDS)
        log.unlink()

    return entry("runtime", key, compile_into)
