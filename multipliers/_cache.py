"""The cache folder: what is compiled or verified once is kept there, complete or not at all.

Its place is `GOLDAXE_CACHE`, or the user's cache folder. Whatever lies in it may be missing, truncated or written by another
process at the same time: each entry carries a manifest of content hashes and is made again where they do not match or a file
is not in it, what another user could have written is refused (`_cache_trust.py`), files appear under their name only when they
are complete, one process builds while others wait, and what a killed process left is removed by the next.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import lru_cache
from pathlib import Path

from ._cache_trust import complaint, complaints_inside, keep_others_out
from ._files import atomically, sweep, temporary_folder
from ._locks import locked

VARIABLE = "GOLDAXE_CACHE"
"""Environment variable that names the cache folder."""

_MANIFEST = "manifest.json"


class CacheError(OSError):
    """The cache folder cannot be used: read-only, full, or no folder at all; the message says what to do."""


def cache_root() -> Path:
    """Where the cache folder is or would be; nothing is made."""
    from platformdirs import user_cache_dir

    return Path(os.environ.get(VARIABLE) or user_cache_dir("goldaxe")).absolute()


def cache_folder(*parts: str) -> Path:
    """The cache folder, or the folder `parts` inside it, made if missing; raises CacheError where that is impossible, or where
    another user could have written to it."""
    root = cache_root()
    with usable(root):
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for depth in range(len(parts)):
            root.joinpath(*parts[: depth + 1]).mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = trusted(root.joinpath(*parts))
    with usable(root):
        sweep(folder)
    return folder


def trusted(path: Path, entry: bool = False) -> Path:
    """`path` again, the cache folder or something in it; raises CacheError where another user could have written to it, or, for
    an `entry`, to anything inside."""
    with usable(path):
        said = complaint(cache_root(), path) or (next(complaints_inside(path), "") if entry else "")
    if said:
        raise CacheError(f"the cache is not used, since {said}; or set {VARIABLE} to a folder of your own")
    return path


@contextmanager
def usable(folder: Path) -> Iterator[None]:
    """Turn what the operating system says about writing to `folder` into a CacheError of one sentence."""
    try:
        yield
    except CacheError:
        raise
    except OSError as error:
        raise CacheError(
            f"cannot use the cache folder {folder}: {error.strerror or error}; set {VARIABLE} to a folder with room to write"
        ) from error


def require_space(folder: Path, megabytes: int = 16) -> None:
    """Raise CacheError if the disk of `folder` has less than so much room: a compiler only says that it failed."""
    free = shutil.disk_usage(folder).free >> 20
    if free < megabytes:
        raise CacheError(f"the disk of the cache folder {cache_root()} is full: {free} MB are free, {megabytes} MB are needed")


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file under a temporary name and rename it, so that nobody ever reads half of it.

    In the cache folder it is this user's alone, and what goes wrong is a CacheError; elsewhere the user's umask says who may
    read and write it, and what goes wrong is an OSError.
    """
    own = path.absolute().is_relative_to(cache_root())
    with usable(path.parent) if own else nullcontext(), atomically(path) as temporary:
        if own:
            temporary.chmod(0o600)  # whatever the umask: what others can write to is not used
        temporary.write_bytes(content)


def entry(kind: str, key: str, build: Callable[[Path], None]) -> Path:
    """The cached folder `kind`/`key`, filled by `build(folder)` if it is missing or damaged.

    `key` has to name everything that the content depends on. Two processes that ask at once build it once.
    """
    parent = cache_folder(kind)
    folder = parent / key
    if intact(folder):
        return folder
    with usable(parent), locked(folder):
        if intact(folder):
            return folder
        with temporary_folder(folder) as temporary:
            build(temporary)
            _write_manifest(temporary)
            keep_others_out(temporary)
            if folder.exists():
                folder.rename(temporary / ".damaged")
            temporary.rename(folder)
            shutil.rmtree(folder / ".damaged", ignore_errors=True)
    return folder


def _write_manifest(folder: Path) -> None:
    hashes = {path.relative_to(folder).as_posix(): _content_hash(path) for path in folder.rglob("*") if path.is_file()}
    write_atomically(folder / _MANIFEST, json.dumps(hashes, indent=1).encode())


def intact(folder: Path) -> bool:
    """Whether the files of an entry are those of its manifest, each as it says, and no other; False for anything unreadable.

    Raises CacheError for an entry that another user could have written to.
    """
    if folder.is_dir():
        trusted(folder, entry=True)
    with suppress(OSError, ValueError, TypeError, AttributeError, RecursionError):
        hashes = json.loads((folder / _MANIFEST).read_bytes())
        there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()} - {_MANIFEST}
        return bool(hashes) and there == set(hashes) and all(_content_hash(folder / name) == hashes[name] for name in there)
    return False


def _content_hash(path: Path) -> str:
    status = path.stat()
    return _hash_of(path, status.st_ino, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=4096)
def _hash_of(path: Path, inode: int, size: int, modified: int) -> str:
    """SHA-256 of a file; asked for again only when the file has changed."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
