"""A campaign on a toy: what its tests see, what they do not, what hangs, and what is no fault but a mistake in the entry."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import fault_report
import fault_runs
import pytest
from fault_files import Fault, FaultError
from fault_server import Server

from multipliers import cache_folder

CODE = "def double(x):\n    return 2 * x\n\n\nCACHED = 1\n"
TEST = """import os
from pathlib import Path

from code_under_test import double

Path(os.environ["GOLDAXE_CACHE"], "made").write_text("by a fault")


def test_zero():
    assert double(0) == 0


def test_three():
    assert double(3) == 6
"""
FAULTS = {
    "return 2 * x -> return 2 + x": ("killed", "tests/test_toy.py::test_zero"),
    "return 2 * x -> return 3 * x": ("killed", "tests/test_toy.py::test_three"),
    "CACHED = 1 -> CACHED = 2": ("survived", ""),
    "return 2 * x -> return 2 * y": ("invalid", "NameError"),
    "def double -> def triple": ("invalid", "ImportError"),
}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path / "cache"))
    tree = tmp_path / "tree"
    (tree / "tests").mkdir(parents=True)
    (tree / "code_under_test.py").write_text(CODE)
    (tree / "tests" / "test_toy.py").write_text(TEST)
    return tree


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with closing(Server()) as server:
        yield server


def fault(change: str) -> Fault:
    old, new = change.split(" -> ")
    return Fault("toy", "code_under_test.py", old, new, ("tests/test_toy.py",))


@pytest.mark.parametrize("change", FAULTS)
def test_outcomes(change: str, server: Server, tree: Path) -> None:
    outcome, by = FAULTS[change]
    result = fault_runs.run(fault(change), server, tree, limit=600)
    assert result["outcome"] == outcome
    assert by in result["by"]
    assert (tree / "code_under_test.py").read_text() == CODE
    assert not (cache_folder("faults", "cache") / "made").exists(), "what a fault writes stays out of the campaign's cache"


def test_a_hang_is_ended(server: Server, tree: Path) -> None:
    assert fault_runs.run(fault("return 2 * x -> while True: pass"), server, tree, limit=3)["outcome"] == "timeout"


def test_sound_tests_and_those_that_are_not(server: Server, tree: Path) -> None:
    names = [f"tests/test_toy.py::{name}" for name in ("test_zero", "test_three")]
    assert fault_runs.sound_tests(server, tree, names, 1, 600) == set(names)
    (tree / "code_under_test.py").write_text(CODE.replace("2 * x", "x * x"))
    assert fault_runs.sound_tests(server, tree, names, 1, 600) == {names[0]}
    with pytest.raises(FaultError, match="cannot be run without a fault"):
        fault_runs.sound_tests(server, tree, ["tests/test_toy.py::test_none"], 1, 600)


def test_results_are_kept_until_something_changes(tree: Path) -> None:
    one = fault("CACHED = 1 -> CACHED = 2")
    key = fault_runs.key_of(one, tree)
    assert fault_runs.kept(key) is None
    fault_runs.keep(key, {"outcome": "survived"})
    assert fault_runs.kept(key) == {"outcome": "survived"}
    (tree / "tests" / "test_toy.py").write_text(TEST + "\n\ndef test_more(): ...\n")
    assert fault_runs.key_of(one, tree) != key
    assert fault_runs.key_of(fault("CACHED = 1 -> CACHED = 3"), tree) not in (key, fault_runs.key_of(one, tree))


def test_the_report_counts_what_was_judged(tmp_path: Path) -> None:
    same = Fault("toy", "b.py", "x", "y", ("t",), equivalent="nobody looks")
    results = [
        (fault("a -> b"), {"outcome": "killed"}),
        (fault("a -> c"), {"outcome": "timeout"}),
        (fault("a -> d"), {"outcome": "survived"}),
        (fault("a -> e"), None),
        (same, {"outcome": "survived"}),
    ]
    text = fault_report.markdown(results)
    assert text.startswith("4 faults in 2 files: 2 killed (1 of them by the time limit), 1 survived, 1 not judged. 1 more")
    assert "| `code_under_test.py` | 4 | 2 | 50% |  |" in text
    assert "| `b.py` | 0 | 0 | - | 1 |" in text
    assert "- `code_under_test.py`: `a -> d`" in text
    assert "- `b.py`, `x -> y`: nobody looks" in text
    page = tmp_path / "page.md"
    page.write_text("before\n" + "\nold\n".join(fault_report.MARKS) + "\nafter\n")
    fault_report.write(page, text)
    assert page.read_text() == f"before\n{fault_report.MARKS[0]}\n{text}\n{fault_report.MARKS[1]}\nafter\n"
    page.write_text("nothing")
    with pytest.raises(FaultError, match="has no lines"):
        fault_report.write(page, text)
