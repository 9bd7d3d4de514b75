"""Many circuits in one go: a library's folder."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from cocotb_tests import SimulatorError
from cocotb_tests._process import in_parallel
from multipliers import CacheError, MultiplierError
from multipliers._import_index import Index, read
from multipliers._imported import name_again

from ._errors import VerilogError
from ._library import replaced
from ._verilog import Imported, import_verilog


@dataclass(frozen=True)
class Attempt:
    """A file, and what it was imported as, or the sentence that says why not."""

    path: Path
    imported: Imported | None
    error: str = ""


def verilog_files(paths: Iterable[Path]) -> list[Path]:
    """The paths, and instead of a folder all .v and .sv files in it, at any depth, in order of name.

    Raises VerilogError for a folder without any, and OSError if it cannot be read.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(file for file in path.rglob("*") if file.suffix in (".v", ".sv") and file.is_file())
        if not inside:
            raise VerilogError(f"the folder {str(path)!r} has no .v or .sv files")
        found += inside
    return found


def import_many(
    paths: Iterable[Path],
    *,
    signed: bool | None = None,
    exhaustive: bool = False,
    register: bool = True,
    progress: Callable[[Attempt], None] | None = None,
) -> list[Attempt]:
    """Import one circuit from each Verilog file, one at a time for each processor; `progress` hears of each as it ends.

    What is refused is refused alone. A library repeats circuits under several names and folders: a name that several files have
    stands for the last one's. Raises VerilogError for no files; missing programs and an unusable cache folder raise as in
    `import_verilog`, whose `register` this is.
    """
    before = read() if register else None
    tasks = [partial(_attempt, path, signed, exhaustive, register) for path in paths]
    if not tasks:
        raise VerilogError("no Verilog file was named")
    jobs = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    attempts = in_parallel(tasks, jobs, progress)
    return attempts if before is None else _in_order(attempts, before)


def _in_order(attempts: list[Attempt], before: Index) -> list[Attempt]:
    """The attempts as if each had been made behind the one before it, whichever was done first."""
    latest: dict[str, list[str]] = {}
    ordered = []
    counts = Counter(attempt.imported.multiplier.label for attempt in attempts if attempt.imported)
    for attempt in attempts:
        done = attempt.imported
        if done is not None and counts[name := done.multiplier.label] > 1:
            earlier = [key for key in latest.get(name, before.current(name)) if key != done.digest]
            latest[name] = [done.digest]
            done = replace(done, replaced=replaced(name, earlier, done.multiplier.digest))
        ordered.append(replace(attempt, imported=done))
    for name, (key,) in latest.items():
        name_again(name, key)
    return ordered


def _attempt(path: Path, signed: bool | None, exhaustive: bool, register: bool) -> Attempt:
    try:
        return Attempt(path, import_verilog(path, signed=signed, exhaustive=exhaustive, register=register))
    except CacheError:  # an OSError as well, but one that concerns all
        raise
    except OSError as error:
        return Attempt(path, None, f"cannot read {str(path)!r}: {error.strerror or error}")
    except (VerilogError, SimulatorError, MultiplierError) as error:
        return Attempt(path, None, str(error))
