"""Verilog to a program that cocotb can drive, cached by content.

A design costs one run of Verilator and one compiler call over all that it wrote, on top of the runtime that every design
shares: half a second for a small one.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from multipliers import Rtl, cache_folder
from multipliers._cache import entry
from multipliers._users_files import read_file

from ._process import SimulatorError, require
from ._runtime import BUILD_SECONDS, compiler_command, content_key, runtime
from ._safety import refuse_unsafe
from ._toolchain import Toolchain, toolchain

LARGEST = 16 << 20
"""Bytes that a file of Verilog may have."""

_FAULTS = ("LATCH", "MULTIDRIVEN", "UNDRIVEN")
"""Complaints that end a build: a simulator without X or Z may show the right products all the same."""

LINT = ("--lint-only", "--no-timing", "-Wno-fatal", "-Wwarn-UNDRIVEN", *(f"-Werror-{fault}" for fault in _FAULTS))
VERILATOR = ("--cc", "--prefix", "Vtop", "--no-timing", "--output-split", "0", "-Wno-fatal")
UNDEFINED = ("--x-initial", "unique", "--x-assign", "unique")
"""What Verilog leaves undefined is drawn from the seed of the run, not silently zero."""


@dataclass(frozen=True)
class Source:
    """Verilog as it was read: what is hashed is what is compiled, whatever happens to the files meanwhile."""

    top: str
    texts: tuple[tuple[str, bytes], ...]

    @property
    def digest(self) -> str:
        """The same as `Rtl.digest`."""
        return hashlib.sha256(b"\0".join(text for _, text in self.texts)).hexdigest()


def read(rtl: Rtl) -> Source:
    """The Verilog's text; raises SimulatorError if its top is no plain identifier, a file cannot be read, or it does
    more than compute."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_$]{0,127}", rtl.top):
        raise SimulatorError(
            f"the top module's name {rtl.top[:200]!r} is not a plain Verilog identifier of at most 128 letters"
        )
    texts = [("top.v", rtl.text.encode())]
    for path in rtl.files:
        try:
            texts.append((path.name, read_file(path, LARGEST)))
        except OSError as error:
            raise SimulatorError(f"cannot read the RTL file {path}: {error.strerror or error}") from error
    for name, text in texts:
        refuse_unsafe(name, text)
    return Source(rtl.top, tuple(texts))


def build(source: Source, ports: Sequence[str], trace: bool = False) -> Path:
    """The program that simulates `source`, named like its top module; it is compiled if the cache does not hold it.

    `ports` of the top module are what cocotb can read and write; with `trace`, the program can write a waveform of
    everything. Raises SimulatorError, with the first complaint, where Verilator or the compiler rejects the Verilog.
    """
    tools = toolchain()
    flags = (*LINT, *VERILATOR, "--vpi", *UNDEFINED, *compiler_command(tools, trace=trace))
    key = content_key(*tools.identity, *flags, *ports, source.top, *map(str, source.texts))
    return entry("models", key, partial(_build, tools, source, ports, trace, f"{source.top}-{key[:12]}.log")) / source.top


def _build(tools: Toolchain, source: Source, ports: Sequence[str], trace: bool, log_name: str, folder: Path) -> None:
    log = cache_folder("logs") / log_name
    log.unlink(missing_ok=True)
    work = folder / "work"
    work.mkdir()
    names = written(source, work)
    attempt = partial(require, folder=work, env=tools.env, log=log, seconds=BUILD_SECONDS)
    rejected = f"Verilator rejects the RTL of {source.top}"
    attempt([tools.verilator, *LINT, "--top-module", source.top, *names], rejected)
    public = (f'public_flat_rw -module "{source.top}" -var "{port}"\n' for port in ports)
    (work / "ports.vlt").write_text("`verilator_config\n" + "".join(public))
    flags = [*VERILATOR, "--vpi", *UNDEFINED, *(["--trace-vcd"] if trace else [])]
    attempt([tools.verilator, *flags, "--Mdir", ".", "--top-module", source.top, "ports.vlt", *names], rejected)
    attempt(_compile(folder / source.top, trace, work, tools), f"what Verilator made of {source.top} does not compile")
    shutil.rmtree(work)
    log.replace(folder / "build.log")


def written(source: Source, folder: Path) -> list[str]:
    """The names under which the source's texts now lie in `folder`, in order, and harmless on a command line."""
    names = []
    for index, (name, text) in enumerate(source.texts):
        names.append(f"{index}_{re.sub(r'[^A-Za-z0-9_.]', '_', name)[-80:]}")
        (folder / names[-1]).write_bytes(text)
    return names


def _compile(program: Path, trace: bool, work: Path, tools: Toolchain) -> list[str]:
    """The command that compiles all C++ in `work`, with cocotb's main loop, and links it to the runtime."""
    generated = [*sorted(path.name for path in work.glob("Vtop*.cpp")), str(tools.cocotb_main)]
    (work / "all.cpp").write_text("".join(f'#include "{name}"\n' for name in generated))
    header, *objects = runtime(tools, (work / "Vtop_classes.mk").read_text())
    precompiled = [] if trace else ["-include", str(header), "-Winvalid-pch"]  # made without trace
    libs = str(tools.cocotb_libs)
    link = ["-s", "-Xlinker", "-rpath", "-Xlinker", libs, f"-L{libs}", "-lcocotbvpi_verilator"]
    command = [*compiler_command(tools, trace=trace), "-I.", *precompiled, "all.cpp", *map(str, objects)]
    return [*command, *link, "-o", str(program)]
