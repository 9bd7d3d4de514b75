"""Which content each name of an imported multiplier stands for, and where it came from: one file beside the contents.

    names      the content that a name stands for now
    contents   every content that has been named, replaced, or given to a command as a file: its products, date and source
    removed    contents that are being removed: what an interrupted removal leaves on the disk is no longer there

`imported/names.json` is written whole, by one process at a time. Contents that it does not know were imported by a version that
had no such file, or it was lost: they go by the name within them, and where two have the same name it has to be said which.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ._cache import _content_hash, cache_folder, cache_root, locked, trusted, write_atomically

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
"""What an imported multiplier may be called."""

KIND = "imported"
"""The folder of contents in the cache folder."""

_HASH = re.compile(r"[0-9a-f]{64}")
_FILE = "names.json"


@dataclass(frozen=True)
class Source:
    """The file that a content was read from: absolute path, SHA-256 and size of its bytes, and the options to read it."""

    path: str
    sha256: str
    size: int
    options: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the file is there and holds other bytes; False for one that is gone or cannot be read."""
        path = Path(self.path)
        with suppress(OSError, ValueError):
            return path.is_file() and (path.stat().st_size != self.size or _content_hash(path) != self.sha256)
        return False

    @property
    def command(self) -> str:
        """What to run to import the file as it is now."""
        return shlex.join(["goldaxe", "import", self.path, *self.options])


def source_of(path: Path, data: bytes, options: Iterable[str]) -> Source:
    """The source of a content that was read from these bytes of a file."""
    return Source(str(path.absolute()), hashlib.sha256(data).hexdigest(), len(data), tuple(options))


@dataclass(frozen=True)
class Record:
    """What is known of a content: its multiplier's digest (empty if not known), when it was imported (UTC), and its source."""

    digest: str = ""
    date: str = ""
    source: Source | None = None


@dataclass
class Index:
    """The file's content, and what lies beside it: `within`, the names within the contents on the disk, by hash."""

    names: dict[str, str] = field(default_factory=dict)
    contents: dict[str, Record] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    within: dict[str, str] = field(default_factory=dict)

    def current(self, name: str) -> list[str]:
        """What a name stands for: one content, none, or several that an earlier version imported under one name."""
        if name in self.names:
            return [self.names[name]]
        return [key for key, other in self.within.items() if other == name and key not in self.contents]

    def called(self, name: str) -> list[str]:
        """All contents that are, or were, called so."""
        return [key for key, other in self.within.items() if other == name]

    def all_names(self) -> list[str]:
        """Every name that stands for a content, in alphabetical order."""
        unknown = {name for key, name in self.within.items() if key not in self.contents}
        return sorted({*self.names, *unknown})

    def date(self, key: str) -> str:
        """When a content was imported, in UTC, or written, where that is not known; empty if it is gone."""
        if key in self.contents and self.contents[key].date:
            return self.contents[key].date
        with suppress(OSError):
            return _date(datetime.fromtimestamp(folder_of(key).stat().st_mtime, timezone.utc))
        return ""


def folder_of(key: str) -> Path:
    """The folder of a content."""
    return cache_root() / KIND / key


def read() -> Index:
    """The index as it is now. What is damaged in it counts as unknown, never as another content.

    Raises CacheError where another user could have written it.
    """
    said: Any = {}
    for path in (cache_root() / KIND, cache_root() / KIND / _FILE):
        if path.exists():
            trusted(path)
    with suppress(OSError, ValueError, RecursionError):
        said = json.loads((cache_root() / KIND / _FILE).read_bytes())
    said = said if isinstance(said, dict) else {}
    removed = said.get("removed")
    index = Index(removed=set(filter(_is_hash, removed)) if isinstance(removed, list) else set())
    contents, names = said.get("contents"), said.get("names")
    if isinstance(contents, dict) and isinstance(names, dict):
        index.contents = {key: _record(about) for key, about in contents.items() if _is_hash(key)}
        index.names = {name: key for name, key in names.items() if NAME.fullmatch(name) and key in index.contents}
    index.within = {key: name for key, name in _within() if key not in index.removed}
    return index


@contextmanager
def changing() -> Iterator[Index]:
    """The index, to be changed by this process alone and written at the end; unchanged where an error is raised.

    Raises CacheError.
    """
    folder = cache_folder(KIND)
    with locked(folder / _FILE):
        index = read()
        _clear(index.removed)
        yield index
        said = {
            "format": 1,
            "names": dict(sorted(index.names.items())),
            "contents": {key: asdict(record) for key, record in sorted(index.contents.items())},
            "removed": sorted(key for key in index.removed if folder_of(key).exists()),
        }
        write_atomically(folder / _FILE, json.dumps(said, indent=1).encode())
        _clear(index.removed)


def now() -> str:
    """The date of a record that is made now."""
    return _date(datetime.now(timezone.utc))


def _date(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _clear(removed: Iterable[str]) -> None:
    """Delete contents that are marked as removed, each first out of sight; what cannot be deleted stays marked."""
    for key in removed:
        folder = folder_of(key)
        with suppress(OSError):
            away = folder.with_name(f".{key}-removed")
            shutil.rmtree(away, ignore_errors=True)
            folder.rename(away)
            shutil.rmtree(away, ignore_errors=True)


def _within() -> Iterator[tuple[str, str]]:
    """Hash and inner name of every content on the disk whose file of names is whole."""
    with suppress(OSError):
        for path in sorted((cache_root() / KIND).iterdir()):
            if _is_hash(path.name):
                with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
                    yield path.name, str(json.loads((path / "about.json").read_bytes())["name"])


def _is_hash(text: object) -> bool:
    return isinstance(text, str) and _HASH.fullmatch(text) is not None


def _record(about: Any) -> Record:
    with suppress(KeyError, TypeError, ValueError):
        said = about["source"]
        options = None if said is None else tuple(map(str, said["options"]))
        source = None if said is None else Source(str(said["path"]), str(said["sha256"]), int(said["size"]), options or ())
        return Record(str(about["digest"]), str(about["date"]), source)
    return Record()
