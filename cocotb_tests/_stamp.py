"""Stamps: what a verification leaves behind, so that trust can be looked up.

A stamp is valid where all that can be computed again is still the same: the RTL's text, the model's products, this bench and
the tools' versions; and where the evidence in it, counted in the simulation, is what the model says of the pairs that had to be
tried. Nothing in a stamp is taken on its word. It is found by content; the label in it is for the reader. A failing run leaves
a stamp too, which is never valid, and whose pairs every later sampled run of the same content tries again.
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
from multipliers._cache import trusted, write_atomically

from ._evidence import Evidence
from ._sources import bench_hash
from ._toolchain import versions
from ._tried import MOST_SAMPLES, expected


@dataclass(frozen=True)
class Stamp:
    """The result of one verification and everything that it depends on; `tools` are versions, hashes are SHA-256.

    `widths` are those of the ports a, b and p. `vectors` is the number of distinct pairs in the simulation, and `products` the
    hash of all (a, b, p) as they stood on the ports then, see `Evidence`. `samples`, `seed` and `again`, pairs that had failed
    before, say what was to be tried. `counterexamples` are pairs that failed.
    """

    label: str
    parameters: dict[str, int]
    top: str
    rtl: str
    model: str
    bench: str
    tools: dict[str, str]
    widths: list[int]
    samples: int
    seed: int
    vectors: int
    products: str
    date: str
    again: list[list[int]] = field(default_factory=list)
    counterexamples: list[list[int]] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether no pair failed; whether that says anything, `stamp_of` finds out."""
        return self.vectors > 0 and not self.counterexamples

    @property
    def exhaustive(self) -> bool:
        """Whether as many distinct pairs were simulated as there are."""
        return self.vectors == 1 << (self.widths[0] + self.widths[1])

    @property
    def failed(self) -> list[list[int]]:
        """Pairs that have ever failed."""
        return [list(pair) for pair in sorted({(a, b) for a, b in [*self.again, *self.counterexamples]})]

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

    What it says was seen has to be what the model gives, for all pairs or for the sample that it names, computed anew. `rtl` is
    another Verilog than the multiplier's own. A damaged stamp, or one that another user could have written, is no stamp.
    """
    try:
        rtl = rtl or rtl_of(multiplier)
        digest = rtl.digest
    except (MultiplierError, OSError):
        return None  # without RTL, or without the files that it names
    found = read_stamp(rtl.top, digest, model_hash(multiplier))
    if found is None or not found.passed or found.tools != versions() or found.bench != bench_hash():
        return None
    ports = [port.width for port in (multiplier.a, multiplier.b, multiplier.p)]
    shown = Evidence(found.vectors, found.products)
    return found if found.widths == ports and shown == expected(multiplier, found.samples, found.seed, found.again) else None


def read_stamp(top: str, rtl_digest: str, model: str) -> Stamp | None:
    """The stamp that lies in the cache for this content, passed or not; None if there is none, or a damaged one."""
    with suppress(OSError, ValueError, TypeError, RecursionError):
        stamp = Stamp(**json.loads(trusted(_path(top, rtl_digest, model)).read_bytes()))
        if _well_formed(stamp) and (stamp.top, stamp.rtl, stamp.model) == (top, rtl_digest, model):
            return stamp
    return None


_FIELDS = {
    **dict.fromkeys(("label", "bench", "products", "date"), str),
    **dict.fromkeys(("parameters", "tools"), dict),
    **dict.fromkeys(("samples", "seed", "vectors"), int),
    "widths": list,
}


def _well_formed(stamp: Stamp) -> bool:
    """Whether each field is of the type that it is written with, and numbers are such as a verification can have."""
    pairs = [*stamp.again, *stamp.counterexamples]
    return (
        all(type(getattr(stamp, name)) is kind for name, kind in _FIELDS.items())
        and len(stamp.widths) == 3
        and all(type(width) is int and 0 < width <= 64 for width in stamp.widths)
        and 1 <= stamp.samples <= MOST_SAMPLES
        and stamp.seed >= 0
        and all(len(pair) == 2 and all(type(value) is int for value in pair) for pair in pairs)
    )


def new_stamp(
    multiplier: Multiplier,
    top: str,
    rtl_digest: str,
    seen: Evidence,
    *,
    samples: int,
    seed: int,
    again: list[list[int]],
    counterexamples: list[list[int]],
) -> Stamp:
    """A stamp of now, for a verification in which `seen` was seen."""
    return Stamp(
        label=multiplier.label,
        parameters={name: int(value) for name, value in multiplier.parameters.items()},
        top=top,
        rtl=rtl_digest,
        model=model_hash(multiplier),
        bench=bench_hash(),
        tools=versions(),
        widths=[multiplier.a.width, multiplier.b.width, multiplier.p.width],
        samples=samples,
        seed=seed,
        vectors=seen.pairs,
        products=seen.products,
        date=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        again=again,
        counterexamples=counterexamples,
    )


def model_hash(multiplier: Multiplier) -> str:
    """The multiplier's digest and, where that is of its source and not of a table, a fixed sample of its products as well."""
    text = multiplier.digest.encode()
    if not multiplier.tabulated:
        pairs = sampled(multiplier, 1000)
        text += multiplier(pairs.a, pairs.b).astype("<i8").tobytes()
    return hashlib.sha256(text).hexdigest()


def _path(top: str, rtl_digest: str, model: str) -> Path:
    key = hashlib.sha256(f"{top} {rtl_digest} {model}".encode()).hexdigest()
    return cache_root() / "stamps" / f"{key}.json"
