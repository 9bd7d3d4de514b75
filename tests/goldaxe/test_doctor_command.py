"""`goldaxe doctor`: what is here, what is wrong with it, and what to do."""

import json
import os
from pathlib import Path

import pytest
from test_command_line import run

import goldaxe._doctor
from multipliers import cache_folder
from multipliers._cache import entry, locked


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path / "cache"))
    kernels = {"compiled": True, "isa": "AVX2", "threads": 2}
    monkeypatch.setattr(goldaxe._doctor, "_kernels", lambda: (kernels, []))  # compiling them takes long
    entry("models", "key", lambda folder: (folder / "model").write_text("model") and None)
    return cache_folder()


def test_nothing_is_wrong_with_a_cache_in_use(capsys, cache) -> None:
    (cache / "models" / ".key-unfinished").mkdir()  # of a process that is at work
    with locked(cache / "models" / "other"):
        status, out, _ = run(capsys, "doctor", "--json")
    said = json.loads(out)
    assert (status, said["findings"]) == (0, [])
    assert said["cache"]["entries"] == {"models": 1}
    assert said["cache"]["held_locks"] == [str(cache / "models" / "other.lock")]
    assert said["kernels"]["isa"] == "AVX2"
    assert {"verilator", "cocotb", "compiler", "make", "perl", "iverilog", "pyosys", "triton"} <= set(said["tools"])


def test_each_finding_says_what_to_do(capsys, cache, monkeypatch) -> None:
    leftover = cache / "models" / ".key-unfinished"
    leftover.mkdir()
    os.utime(leftover, (0, 0))
    (cache / "models" / "key" / "model").chmod(0o666)
    monkeypatch.setattr(goldaxe._doctor, "compiler_path", lambda: None)
    status, out, _ = run(capsys, "doctor")
    assert status == 1
    assert [line for line in out.splitlines() if line.startswith("wrong: ")] == [
        f"wrong: {cache}/models/key/model can be written by other users (mode 0666); "
        "run chmod go-w if all in it is yours, else remove it",
        f"wrong: {leftover} is a leftover of a process that is gone; remove it",
        "wrong: compiler is not installed, and nothing can be verified without it; install g++ (Debian: apt-get install g++)",
    ]
    assert out.splitlines()[-1] == "3 findings"
