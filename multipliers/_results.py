"""What a command may write over, by one rule.

What is made again in seconds (a picture, a table, a page, a lowered program) replaces a file that the user named, and the
command says so. What took minutes (trained networks, checkpoints, co-simulated layers, measured times) is never replaced
without `--overwrite`; that is refused before any work is done.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class ResultExistsError(ValueError):
    """A result that took minutes is in the way; the message is one sentence that names it and the way out."""


def refuse_existing(paths: Iterable[Path], way_out: str = "--overwrite replaces it") -> None:
    """Raise ResultExistsError for the first of `paths` that exists; a link to nowhere counts, too."""
    for path in paths:
        if path.exists() or path.is_symlink():
            raise ResultExistsError(f"{path} is there already, and took long to make: {way_out}, or name another place")


def replaceable(path: Path) -> bool:
    """Whether a file is there that a quick result will replace.

    Raises ValueError, before any work, for what is no file, and for a folder that is missing.
    """
    if not path.absolute().parent.is_dir():
        raise ValueError(f"cannot write {path}: its folder does not exist")
    if path.exists() and not path.is_file():
        raise ValueError(f"cannot write {path}: it is there and is no file")
    return path.exists()
