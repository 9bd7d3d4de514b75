"""The CPU kernels' shared library: compiled by the machine's C++ compiler at first use and cached by content."""

from __future__ import annotations

import ctypes
import os
import shlex
import shutil
import subprocess
import warnings
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from multipliers import CacheError
from multipliers._cache import entry
from multipliers._children import output_of

from .isa import wanted

_FLAGS = (
    "-O3",
    "-std=c++17",
    "-fopenmp",
    "-fPIC",
    "-shared",
    "-fvisibility=hidden",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-ffp-contract=off",
)
_SECONDS = 300.0

EXTRA_FLAGS = "GOLDAXE_CXXFLAGS"
"""Environment variable with further compiler flags; `make sanitize` compiles the sanitizers in with it."""


@cache
def library() -> ctypes.CDLL | None:
    """The kernels, or None, with one warning that says why, where they cannot be had: then slower torch code runs instead.

    They use the instruction set that `GOLDAXE_ISA` names; raises PysimError if it is unknown, or this machine lacks it.
    """
    wanted()
    try:
        # torch's OpenMP runtime is loaded already; the library finds it by name and shares its threads.
        kernels = ctypes.CDLL(str(_compiled()))
    except (OSError, CacheError, subprocess.SubprocessError) as error:
        reason = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
        warnings.warn(f"no compiled CPU kernels, simulation is slower: {reason}", RuntimeWarning, stacklevel=2)
        return None
    kernels.goldaxe_use_isa(wanted(kernels.goldaxe_best_isa()))
    return kernels


def _compiled() -> Path:
    compiler = shutil.which(os.environ.get("CXX") or "g++")
    if compiler is None:
        raise OSError("no C++ compiler was found; install g++ (Debian: apt-get install g++)")
    folder = Path(str(files("pysim.kernels") / "cpu"))
    sources = sorted(folder.glob("*.cpp"))
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True, timeout=_SECONDS, check=True).stdout
    flags = (*_FLAGS, *shlex.split(os.environ.get(EXTRA_FLAGS, "")))
    parts = [compiler, version, *flags, *(path.name + path.read_text() for path in sorted([*sources, *folder.glob("*.h")]))]

    def build(target: Path) -> None:
        command = [compiler, *flags, *map(str, sources), "-o", str(target / "kernels.so")]
        done = output_of(command, seconds=_SECONDS, env={**os.environ, "TMPDIR": str(target)})
        if done.returncode:
            errors = [line for line in done.stderr.splitlines() if "error" in line] or ["g++ failed without a message"]
            raise OSError(f"the kernels do not compile with {compiler}: {errors[0]}")

    return entry("kernels", sha256("\0".join(parts).encode()).hexdigest(), build) / "kernels.so"
