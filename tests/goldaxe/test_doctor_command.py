"""`goldaxe doctor`: what is here, what is wrong with it, and what to do."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from test_command_line import run

import goldaxe._doctor
from multipliers import _files, cache_folder
from multipliers._cache import entry
from multipliers._locks import locked
from multipliers._owner import Owner


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path / "cache"))
    kernels = {"compiled": True, "isa": "AVX2", "threads": 2}
    monkeypatch.setattr(goldaxe._doctor, "_kernels", lambda: (kernels, []))  # compiling them takes long
    entry("models", "key", lambda folder: (folder / "model").write_text("model") and None)
    return cache_folder()


@pytest.fixture(scope="module")
def ended() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def left_by(owner: Owner | None, path: Path) -> Path:
    """A temporary folder beside `path`, named as by this process or by another."""
    with pytest.MonkeyPatch.context() as patch:
        if owner is not None:
            patch.setattr(_files, "this_process", lambda: owner)
        folder = _files._temporary(path)
    folder.mkdir()
    return folder


def wrong(out: str) -> list[str]:
    """The findings that were printed."""
    return [line for line in out.splitlines() if line.startswith("wrong: ")]


def test_nothing_is_wrong_with_a_cache_in_use(capsys, cache) -> None:
    left_by(None, cache / "models" / "being-made")  # of a process that is at work: this one
    with locked(cache / "models" / "other"):
        status, out, _ = run(capsys, "doctor", "--json")
        shown = run(capsys, "doctor")[1]
    said = json.loads(out)
    assert (status, said["findings"]) == (0, [])
    assert said["cache"]["entries"] == {"models": 1}
    assert said["cache"]["leftovers"] == []
    (held,) = said["cache"]["held_locks"].items()
    assert held[0] == str(cache / "models" / "other")
    assert re.fullmatch(r"process \d+ \(.+\) since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d", held[1])
    assert f"held_locks: {held[0]} by {held[1]}" in shown
    assert said["kernels"]["isa"] == "AVX2"
    assert {"verilator", "cocotb", "compiler", "make", "perl", "iverilog", "pyosys", "triton"} <= set(said["tools"])


def test_a_lock_whose_holder_was_killed_is_not_held(capsys, cache, ended) -> None:
    owner = {"pid": ended, "start": 1, "place": _files.this_process().place}
    note = cache / "models" / "other.lock.holder"
    note.write_text(json.dumps({"owner": owner, "command": "goldaxe verify", "since": 1.0}))
    assert json.loads(run(capsys, "doctor", "--json")[1])["cache"]["held_locks"] == {}
    note.write_text(json.dumps({"owner": owner | {"place": "0" * 12}, "command": "goldaxe verify", "since": 1.0}))
    (held,) = json.loads(run(capsys, "doctor", "--json")[1])["cache"]["held_locks"].values()
    assert held.startswith(f"process {ended} on another machine (goldaxe verify) since 19")


def test_each_finding_says_what_to_do(capsys, cache, monkeypatch, ended) -> None:
    gone = left_by(Owner(ended, 1, _files.this_process().place), cache / "models" / "half")
    foreign = left_by(Owner(4321, 7, "0" * 12), cache / "models" / "whole")
    (cache / "models" / "key" / "model").chmod(0o666)
    monkeypatch.setattr(goldaxe._doctor, "compiler_path", lambda: None)
    status, out, _ = run(capsys, "doctor")
    assert status == 1
    elsewhere = "which ran on another machine, or before this one was started anew"
    expected = [
        f"{cache}/models/key/model can be written by other users (mode 0666); "
        "run chmod go-w if all in it is yours, else remove it",
        f"{gone} is a leftover of process {ended}, which is gone; remove it",
        f"{foreign} is a leftover of process 4321, {elsewhere}; remove it",
        "compiler is not installed, and nothing can be verified without it; install g++ (Debian: apt-get install g++)",
    ]
    assert wrong(out) == [f"wrong: {line}" for line in expected]
    assert out.splitlines()[-1] == "4 findings"
    said = json.loads(run(capsys, "doctor", "--json")[1])
    assert said["cache"]["leftovers"] == [str(gone), str(foreign)]
