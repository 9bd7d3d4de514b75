"""Many multipliers at once, the command behind `make sim`, and what both say to bad input."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from wrong_designs import exact, model

import cocotb_tests._verify
from cocotb_tests import SimulatorError, Verification, verify, verify_many
from multipliers import CacheError, MultiplierError, Operand, get, rtl

ROOT = Path(__file__).parents[2]
SMALL = [("drum", {"k": 3}), ("exact", {}), ("drum", {"k": 4})]


def small_multipliers():
    return [get(name, width=4, **parameters) for name, parameters in SMALL]


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m cocotb_tests` with these arguments."""
    return subprocess.run(
        [sys.executable, "-m", "cocotb_tests", *arguments],
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_results_keep_their_order_and_progress_hears_of_each():
    heard = []
    multipliers = small_multipliers()
    results = verify_many(multipliers, jobs=2, progress=heard.append)
    assert [result.label for result in results] == [multiplier.label for multiplier in multipliers]
    assert sorted(result.label for result in heard) == sorted(result.label for result in results)
    assert all(result.passed for result in results)


def test_one_that_cannot_be_verified_does_not_stop_the_others():
    results = verify_many([model(exact), get("exact", width=4)], jobs=1)
    assert [result.passed for result in results] == [False, True]
    assert str(results[0]) == "mine8: not verified: mine8 is a Python function or table without Verilog"


def test_error_of_the_simulator_is_in_the_report(monkeypatch):
    def broken(*arguments, **settings):
        raise SimulatorError("it broke")

    monkeypatch.setattr(cocotb_tests._verify, "build", broken)
    (result,) = verify_many([get("exact", width=4)])
    assert (result.passed, result.error) == (False, "it broke")


def test_unusable_cache_stops_all(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(CacheError):
        verify_many(small_multipliers())


@pytest.mark.parametrize("wrong", [{"jobs": 0}, {"jobs": -1}])
def test_wrong_number_of_jobs(wrong):
    with pytest.raises(ValueError, match="jobs = "):
        verify_many(small_multipliers(), **wrong)


@pytest.mark.parametrize("wrong", [{"samples": 0}, {"samples": -5}, {"seed": -1}])
def test_wrong_samples_and_seeds(wrong):
    with pytest.raises(ValueError, match="at least one sample and a seed from 0 on are needed"):
        verify(get("exact11"), **wrong)


def test_no_multipliers_is_no_work():
    assert verify_many([]) == []


def test_products_outside_the_port_are_an_error():
    too_large = model(lambda a, b: a * b + (1 << 32), width=16)
    with pytest.raises(MultiplierError, match="mine8: its products do not fit its 32-bit product port"):
        verify(too_large, rtl=rtl(get("exact16")))


def test_seed_draws_other_samples(monkeypatch):
    seen = []
    monkeypatch.setattr(cocotb_tests._verify, "_simulated", lambda source, bits, seed: seen.append(bits.a.tobytes()))
    for seed in (1, 1, 2):
        with pytest.raises(AttributeError):
            verify(get("exact11"), seed=seed)
    assert seen[0] == seen[1] != seen[2]


def test_operands_are_of_any_sign():
    assert verify(get("exact", width=4, a_signed=True)).ports[0] == Operand(4, signed=True)


def test_command_verifies_what_it_is_given():
    done = command("exact8", "drum8_k4")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert {line.split(":")[0] for line in lines[:2]} == {"exact8", "drum8_k4"}
    assert lines[2] == "2 of 2 multipliers verified, 131,072 pairs"


@pytest.mark.parametrize(
    ("arguments", "environment", "sentence"),
    [
        (["drum8_k"], {}, "unknown multiplier 'drum8_k'"),
        (["exact8", "--jobs", "0"], {}, "jobs = 0"),
        (["exact8"], {"GOLDAXE_CACHE": "/dev/null/cache"}, "cannot use the cache folder /dev/null/cache"),
        (["exact8"], {"PATH": "/nonexistent", "CXX": ""}, "no C++ compiler was found"),
    ],
)
def test_command_says_in_one_line_what_is_wrong(arguments, environment, sentence):
    done = command(*arguments, **environment)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {sentence}")
    assert len(done.stderr.splitlines()) == 1


def test_interrupted_command_ends_at_once_and_leaves_nothing_half_made(private_cache):
    process = subprocess.Popen(
        [sys.executable, "-m", "cocotb_tests"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()  # the first has passed, and others are at work
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (130, "interrupted\n")
    assert list((private_cache / "runs").iterdir()) == []
    folders = [path for path in (private_cache / "models").iterdir() if path.suffix != ".lock"]
    assert all((folder / "manifest.json").exists() for folder in folders)


def test_interrupt_ends_compilers_with_their_children_and_starts_no_more(tmp_path):
    children = tmp_path / "children"
    slow = tmp_path / "c++"
    slow.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo slow 1.0 && exit\nsleep 50 &\necho $! >> {children}\nwait\n')
    slow.chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, "-m", "cocotb_tests", "exact8", "drum8_k4", "exact8s"],
        cwd=ROOT,
        env={**os.environ, "CXX": str(slow), "GOLDAXE_CACHE": str(tmp_path / "cache")},
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (children.exists() and children.read_text().endswith("\n")):
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (130, "interrupted\n")
    time.sleep(0.3)
    alive = [child for child in map(int, children.read_text().split()) if _is_running(child)]
    assert alive == []


def _is_running(process: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_nothing_tried_is_nothing_passed():
    assert not Verification("mine8", (Operand(8, False), Operand(8, False), Operand(16, False))).passed


def test_importing_asks_for_no_simulator():
    call = "import sys, cocotb_tests; print([name for name in ('cocotb', 'cocotb_tools', 'filelock') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", call], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
