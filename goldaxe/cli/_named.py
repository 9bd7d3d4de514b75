"""Multipliers as a user names them: labels, and files or folders of Verilog, which are imported first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from multipliers import Multiplier, MultiplierError, get


def named(names: Iterable[str], find: Callable[[str], Multiplier] = get) -> list[Multiplier]:
    """The multipliers of labels, .v and .sv files, and folders of such, in that order, each once and under a label of its own.

    `find` finds labels.

    Raises UnknownMultiplierError for a label that is none, and as `importer.import_verilog` does.
    """
    found: dict[str, Multiplier] = {}
    for name in names:
        if name.endswith((".v", ".sv")) or Path(name).is_dir():
            found.update(_imported(Path(name)))
        else:
            found[name] = find(name)
    if not found:
        raise MultiplierError("name at least one multiplier")
    labels = Counter(multiplier.label for multiplier in found.values())
    return [_with_hash(one) if labels[one.label] > 1 else one for one in found.values()]


def _imported(path: Path) -> dict[str, Multiplier]:
    """The multipliers of a file or folder by their contents' hashes."""
    from importer import VerilogError, import_many, verilog_files

    found = {}
    for attempt in import_many(verilog_files([path])):
        if attempt.imported is None:
            raise VerilogError(attempt.error)
        found[attempt.imported.digest] = attempt.imported.multiplier
    return found


def _with_hash(multiplier: Multiplier) -> Multiplier:
    return replace(multiplier, label=f"{multiplier.label}@{multiplier.source_hash[:8]}")
