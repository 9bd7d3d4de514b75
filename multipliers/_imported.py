"""Multipliers that users brought: kept beside the cache's other content, found by name, told apart by a hash of their content.

An entry is a folder named by that hash, with `about.json`, `content.npz` (a netlist or a table) and, for a circuit, `source.v`.
Nothing in it is ever executed, and a damaged entry is no entry.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ._bits import Operand, to_bits
from ._cache import _intact, cache_root, entry, write_atomically
from ._errors import MultiplierError, UnknownMultiplierError
from ._family import SIGNS
from ._files import read_arrays, read_file, read_json
from ._multiplier import Multiplier
from ._netlist import Netlist
from ._rtl import Rtl, with_core
from ._sign_magnitude import by_magnitude, product_port

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
"""What an imported multiplier may be called."""

_KIND = "imported"
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


def keep(about: Mapping[str, Any], arrays: Mapping[str, np.ndarray], source: str = "") -> str:
    """Store a multiplier whole or not at all, and return its hash; raises CacheError."""
    key = content_hash(about, arrays, source)

    def build(folder: Path) -> None:
        write_atomically(folder / "about.json", json.dumps(about, indent=1).encode())
        content: dict[str, Any] = dict(arrays)
        np.savez_compressed(folder / "content.npz", **content)
        if source:
            write_atomically(folder / "source.v", source.encode())

    entry(_KIND, key, build)
    return key


def imported() -> dict[str, str]:
    """Names of the imported multipliers by their hashes."""
    found = {}
    with suppress(OSError):
        for path in sorted((cache_root() / _KIND).glob("[0-9a-f]*")):
            with suppress(OSError, ValueError, KeyError, TypeError):
                if path.is_dir() and _intact(path):
                    found[path.name] = str(read_json(read_file(path / "about.json", _LARGEST))["name"])
    return found


def find(label: str) -> Multiplier | None:
    """The imported multiplier of a label: NAME, or NAME@HASH with the first letters of its hash; signs may follow the name.

    None if there is none; raises UnknownMultiplierError if the label fits several.
    """
    name, _, start = label.partition("@")
    known = imported()
    for suffix in ("", "us", "su", "s"):
        base = name.removesuffix(suffix)
        if suffix and base == name:
            continue
        keys = [key for key, other in known.items() if other == base and key.startswith(start)]
        if len(keys) > 1:
            choices = ", ".join(f"{base}@{key[:8]}" for key in keys)
            raise UnknownMultiplierError(f"several imported multipliers are called {base!r}: say {choices}")
        if keys:
            found = load(keys[0])
            if start:
                found = replace(found, label=f"{base}@{keys[0][:8]}")
            return with_imported_signs(found, *SIGNS[suffix]) if suffix else found
    return None


def load(key: str) -> Multiplier:
    """The imported multiplier of a hash; raises MultiplierError if it cannot be read."""
    folder = cache_root() / _KIND / key
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
