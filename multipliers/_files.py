"""Files and folders that appear under their name whole or not at all, and the leftovers of processes that were killed.

A temporary name tells the process that made it. Whoever writes to a folder next removes what ended processes left there, and
never what belongs to one that runs, or to another machine. Nothing else in a folder is touched.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ._owner import Owner, this_process

_NAME = re.compile(r"(?:\..+|goldaxe)\.(\d{1,10})-(\d{1,20})-([0-9a-f]{12})\.[0-9a-f]{8}(?:\.\w{1,10})?", re.ASCII | re.DOTALL)


@dataclass(frozen=True)
class Leftover:
    """A temporary file or folder and the process that made it."""

    path: Path
    owner: Owner


@contextmanager
def atomically(path: Path, *, durable: bool = False) -> Iterator[Path]:
    """A temporary file, empty, with the ending of `path`, which it becomes when the block ends well; else it is removed.

    With `durable` it is on the disk before it gets its name. Raises OSError.
    """
    sweep(path.parent)
    temporary = _temporary(path)
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))  # less what the user's umask takes away
    try:
        yield temporary
        if durable:
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def temporary_folder(path: Path | None = None) -> Iterator[Path]:
    """A new folder, for this user alone, that is removed when the block ends, if it has not been renamed by then.

    It lies beside `path`, in which case it is on the same disk, or where the system has its temporary files. Raises OSError.
    """
    beside = Path(tempfile.gettempdir(), "goldaxe") if path is None else path
    sweep(beside.parent)
    folder = _temporary(beside, "" if path is None else ".")
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove what processes that have ended left in `folder`; done once for each folder in a process."""
    _swept(folder.absolute(), os.getpid())


@cache
def _swept(folder: Path, process: int) -> None:
    for leftover in leftovers(folder):
        if leftover.owner.alive is False:
            _remove(leftover.path)


def leftovers(folder: Path) -> list[Leftover]:
    """Temporary files and folders in `folder` itself, of processes that run or not; none where it cannot be read."""
    found = []
    with suppress(OSError), os.scandir(folder) as entries:
        for one in entries:
            if match := _NAME.fullmatch(one.name):
                pid, start, place = match.groups()
                found.append(Leftover(Path(one.path), Owner(int(pid), int(start), place)))
    return sorted(found, key=lambda one: one.path)


def _remove(path: Path) -> None:
    with suppress(OSError):  # another process may be removing it too, or it is another user's
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _temporary(path: Path, hidden: str = ".") -> Path:
    """A name beside `path` that says whose it is; its start is cut, as names may be 255 bytes long."""
    ending = path.suffix if re.fullmatch(r"\.\w{1,10}", path.suffix, re.ASCII) else ""
    return path.with_name(f"{hidden}{path.name[:40]}.{this_process()}.{secrets.token_hex(4)}{ending}")
