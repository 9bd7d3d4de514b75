"""Verilog to a shared library with a C interface: driven in bulk, without a simulator's callbacks. Cached by content."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from multipliers import Rtl, cache_folder
from multipliers._cache import entry

from ._build import LINT, UNDEFINED, VERILATOR, Source, read, written
from ._process import require
from ._runtime import BUILD_SECONDS, SHARED_OPTIMIZE, compiler_command, content_key, runtime
from ._toolchain import Toolchain, toolchain

_FLAGS = (*VERILATOR, "--flatten", *UNDEFINED)
"""Modules that occur hundreds of times are faster when each is optimised in its place."""


def shared_library(rtl: Rtl, harness: str, *, coverage: bool = False) -> Path:
    """The compiled library of a design and `harness`, C++ that includes "Vtop.h" and exports what it likes as `extern "C"`.

    With `coverage`, modules stay apart, and lines and toggles are counted. Raises SimulatorError, with the first complaint,
    where Verilator or the compiler rejects it.
    """
    tools, source = toolchain(), read(rtl)
    verilator = (*VERILATOR, "--coverage-line", "--coverage-toggle", *UNDEFINED) if coverage else _FLAGS
    flags = (*LINT, *verilator, *compiler_command(tools, SHARED_OPTIMIZE, shared=True))
    key = content_key(*tools.identity, *flags, harness, source.top, *map(str, source.texts))
    build = partial(_build, tools, source, harness, verilator, f"{source.top}-{key[:12]}.log")
    return entry("libraries", key, build) / "model.so"


def _build(tools: Toolchain, source: Source, harness: str, flags: Sequence[str], log_name: str, folder: Path) -> None:
    top, log = source.top, cache_folder("logs") / log_name
    log.unlink(missing_ok=True)
    work = folder / "work"
    work.mkdir()
    names = written(source, work)
    attempt = partial(require, folder=work, env=tools.env, log=log, seconds=BUILD_SECONDS)
    rejected = f"Verilator rejects the RTL of {top}"
    attempt([tools.verilator, *LINT, "--top-module", top, *names], rejected)
    attempt([tools.verilator, *flags, "--Mdir", ".", "--top-module", top, *names], rejected)
    generated = sorted(path.name for path in work.glob("Vtop*.cpp"))
    (work / "harness.cpp").write_text(harness)
    (work / "all.cpp").write_text("".join(f'#include "{name}"\n' for name in [*generated, "harness.cpp"]))
    header, *objects = runtime(tools, (work / "Vtop_classes.mk").read_text(), shared=True)
    command = [
        *compiler_command(tools, SHARED_OPTIMIZE, shared=True),
        "-I.",
        "-include",
        str(header),
        "-Winvalid-pch",
        "all.cpp",
    ]
    link = ["-s", "-shared", *map(str, objects), "-o", str(folder / "model.so")]
    attempt([*command, *link], f"what Verilator made of {top} does not compile")
    shutil.rmtree(work)
    log.replace(folder / "build.log")
