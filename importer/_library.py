"""What has been imported: names, the contents that they stand for, and where these came from; and how to remove them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from multipliers import MultiplierError, Operand, UnknownMultiplierError
from multipliers._cache import intact
from multipliers._import_index import Index, changing, folder_of, read
from multipliers._imported import label_of, load


@dataclass(frozen=True)
class Content:
    """One content under one label: a name, or NAME@HASH.

    `file` is what it was read from (None where that is not known), `date` when, in UTC, and `changed` whether the file is
    there and holds other bytes now (None where no file is known). A damaged content cannot be used, and says so.
    """

    label: str
    hash: str
    file: str | None
    date: str
    changed: bool | None
    damaged: bool


@dataclass(frozen=True)
class Entry:
    """One multiplier, which is its ports and its products, under all of its names, the first imported first.

    Each name has a content of its own, since two circuits with the same products may differ in their Verilog, and so in cost.
    `ports` are those of a, b and p, none if its content is damaged.
    """

    digest: str
    ports: tuple[Operand, Operand, Operand] | None
    verilog: bool
    names: tuple[Content, ...]

    @property
    def name(self) -> str:
        """The name that it was first imported under."""
        return self.names[0].label

    @property
    def aliases(self) -> tuple[str, ...]:
        """Its other names."""
        return tuple(content.label for content in self.names[1:])


def library() -> list[Entry]:
    """All imported multipliers, in order of their first names."""
    index = read()
    found: dict[str, list[tuple[Content, Entry]]] = {}
    for name in index.all_names():
        keys = index.current(name)
        for key in keys:
            content = _content(index, name if len(keys) == 1 else label_of(name, key), key)
            entry = _entry(index, content)
            found.setdefault(entry.digest, []).append((content, entry))
    entries = []
    for rows in found.values():
        rows.sort(key=lambda row: (row[0].date, row[0].label))
        entry = rows[0][1]
        entries.append(Entry(entry.digest, entry.ports, entry.verilog, tuple(content for content, _ in rows)))
    return sorted(entries, key=lambda entry: entry.name)


def by_hash_only() -> list[Content]:
    """Contents that no name stands for: replaced ones, and files that were given to a command in place of a name."""
    index = read()
    named = {key for name in index.all_names() for key in index.current(name)}
    left = [(name, key) for key, name in index.within.items() if key not in named]
    return [_content(index, label_of(name, key), key) for name, key in sorted(left)]


def remove(names: Iterable[str]) -> list[Content]:
    """Remove names with all that they ever stood for, or single contents, NAME@HASH; return what was removed.

    All or nothing: raises UnknownMultiplierError, with suggestions, for a name that is none, and CacheError.
    """
    with changing() as index:
        gone: dict[str, Content] = {}
        for name in names:
            base, _, start = name.partition("@")
            keys = [key for key in index.called(base) if key.startswith(start)]
            if not start and base in index.names:
                keys = sorted({*keys, index.names[base]})
            if not keys:
                raise UnknownMultiplierError(f"no imported multiplier is called {name!r}{_suggestion(name, index)}")
            if start and len(keys) > 1:
                choices = ", ".join(f"{base}@{key}" for key in keys)
                raise UnknownMultiplierError(f"several contents of {base!r} begin with {start!r}: say {choices}")
            for key in keys:
                current = index.current(base) == [key]
                gone[key] = _content(index, base if current else label_of(base, key), key)
        if not gone:
            raise MultiplierError("name at least one imported multiplier")
        for key in gone:
            index.removed.add(key)
            index.contents.pop(key, None)
        index.names = {name: key for name, key in index.names.items() if key not in gone}
    return list(gone.values())


@dataclass(frozen=True)
class Replaced:
    """What a name stood for before an import: the label that reaches it, and whether it has the same ports and products."""

    label: str
    same_products: bool


def replaced(name: str, keys: Iterable[str], digest: str) -> tuple[Replaced, ...]:
    """Contents that an import under a name has replaced, beside the digest of what it stands for now."""
    index = read()
    found = []
    for key in keys:
        content = _content(index, label_of(name, key), key)
        found.append(Replaced(content.label, _entry(index, content).digest == digest))
    return tuple(found)


def aliases(name: str, digest: str) -> tuple[str, ...]:
    """The other names of a multiplier with these ports and products."""
    index = read()
    keys = {other: key for other, key in index.names.items() if other != name and key in index.contents}
    return tuple(other for other, key in sorted(keys.items()) if index.contents[key].digest == digest)


def options_of(chosen: Mapping[str, str | None], signed: bool | None, by_value: bool = False) -> list[str]:
    """The command line's options of an import, to be told when its file has changed."""
    options = [word for option, value in chosen.items() if value is not None for word in (option, value)]
    options += [] if signed is None else ["--signed" if signed else "--unsigned"]
    return options + ["--by-value"] * by_value


def _content(index: Index, label: str, key: str) -> Content:
    record = index.contents.get(key)
    source = None if record is None else record.source
    file, changed = (None, None) if source is None else (source.path, source.changed)
    return Content(label, key, file, index.date(key), changed, not intact(folder_of(key)))


def _entry(index: Index, content: Content) -> Entry:
    """The entry of one content by itself."""
    if not content.damaged:
        try:
            multiplier = load(content.hash)
            record = index.contents.get(content.hash)
            digest = (record.digest if record else "") or multiplier.digest
            ports = multiplier.a, multiplier.b, multiplier.p
            return Entry(digest, ports, multiplier.verilog is not None, (content,))
        except MultiplierError:
            pass
    return Entry(content.hash, None, False, (content,))


def _suggestion(name: str, index: Index) -> str:
    known = [*index.all_names(), *(label_of(inner, key) for key, inner in index.within.items())]
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f"; did you mean {', '.join(close)}?" if close else "; goldaxe list --imported shows what there is"
