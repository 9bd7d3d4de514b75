"""Stamps: what a verification leaves behind, so that trust can be looked up.

A stamp is valid where all that can be computed again is still the same: the RTL's text, the model's products, this bench and
the tools' versions. It is found by content; the label in it is for the reader. A failing run leaves a stamp too, which is
never valid, and whose pairs every later sampled run of the same content tries again.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from multipliers import Multiplier, MultiplierError, Rtl, cache_folder, cache_root, sampled
from multipliers import rtl as rtl_of
from multipliers._cache import write_atomically

from ._toolchain import versions


@dataclass(frozen=True)
class Stamp:
    """The result of one verification and everything that it depends on; `tools` are versions, hashes are SHA-256."""

    label: str
    parameters: dict[str, int]
    top: str
    rtl: str
    model: str
    bench: str
    tools: dict[str, str]
    vectors: int
    exhaustive: bool
    passed: bool
    date: str
    counterexamples: list[list[int]] = field(default_factory=list)

    @property
    def path(self) -> Path:
        """Where this stamp lies in the cache."""
        return _path(self.top, self.rtl, self.model)

    def write(self) -> Path:
        """Write the stamp, whole or not at all; raises CacheError."""
        cache_folder("stamps")
        write_atomically(self.path, json.dumps(asdict(self), indent=1).encode())
        return self.path


def stamp_of(multiplier: Multiplier, rtl: Rtl | None = None) -> Stamp | None:
    """The stamp of a passed verification of just this RTL, model, bench and tools, or None: not verified.

    `rtl` is another Verilog than the multiplier's own. A damaged stamp is no stamp.
    """
    try:
        rtl = rtl or rtl_of(multiplier)
        digest = rtl.digest
    except (MultiplierError, OSError):
        return None  # without RTL, or without the files that it names
    found = read_stamp(rtl.top, digest, model_hash(multiplier))
    return found if found is not None and found.passed and found.tools == versions() and found.bench == bench_hash() else None


def read_stamp(top: str, rtl_digest: str, model: str) -> Stamp | None:
    """The stamp that lies in the cache for this content, passed or not; None if there is none, or a damaged one."""
    with suppress(OSError, ValueError, TypeError, RecursionError):
        stamp = Stamp(**json.loads(_path(top, rtl_digest, model).read_bytes()))
        if _well_formed(stamp) and (stamp.top, stamp.rtl, stamp.model) == (top, rtl_digest, model):
            return stamp
    return None


def _well_formed(stamp: Stamp) -> bool:
    """Whether each field is of the type that it is written with."""
    fields = {"label": str, "date": str, "parameters": dict, "tools": dict, "vectors": int, "exhaustive": bool, "passed": bool}
    pairs = stamp.counterexamples
    return all(type(getattr(stamp, name)) is kind for name, kind in fields.items()) and all(
        len(pair) == 2 and all(type(value) is int for value in pair) for pair in pairs
    )


def new_stamp(multiplier: Multiplier, top: str, rtl_digest: str, *, vectors: int, exhaustive: bool) -> Stamp:
    """A stamp of now, for a verification that passed."""
    return Stamp(
        label=multiplier.label,
        parameters={name: int(value) for name, value in multiplier.parameters.items()},
        top=top,
        rtl=rtl_digest,
        model=model_hash(multiplier),
        bench=bench_hash(),
        tools=versions(),
        vectors=vectors,
        exhaustive=exhaustive,
        passed=True,
        date=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )


def model_hash(multiplier: Multiplier) -> str:
    """The multiplier's digest and, where that is of its source and not of a table, a fixed sample of its products as well."""
    text = multiplier.digest.encode()
    if not multiplier.tabulated:
        pairs = sampled(multiplier, 1000)
        text += multiplier(pairs.a, pairs.b).astype("<i8").tobytes()
    return hashlib.sha256(text).hexdigest()


def bench_hash() -> str:
    """SHA-256 of the code that verifies: all of this package."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()


def _path(top: str, rtl_digest: str, model: str) -> Path:
    key = hashlib.sha256(f"{top} {rtl_digest} {model}".encode()).hexdigest()
    return cache_root() / "stamps" / f"{key}.json"
