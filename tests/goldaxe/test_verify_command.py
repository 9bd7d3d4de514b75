"""`goldaxe verify`, the command behind `make sim`, as a process of its own: output, exit status, and an interrupt."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

COMMAND = (sys.executable, "-m", "goldaxe", "verify")


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`goldaxe verify` with these arguments."""
    return subprocess.run(
        [*COMMAND, *arguments], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def test_verifies_what_it_is_given() -> None:
    done = command("exact8", "drum8_k4")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert {line.split(":")[0] for line in lines[:2]} == {"exact8", "drum8_k4"}
    assert lines[2] == "2 of 2 multipliers verified, 131,072 operand pairs"


@pytest.mark.parametrize(
    ("arguments", "environment", "sentence"),
    [
        (["drum8_k"], {}, "unknown multiplier 'drum8_k'"),
        (["exact8", "--jobs", "0"], {}, "jobs = 0"),
        (["exact11", "--samples", "0"], {}, "samples = 0"),
        (["exact8"], {"GOLDAXE_CACHE": "/dev/null/cache"}, "cannot use the cache folder /dev/null/cache"),
        (["exact8"], {"PATH": "/nonexistent", "CXX": ""}, "no C++ compiler was found"),
    ],
)
def test_says_in_one_line_what_is_wrong(arguments: list[str], environment: dict[str, str], sentence: str) -> None:
    done = command(*arguments, **environment)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {sentence}")
    assert len(done.stderr.splitlines()) == 1


def test_interrupted_it_ends_at_once_and_leaves_nothing_half_made(tmp_path: Path) -> None:
    environment = {**os.environ, "GOLDAXE_CACHE": str(tmp_path)}
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    # A suite that runs in a script's background ignores interrupts, and so would its children.
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen([*COMMAND, "--all"], env=environment, preexec_fn=heard, **pipes) as process:
        assert process.stdout is not None
        process.stdout.readline()  # the first has passed, and others are at work
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert list((tmp_path / "runs").iterdir()) == []
    folders = [path for path in (tmp_path / "models").iterdir() if path.suffix != ".lock"]
    assert all((folder / "manifest.json").exists() for folder in folders)
