"""The cache folder: what is compiled or verified once is kept there, complete or not at all.

Its place is `GOLDAXE_CACHE`, or the user's cache folder. Whatever lies in it may be missing, truncated or written by another
process at the same time: each entry carries a manifest of content hashes and is made again where they do not match, files
appear under their name only when they are complete, one process builds while others wait, and what a killed process left is
removed by the next.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

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
    """The cache folder, or the folder `parts` inside it, made if missing; raises CacheError where that is impossible."""
    root = cache_root()
    folder = root.joinpath(*parts)
    with usable(root):
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    return folder


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
    """Write a file under a temporary name and rename it, so that nobody ever reads half of it; raises CacheError."""
    with usable(path.parent), atomically(path) as temporary:
        temporary.write_bytes(content)


def entry(kind: str, key: str, build: Callable[[Path], None]) -> Path:
    """The cached folder `kind`/`key`, filled by `build(folder)` if it is missing or damaged.

    `key` has to name everything that the content depends on. Two processes that ask at once build it once.
    """
    parent = cache_folder(kind)
    folder = parent / key
    if _intact(folder):
        return folder
    with usable(parent), locked(folder):
        if _intact(folder):
            return folder
        with temporary_folder(folder) as temporary:
            build(temporary)
            _write_manifest(temporary)
            if folder.exists():
                folder.rename(temporary / ".damaged")
            temporary.rename(folder)
            shutil.rmtree(folder / ".damaged", ignore_errors=True)
    return folder


def _write_manifest(folder: Path) -> None:
    hashes = {path.relative_to(folder).as_posix(): _content_hash(path) for path in folder.rglob("*") if path.is_file()}
    write_atomically(folder / _MANIFEST, json.dumps(hashes, indent=1).encode())


def _intact(folder: Path) -> bool:
    """Whether every file of an entry is what its manifest says; False for anything unreadable."""
    with suppress(OSError, ValueError, TypeError, AttributeError, RecursionError):
        hashes = json.loads((folder / _MANIFEST).read_bytes())
        return bool(hashes) and all(_content_hash(folder / name) == expected for name, expected in hashes.items())
    return False


def _content_hash(path: Path) -> str:
    status = path.stat()
    return _hash_of(path, status.st_ino, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=4096)
def _hash_of(path: Path, inode: int, size: int, modified: int) -> str:
    """SHA-256 of a file; asked for again only when the file has changed."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
