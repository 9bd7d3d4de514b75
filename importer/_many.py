"""Many circuits in one go: a library's folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cocotb_tests import SimulatorError
from cocotb_tests._process import in_parallel
from multipliers import CacheError, MultiplierError

from ._errors import VerilogError
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
    progress: Callable[[Attempt], None] | None = None,
) -> list[Attempt]:
    """Import one circuit from each Verilog file, one at a time for each processor; `progress` hears of each as it ends.

    What is refused is refused alone. A library repeats circuits under several names and folders, and a circuit that is there
    already is imported again without harm. Missing programs and an unusable cache folder raise as in `import_verilog`.
    """
    tasks = [partial(_attempt, path, signed, exhaustive) for path in paths]
    jobs = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return in_parallel(tasks, jobs, progress)


def _attempt(path: Path, signed: bool | None, exhaustive: bool) -> Attempt:
    try:
        return Attempt(path, import_verilog(path, signed=signed, exhaustive=exhaustive))
    except CacheError:  # an OSError as well, but one that concerns all
        raise
    except OSError as error:
        return Attempt(path, None, f"cannot read {str(path)!r}: {error.strerror or error}")
    except (VerilogError, SimulatorError, MultiplierError) as error:
        return Attempt(path, None, str(error))
