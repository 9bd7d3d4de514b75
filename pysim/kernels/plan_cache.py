"""Compiled plans on disk: safetensors files in the cache folder, each under a hash of all that its content depends on.

An entry may be missing, truncated, altered or another program's. It is used only if its content hash holds and the plan in it
is proved anew; anything else counts as absent. Where the cache folder cannot be used, plans are compiled each time.
"""

from __future__ import annotations

import hashlib
import warnings
from functools import cache
from pathlib import Path
from typing import get_args

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from multipliers import CacheError, cache_folder
from multipliers._cache import write_atomically

from .plan import Kind, Plan
from .planes import Plane

_SOURCES = ("balance", "compiler", "factors", "fitting", "lattice", "plan", "plan_cache", "planes")


def table_hash(table: np.ndarray, a_low: int, b_low: int) -> str:
    """SHA-256 of an int32 table (A, B) and the codes that its indices stand for."""
    return hashlib.sha256(f"{table.shape}{a_low},{b_low};".encode() + table.astype("<i4").tobytes()).hexdigest()


def entry_name(hashed: str, kind: Kind | None) -> str:
    """The entry's name, for a table of that hash and a plan of a forced kind: it depends on the compiler's source, too."""
    return hashlib.sha256(f"{hashed};{kind};{_compiler()}".encode()).hexdigest()


def recall(name: str, table: np.ndarray, hashed: str) -> Plan | None:
    """The plan for `table`, of that hash, that was kept under that name, proved; None if there is none that can be trusted."""
    try:
        content = load((cache_folder("plans") / f"{name}.safetensors").read_bytes())
        digest = content.pop("digest").tobytes()
        if digest != _digest(name, content):
            return None
        planes = tuple(
            Plane(left, right, int(shift), int(offset))
            for left, right, shift, offset in zip(*(content[key] for key in ("left", "right", "shift", "offset")), strict=True)
        )
        kind, rank_table, rank_error = (int(value) for value in content["facts"])
        plan = Plan(
            kind=get_args(Kind)[kind],
            planes=planes,
            column=content["column"],
            table=table,
            table_hash=hashed,
            rank_table=rank_table,
            rank_error=rank_error,
            seconds=float(content["seconds"][0]),
        )
        return plan if plan.proved() else None
    except (OSError, SafetensorError, ValueError, LookupError, TypeError, OverflowError):
        return None


def keep(name: str, plan: Plan) -> None:
    """Write a plan under that name; one warning, and nothing written, where the cache folder cannot be used."""
    height, width = plan.table.shape
    content: dict[str, np.ndarray] = {
        "left": np.array([plane.left for plane in plan.planes], np.int16).reshape(-1, height),
        "right": np.array([plane.right for plane in plan.planes], np.int8).reshape(-1, width),
        "shift": np.array([plane.shift for plane in plan.planes], np.int64),
        "offset": np.array([plane.offset for plane in plan.planes], np.int64),
        "column": plan.column,
        "facts": np.array([get_args(Kind).index(plan.kind), plan.rank_table, plan.rank_error]),
        "seconds": np.array([plan.seconds]),
    }
    content["digest"] = np.frombuffer(_digest(name, content), np.uint8)
    try:
        write_atomically(cache_folder("plans") / f"{name}.safetensors", save(content))
    except CacheError as error:
        _warn_once(str(error))


def _digest(name: str, content: dict[str, np.ndarray]) -> bytes:
    """SHA-256 of an entry's name and all its arrays but the digest itself."""
    parts = [f"{key}{value.dtype}{value.shape}".encode() + value.tobytes() for key, value in sorted(content.items())]
    return hashlib.sha256(b"\0".join([name.encode(), *parts])).digest()


@cache
def _compiler() -> str:
    """SHA-256 of the source that makes plans, so that another version's plans are not taken for this one's."""
    folder = Path(__file__).parent
    return hashlib.sha256(b"\0".join((folder / f"{module}.py").read_bytes() for module in _SOURCES)).hexdigest()


@cache
def _warn_once(message: str) -> None:
    warnings.warn(f"compiled plans are not kept: {message}", stacklevel=4)
