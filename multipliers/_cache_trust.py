"""Whether another user could have written what lies in the cache: then it is not used, since compiled code is run from it.

Trusted are the user who asks and root. What belongs to anybody else, or can be written by group or others, is not. A symbolic
link counts by its owner, and its target as if it lay there itself. A cache folder may lie in a sticky folder such as /tmp, not
be one. Where the operating system knows no such owners (Windows), nothing is refused.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def trusted_owners() -> frozenset[int] | None:
    """Users whose files are used; None where files have no such owners."""
    return frozenset({0, os.geteuid()}) if hasattr(os, "geteuid") else None


def complaint(root: Path, path: Path | None = None) -> str:
    """Why `path`, `root` or a folder in it, is not to be used, and what to do; nothing if it and all folders above it, up to
    `root`, could only have been written by trusted users. What is missing is no reason."""
    path = path or root
    inside = [root, *reversed([parent for parent in path.parents if parent.is_relative_to(root) and parent != root]), path]
    for folder in dict.fromkeys(inside):
        if said := _of(folder):
            return said
    for parent in root.resolve().parents:
        if _mode(parent) & (stat.S_IWOTH | stat.S_ISVTX) == stat.S_IWOTH and trusted_owners() is not None:
            return f"everybody can replace folders in {parent}: run chmod o-w or chmod +t on it"
    return ""


def complaints_inside(folder: Path) -> Iterator[str]:
    """What is wrong with the files and folders at any depth in `folder`; links are not followed, and are wrong themselves."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            yield f"{path} is a symbolic link, which nothing here should be: remove it"
        elif said := _of(path):
            yield said


def keep_others_out(folder: Path) -> None:
    """Take the right to write from group and others, at any depth, whatever umask and compiler left."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink() and _mode(path) & _OTHERS_WRITE:
            path.chmod(stat.S_IMODE(_mode(path)) & ~_OTHERS_WRITE)


def _of(path: Path) -> str:
    owners = trusted_owners()
    if owners is None:
        return ""
    for status in _statuses(path):
        if status.st_uid not in owners:
            return f"{path} belongs to another user (uid {status.st_uid}): remove it, or have its owner changed to you"
        if not stat.S_ISLNK(status.st_mode) and status.st_mode & _OTHERS_WRITE:
            mode = f"{stat.S_IMODE(status.st_mode):04o}"
            return f"{path} can be written by other users (mode {mode}): run chmod go-w if all in it is yours, else remove it"
    return ""


def _statuses(path: Path) -> Iterator[os.stat_result]:
    """Of a path itself, and of what it links to; of nothing if it is missing."""
    try:
        status = path.lstat()
        yield status
        if stat.S_ISLNK(status.st_mode):
            yield path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:
        return 0
