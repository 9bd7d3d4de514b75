"""Multipliers that users brought: kept beside the cache's other content, found by name, told apart by a hash of their content.

A content is a folder of that hash, with `about.json`, `content.npz` (a netlist or a table) and, for a circuit, `source.v`.
Nothing in it is ever executed or changed, and what is damaged is refused. `_import_index` knows what each name stands for.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ._bits import Operand, to_bits
from ._cache import entry, intact, trusted, write_atomically
from ._errors import MultiplierError, SourceChangedWarning, UnknownMultiplierError
from ._family import SIGNS
from ._import_index import KIND, Index, Record, Source, changing, folder_of, now, read
from ._multiplier import Multiplier
from ._netlist import Netlist
from ._rtl import Rtl, with_core
from ._sign_magnitude import by_magnitude, product_port
from ._users_files import read_arrays, read_file, read_json

_LARGEST = 64 << 20


@dataclass(frozen=True, eq=False)
class Table:
    """Products looked up: `values[a, b]`, indexed by the operands' bit patterns."""

    a: Operand
    b: Operand
    values: np.ndarray

    def __call__(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Products, int64, of operands that fit the ports."""
        return np.asarray(self.values[to_bits(a, self.a), to_bits(b, self.b)], dtype=np.int64)


def content_hash(about: Mapping[str, Any], arrays: Mapping[str, np.ndarray], source: str) -> str:
    """SHA-256 of all that a multiplier is: its ports and Verilog, or its ports and table."""
    parts = [json.dumps(about, sort_keys=True).encode(), source.encode()]
    if not source:
        parts += [np.ascontiguousarray(array).astype("<i8").tobytes() for array in arrays.values()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


@dataclass(frozen=True)
class Kept:
    """A content that is kept: its hash, the label that reaches it, and the hashes of what its name stood for before."""

    key: str
    label: str
    replaced: tuple[str, ...] = ()


def keep(
    about: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    source: str = "",
    *,
    digest: str = "",
    origin: Source | None = None,
    register: bool = True,
) -> Kept:
    """Store a multiplier whole or not at all, and let its name stand for it; raises CacheError.

    What the name stood for before stays, under its hash. Without `register` the name goes on standing for what it did, and
    the multiplier is reached by its hash alone. `digest` is the multiplier's own, and `origin` the file that it was read from.
    """
    name, key = str(about["name"]), content_hash(about, arrays, source)

    def build(folder: Path) -> None:
        write_atomically(folder / "about.json", json.dumps(about, indent=1).encode())
        content: dict[str, Any] = dict(arrays)
        np.savez_compressed(folder / "content.npz", **content)
        if source:
            write_atomically(folder / "source.v", source.encode())

    with changing() as index:
        before = index.current(name)
        entry(KIND, key, build)
        index.removed.discard(key)
        if register:
            index.contents |= {other: Record() for other in before if other not in index.contents}
            index.contents[key] = Record(digest, now(), origin)
            index.names[name] = key
        elif key not in index.within:
            index.contents[key] = Record(digest, now(), origin)
    replaced = tuple(other for other in before if other != key) if register else ()
    return Kept(key, name if register or before == [key] else label_of(name, key), replaced)


def name_again(name: str, key: str) -> None:
    """Let a name stand for a content that it stood for before; raises CacheError."""
    with changing() as index:
        if key in index.contents:
            index.names[name] = key


def label_of(name: str, key: str) -> str:
    """The label of a content that its name need not stand for."""
    return f"{name}@{key[:8]}"


def find(label: str) -> Multiplier | None:
    """The imported multiplier of a label: NAME, or NAME@HASH with the first letters of its hash; signs may follow the name.

    None if there is none; raises UnknownMultiplierError if the label fits several, or one that is damaged. Warns, once in a
    process for each multiplier, where a name's source file is not what it was at the import; NAME@HASH asks for a content.
    """
    name, _, start = label.partition("@")
    index = read()
    for suffix in ("", "us", "su", "s"):
        base = name.removesuffix(suffix)
        if suffix and base == name:
            continue
        keys = [key for key in index.called(base) if key.startswith(start)] if start else index.current(base)
        if len(keys) > 1:  # a damaged one is no choice
            keys = [key for key in keys if intact(folder_of(key))] or keys
        if len(keys) > 1:
            choices = ", ".join(label_of(base, key) for key in keys)
            again = "" if start else ", or import its file again, which settles it"
            raise UnknownMultiplierError(f"several imported multipliers are called {base!r}: say {choices}{again}")
        if keys:
            found = _whole(base, keys[0], index)
            if start:
                found = replace(found, label=label_of(base, keys[0]))
            else:
                _warn_of_change(base, keys[0], index)
            return with_imported_signs(found, *SIGNS[suffix]) if suffix else found
    return None


_told: set[tuple[str, str]] = set()
"""Contents and files of which this process has said that they differ."""


def _warn_of_change(name: str, key: str, index: Index) -> None:
    source = index.contents.get(key, Record()).source
    if source is None or (key, source.path) in _told or not source.changed:
        return
    _told.add((key, source.path))
    then = f"{label_of(name, key)} of {index.date(key)} UTC"
    text = f"{name}: {source.path} has changed since it was imported, and {then} is used; to use the file as it is now: "
    warnings.warn(text + source.command, SourceChangedWarning, stacklevel=5)


def _whole(name: str, key: str, index: Index) -> Multiplier:
    """The multiplier of a hash; raises UnknownMultiplierError if it is damaged or gone."""
    if intact(folder_of(key)):
        return load(key)
    source = index.contents.get(key, Record()).source
    again = f": {source.command}" if source else ""
    raise UnknownMultiplierError(
        f"the imported multiplier {label_of(name, key)} is damaged or gone from the cache folder; import it again{again}"
    )


def load(key: str) -> Multiplier:
    """The imported multiplier of a hash; raises MultiplierError if it cannot be read, CacheError if another user could have
    written it."""
    folder = trusted(folder_of(key), entry=True)
    try:
        about = read_json(read_file(folder / "about.json", _LARGEST))
        content = read_arrays(read_file(folder / "content.npz", _LARGEST), "content.npz", _LARGEST)
        source = read_file(folder / "source.v", _LARGEST).decode() if "gates" in content else ""
        return made(about, content, source)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MultiplierError(f"the imported multiplier {key[:8]} cannot be read ({error}); import it anew") from error


def made(about: Mapping[str, Any], arrays: Mapping[str, np.ndarray], source: str = "") -> Multiplier:
    """The multiplier of such content, whether or not it is kept."""
    name, key = about["name"], content_hash(about, arrays, source)
    a, b, p = (Operand(*about["ports"][port]) for port in "abp")
    if "table" in arrays:
        return Multiplier(name, a, b, p, Table(a, b, arrays["table"]), source_hash=key)
    function = Netlist(a, b, p, arrays["gates"], arrays["outputs"])
    verilog = _wrapped(name, about["verilog"], (a, b, p), source)
    return Multiplier(name, a, b, p, function, source_hash=key, verilog=verilog)


def is_imported(multiplier: Multiplier) -> bool:
    """Whether a multiplier is one of these, with the signs that it was imported with."""
    return isinstance(multiplier.function, Netlist | Table)


def with_imported_signs(multiplier: Multiplier, a_signed: bool, b_signed: bool) -> Multiplier:
    """Signed operands on an imported unsigned multiplier, by sign and magnitude; raises MultiplierError for a signed one."""
    if multiplier.a.signed or multiplier.b.signed:
        raise MultiplierError(f"{multiplier.label}: its operands' signs are those of the circuit, and cannot be changed")
    a, b = Operand(multiplier.a.width, a_signed), Operand(multiplier.b.width, b_signed)
    suffix = next(suffix for suffix, pair in SIGNS.items() if pair == (a_signed, b_signed))
    port = product_port(a, b, multiplier.p.width)
    function = by_magnitude(multiplier.function)
    name, at, start = multiplier.label.partition("@")
    signed = Multiplier(name + suffix + at + start, a, b, port, function, source_hash=multiplier.source_hash)
    if multiplier.verilog is None:
        return signed
    return replace(signed, verilog=with_core(signed, multiplier.verilog, multiplier.p.width))


def _wrapped(name: str, about: Mapping[str, Any], ports: tuple[Operand, Operand, Operand], source: str) -> Rtl:
    """The circuit with ports called as in our own Verilog. Bits that nothing reads may stay undriven: netlists have such."""
    a, b, p = (port.width - 1 for port in ports)
    inner = about["ports"]
    top = f"goldaxe_{name}"
    text = f"""// {name}: an imported circuit. Generated.
/* verilator lint_off UNDRIVEN */
module {top} (
    input  wire [{a}:0] a_i,
    input  wire [{b}:0] b_i,
    output wire [{p}:0] p_o
);
  {about["top"]} u_circuit (.{inner[0]}(a_i), .{inner[1]}(b_i), .{inner[2]}(p_o));
endmodule
"""
    return Rtl(top, f"{text}\n{source}", ())
