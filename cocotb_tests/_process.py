"""Commands in child processes: output goes to a log, time is limited, and no child outlives the call that started it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TypeVar

from multipliers import CacheError
from multipliers._cache import require_space
from multipliers._children import child, stopped

T = TypeVar("T")


class ToolchainError(RuntimeError):
    """A program that simulation needs is missing; the message says what to install."""


class SimulatorError(RuntimeError):
    """RTL that does not compile, or a simulation that ended without a result; the message names the log."""


class TimeLimitError(Exception):
    """A command was ended because it took too long."""


def run(command: Sequence[str], *, folder: Path, env: Mapping[str, str], log: Path, seconds: float) -> int:
    """Exit status of a command whose output is appended to `log`; raises TimeLimitError if it takes longer than `seconds`.

    Its temporary files go to `folder`.
    """
    place = {**env, "TMPDIR": str(folder.absolute())}
    with (
        open(log, "ab", opener=_for_its_owner) as output,
        child(command, cwd=folder, env=place, stdin=subprocess.DEVNULL, stdout=output, stderr=output) as process,
    ):
        try:
            status: int = process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TimeLimitError(f"took longer than {seconds:.0f} s") from None
        return status


def _for_its_owner(path: str, flags: int) -> int:
    """Open a file that nobody else may write to, whatever the umask: logs lie in the cache."""
    return os.open(path, flags, 0o600)


def require(command: Sequence[str], blame: str, *, folder: Path, env: Mapping[str, str], log: Path, seconds: float) -> None:
    """Run a command that has to succeed; raises SimulatorError, which begins with `blame`, if it does not."""
    try:
        if run(command, folder=folder, env=env, log=log, seconds=seconds):
            raise failure(blame, log)
    except TimeLimitError as error:
        raise SimulatorError(f"{blame}: {error}; log: {log}") from None


def in_parallel(tasks: Sequence[Callable[[], T]], jobs: int, done: Callable[[T], None] | None = None) -> list[T]:
    """Results of `tasks` in their order, `jobs` at a time; `done` hears of each in this thread as it ends.

    The first error, or a Ctrl-C, drops the tasks that have not begun; Ctrl-C also ends those that have.
    """
    with ThreadPoolExecutor(jobs) as pool:
        try:
            futures = [pool.submit(task) for task in tasks]
            for future in as_completed(futures):
                result = future.result()
                if done is not None:
                    done(result)
        except Exception:
            pool.shutdown(cancel_futures=True)
            raise
        except BaseException:
            with stopped():
                pool.shutdown(cancel_futures=True)
            raise
    return [future.result() for future in futures]


def failure(what: str, log: Path) -> SimulatorError | CacheError:
    """The error for a failed command: `what`, the first complaint in its log, and where the log is."""
    text = log.read_bytes()[: 1 << 16].decode(errors="replace") if log.exists() else ""
    if "No space left on device" in text:
        return CacheError(f"{what}: no space is left on the disk of the cache folder or of temporary files")
    try:
        require_space(log.parent)
    except CacheError as full:
        return full
    complaints = [line for line in text.splitlines() if "%Error" in line or "error:" in line or "Error:" in line]
    complaint = "".join(character for character in complaints[0][:300] if character.isprintable()) if complaints else ""
    where = f"; log: {log}" if log.exists() else ""
    return SimulatorError(": ".join(filter(None, (what, complaint.strip()))) + where)
