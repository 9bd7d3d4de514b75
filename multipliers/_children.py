"""Child processes: each leads a session of its own, and it and all that it started end with the call that started it.

A terminal sends Ctrl-C to every process of its foreground group. Children are not in it: this process hears of it, and ends
them, so that none says a word of its own or stays behind.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


class StoppedError(Exception):
    """Nothing new is started or waited for, as the caller was interrupted."""


_running: set[subprocess.Popen[Any]] = set()
_guard = threading.Lock()
_stopping = threading.Event()


@contextmanager
def child(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """A process that is ended with the block; `options` are those of `subprocess.Popen`.

    Raises StoppedError while `stopped` is at work, and OSError for a program that cannot be run.
    """
    with _guard:
        refuse_when_stopping()
        process = subprocess.Popen(command, start_new_session=True, **options)
        _running.add(process)
    try:
        yield process
    finally:
        with _guard:
            _running.discard(process)
        _end(process)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def output_of(command: Sequence[str], *, seconds: float, input: str = "", **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command as `child`, and give its exit status and text; raises subprocess.TimeoutExpired after `seconds`."""
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with child(command, **pipes, text=True, errors="replace", **options) as process:
        out, err = process.communicate(input, timeout=seconds)
        return subprocess.CompletedProcess(list(command), process.returncode, out, err)


def refuse_when_stopping() -> None:
    """Raise StoppedError where the work that this thread has a part in was interrupted."""
    if _stopping.is_set():
        raise StoppedError("interrupted")


@contextmanager
def stopped() -> Iterator[None]:
    """Within the block no child runs and none is started, and nothing is waited for: threads come to their end."""
    with _guard:
        _stopping.set()
        running = list(_running)
    try:
        for process in running:
            _end(process)
        yield
    finally:
        _stopping.clear()


def _end(process: subprocess.Popen[Any]) -> None:
    """End a process that still runs, with its session: what it started may have made groups of its own."""
    if process.poll() is None:
        end_session(process.pid)
        process.wait()


def end_session(leader: int) -> None:
    """Kill every process of a session, those that are started meanwhile as well."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
    for _ in range(100):
        left = [pid for pid, _, session in processes() if session == leader]
        if not left:
            return
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def end_children() -> None:
    """End whatever this process has started, by whoever's hand: sessions at once, others as they see fit."""
    for pid, parent, session in list(processes()):
        if parent == os.getpid():
            if session == pid:
                end_session(pid)
            else:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGTERM)


def processes() -> Iterator[tuple[int, int, int]]:
    """Number, parent and session of every process that has not ended; none where the system has no /proc."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
            if fields[0] not in "ZX":
                yield int(folder.name), int(fields[1]), int(fields[3])
