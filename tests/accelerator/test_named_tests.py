"""What excuses and bounds name is there: each test as pytest collects it, each assertion in its file, each module."""

import re
import subprocess
import sys
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

import pytest
from coverage_holes import EXPLAINED
from legal_bounds import REACHED, legal_bounds

from goldaxe.formal import CHECKS

REPOSITORY = Path(__file__).parents[2]
PROPERTIES = Path(str(files("goldaxe.formal"))) / "properties"
MODULES = {path.stem: path for path in Path(str(files("rtl"))).rglob("*.v")}


def named_tests() -> set[str]:
    excuses = {name for excuse in EXPLAINED.values() for name in excuse.covered}
    return {name for name in excuses | set(REACHED.values()) if name.startswith("tests/")}


@pytest.fixture(scope="module")
def collected() -> set[str]:
    """What pytest runs of the files that are named, long runs apart: node ids, and the same without their parameters."""
    paths = sorted({name.partition("::")[0] for name in named_tests()})
    options = ["--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts=", "-m", "not full"]
    command = [sys.executable, "-m", "pytest", *options, *paths]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    ids = {line for line in done.stdout.splitlines() if "::" in line}
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return ids | {name.partition("[")[0] for name in ids}


def missing(names: Iterable[str], collected: set[str]) -> list[str]:
    """Those that are neither a test that runs nor an assertion that is proved."""
    proved = {check.module for check in CHECKS}
    gone = []
    for name in names:
        module, _, text = name.partition(": ")
        if name.startswith("tests/"):
            there = name in collected
        else:
            there = module in proved and "assert (" in text and text in (PROPERTIES / f"{module}_properties.v").read_text()
        gone += [] if there else [name]
    return gone


def test_every_excuse_is_covered(collected: set[str]) -> None:
    for (module, what), excuse in EXPLAINED.items():
        assert any(re.fullmatch(module, name) for name in MODULES), module
        assert excuse.covered, (module, what)
        assert missing(excuse.covered, collected) == [], (module, what)


def test_every_legal_bound_is_reached(collected: set[str]) -> None:
    """Each end of a range that the Verilog states, by a test that is there: nothing more is named, and nothing less."""
    stated = {(module, name, end) for (module, name), ends in legal_bounds().items() for end in ends}
    assert stated - REACHED.keys() == set()
    assert REACHED.keys() - stated == set()
    assert missing(REACHED.values(), collected) == []


def test_what_is_not_there_is_missed(collected: set[str]) -> None:
    gone = ["tests/accelerator/test_array_rtl.py::test_nothing", "frame_guard: assert (index_o == 1);", "squash: assert (1);"]
    assert missing([*gone, "frame_guard: assert (index_o == passed_q);"], collected) == gone
