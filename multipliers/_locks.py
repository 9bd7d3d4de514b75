"""Locks between processes: who waits says for whom, and can be interrupted.

The lock is the system's on a file, so it ends with its holder, however that ends. Beside it lies a note of who holds it, for
those who wait; a note may be stale, the lock never is.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from ._children import refuse_when_stopping
from ._owner import Owner, this_process

PATIENCE = 2.0
"""Seconds after which a waiting process says so."""

_POLL = 0.05
_NOTE = 4096


@dataclass(frozen=True)
class Holder:
    """A process that holds a lock: its command line, and since when, in seconds since 1970."""

    owner: Owner
    command: str
    since: float

    def __str__(self) -> str:
        when = datetime.fromtimestamp(self.since).strftime("%Y-%m-%d %H:%M:%S")
        place = " on another machine" if self.owner.alive is None else ""
        return f"process {self.owner.pid}{place} ({self.command}) since {when}"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of `path` against other threads and processes; after two seconds of waiting, tell what for.

    Raises OSError where the lock's file cannot be made, and StoppedError where another thread was interrupted.
    """
    from filelock import FileLock, Timeout

    lock, begun, told = FileLock(f"{path}.lock", mode=0o600), time.monotonic(), False
    while True:
        try:
            lock.acquire(blocking=False)
            break
        except Timeout:
            refuse_when_stopping()
            if not told and time.monotonic() - begun > PATIENCE:
                told = _tell(path)
            time.sleep(_POLL)
    try:
        _note(path).unlink(missing_ok=True)
        _write_note(path)
        yield
    finally:
        with suppress(OSError):
            _note(path).unlink(missing_ok=True)
        lock.release()


def holder(path: Path) -> Holder | None:
    """Who holds the lock of `path`, or held it when it was killed (`owner.alive` tells); None where nobody left a note."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        with _note(path).open("rb") as file:
            said = json.loads(file.read(_NOTE))
        owner = said["owner"]
        found = Holder(
            Owner(int(owner["pid"]), int(owner["start"]), str(owner["place"])), _plain(said["command"]), float(said["since"])
        )
        str(found)
        return found
    return None


def notes(folder: Path) -> Iterator[tuple[Path, Holder]]:
    """Every path in `folder`, at any depth, whose lock somebody holds, or held when it was killed."""
    for note in sorted(folder.rglob("*.lock.holder")):
        path = note.with_name(note.name.removesuffix(".lock.holder"))
        found = holder(path)
        if found is not None:
            yield path, found


def _tell(path: Path) -> bool:
    """Say what is waited for, unless it is another thread of this process."""
    found = holder(path)
    if found is not None and found.owner == this_process():
        return False
    who = "another process" if found is None else str(found)
    sys.stderr.write(f"waiting for {path.parent.name}/{path.name[:40]}, which is locked by {who}\n")  # whole: threads may meet
    sys.stderr.flush()
    return True


def _write_note(path: Path) -> None:
    said = {"owner": asdict(this_process()), "command": _plain(" ".join(_command())), "since": time.time()}
    with suppress(OSError):  # without it, others wait all the same
        descriptor = os.open(_note(path), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(said, file)


def _command() -> list[str]:
    """The command line, with the program's name instead of its path."""
    return [Path(sys.argv[0]).name or "python", *sys.argv[1:]] if sys.argv else ["python"]


def _plain(text: object) -> str:
    return "".join(character if character.isprintable() else " " for character in str(text))[:120]


def _note(path: Path) -> Path:
    return Path(f"{path}.lock.holder")
