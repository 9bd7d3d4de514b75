"""Multipliers as a user names them, in every command alike: labels; files of Verilog or of a table; folders of Verilog.

A file is read, checked and simulated as `goldaxe import` does it, and kept under its hash alone: no name stands for it, its
label is NAME@HASH (NAME where that was imported from the same text), and what a run writes down names file and hash.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from multipliers import Multiplier, MultiplierError, UnknownMultiplierError, get
from multipliers._import_index import read

VERILOG = (".v", ".sv")
TABLES = (".npy", ".csv", ".h", ".bin")
_PANEL = "Multipliers given as files"


def _option(*names: str, help: str) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=_PANEL)


@dataclass(frozen=True)
class Reading:
    """How files are read that stand for multipliers: the options of `goldaxe import`, with its defaults."""

    top: Annotated[str | None, _option("--top", help="The module; by default that which no other instantiates.")] = None
    a: Annotated[str | None, _option("--a", help="Port of the activation; A by default.")] = None
    b: Annotated[str | None, _option("--b", help="Port of the weight; B by default.")] = None
    p: Annotated[str | None, _option("--p", help="Port of the product; the output by default.")] = None
    signed: Annotated[bool | None, _option("--signed/--unsigned", help="Of the operands; a table has to say.")] = None
    order: Annotated[
        str | None, _option("--order", help="Of a table: ab if its first index is the activation, ba if it is the weight.")
    ] = None
    by_value: Annotated[bool, _option("--by-value", help="Of a table: in the order of signed values, not of bits.")] = False
    dtype: Annotated[str | None, _option("--dtype", help="What a .bin file holds, as int32.")] = None


def takes_files(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `Reading` in place of its parameter `reading`, but for those that it has itself."""
    signature = inspect.signature(command, eval_str=True)
    own = signature.parameters
    hints = inspect.get_annotations(Reading, eval_str=True)
    options = [
        inspect.Parameter(item.name, inspect.Parameter.KEYWORD_ONLY, default=item.default, annotation=hints[item.name])
        for item in fields(Reading)
        if item.name not in own
    ]

    @wraps(command)
    def with_reading(**given: Any) -> None:
        chosen = {option.name: given.pop(option.name) for option in options}
        command(**given, reading=Reading(**chosen))

    others = [item.replace(kind=inspect.Parameter.KEYWORD_ONLY) for item in own.values() if item.name != "reading"]
    parameters = [*others, *options]
    with_reading.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    with_reading.__annotations__ = {item.name: item.annotation for item in parameters}
    return with_reading


@dataclass(frozen=True)
class Given:
    """A multiplier as it was named, and the file, if it was one."""

    multiplier: Multiplier
    file: Path | None = None

    @property
    def about(self) -> dict[str, dict[str, str | None]]:
        """For JSON: the hash of an imported multiplier's content, and the file that it is of; nothing for the library's own."""
        key, index = self.multiplier.source_hash, read()
        if key not in index.within:
            return {}
        record = index.contents.get(key)
        known = None if record is None or record.source is None else record.source.path
        file = known if self.file is None else str(self.file.absolute())
        return {"imported": {"file": file, "hash": key}}


def given(names: Iterable[str], find: Callable[[str], Multiplier] = get, reading: Reading | None = None) -> list[Given]:
    """The multipliers of labels, files and folders, in that order, each once and under a label of its own.

    `find` finds labels, which come before folders of that name.

    Raises UnknownMultiplierError for a label that is none, and as `importer.import_verilog` and `import_table` do.
    """
    found: dict[str, Given] = {}
    for name in names:
        for one in _found(name, find, reading or Reading()):
            key = one.multiplier.source_hash if one.file is not None else name
            found.setdefault(key, one)
    if not found:
        raise MultiplierError("name at least one multiplier")
    labels = Counter(one.multiplier.label for one in found.values())
    return [_with_hash(one) if one.file is not None and labels[one.multiplier.label] > 1 else one for one in found.values()]


def named(names: Iterable[str], find: Callable[[str], Multiplier] = get, reading: Reading | None = None) -> list[Multiplier]:
    """The multipliers of `given`, where it does not matter how they were named."""
    return [one.multiplier for one in given(names, find, reading)]


def single(name: str, find: Callable[[str], Multiplier] = get, reading: Reading | None = None) -> Given:
    """The multiplier of a label or file; raises as `given` does, and MultiplierError for a folder of several."""
    try:
        return Given(find(name)) if not is_file(name) else given([name], find, reading)[0]
    except UnknownMultiplierError:
        if not Path(name).is_dir():
            raise
    raise MultiplierError(f"{name} is a folder; name one multiplier, or one of its files")


def is_file(name: str) -> bool:
    """Whether a name is one of a file, whether or not there is such a file: labels have no suffixes."""
    return Path(name).suffix in (*VERILOG, *TABLES)


def _found(name: str, find: Callable[[str], Multiplier], reading: Reading) -> list[Given]:
    if is_file(name):
        path = Path(name)
        return [Given(_verilog(path, reading) if path.suffix in VERILOG else _table(path, reading), path)]
    try:
        return [Given(find(name))]
    except UnknownMultiplierError:
        if not Path(name).is_dir():
            raise
    return _folder(Path(name), reading)


def _verilog(path: Path, reading: Reading) -> Multiplier:
    from importer import VerilogError, import_verilog

    top, a, b, p, signed = reading.top, reading.a, reading.b, reading.p, reading.signed
    try:
        return import_verilog(path, top=top, a=a, b=b, p=p, signed=signed, register=False).multiplier
    except FileNotFoundError:
        raise VerilogError(f"cannot read {str(path)!r}: no such file") from None


def _table(path: Path, reading: Reading) -> Multiplier:
    from importer import TableError, import_table

    if reading.order is None or reading.signed is None:
        raise TableError(f"{path.name}: say --order ab or ba (what its first index is), and --signed or --unsigned")
    order, signed, by_value, dtype = reading.order, reading.signed, reading.by_value, reading.dtype
    return import_table(path, order=order, signed=signed, by_value=by_value, dtype=dtype, register=False)


def _folder(path: Path, reading: Reading) -> list[Given]:
    from importer import VerilogError, import_many, verilog_files

    found = []
    for attempt in import_many(verilog_files([path]), signed=reading.signed, register=False):
        if attempt.imported is None:
            raise VerilogError(attempt.error)
        found.append(Given(attempt.imported.multiplier, attempt.path))
    return found


def _with_hash(one: Given) -> Given:
    label = one.multiplier.label.partition("@")[0]
    return replace(one, multiplier=replace(one.multiplier, label=f"{label}@{one.multiplier.source_hash[:8]}"))
