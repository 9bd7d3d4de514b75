"""Runs faults: each in a copy of the repository, with a copy of the campaign's cache, under a time limit.

The copies are made once for each job; a fault is put in, its tests are run, the file is put back. Compiled kernels and
simulators of sound code are kept from one campaign to the next, in a cache of the campaign's own; a fault works on links to
them, in a folder that is thrown away, so nothing that damaged code wrote is ever used again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from fault_files import ROOT, Fault, FaultError
from fault_server import Server

from multipliers._cache import cache_folder, write_atomically

NOT_THE_FAULT = {
    "py": r"^E .*\b(SyntaxError|IndentationError|ImportError|ModuleNotFoundError|NameError|UnboundLocalError)\b",
    "cpp": r"\.(?:cpp|h):\d+:\d+: (?:fatal )?error:",
    "h": r"\.(?:cpp|h):\d+:\d+: (?:fatal )?error:",
    "v": r"%Error: .*(?:syntax error|Can't find definition)",
}
"""By a file's ending, what the tools say where a fault in it does not even compile: such a test has judged nothing."""

FAILED = re.compile(r"^(?:FAILED|ERROR) (tests/.*?)(?: - .*)?$", re.MULTILINE)


def files(root: Path = ROOT) -> list[str]:
    """What git knows or would take up, as it lies in the working tree."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted({name for name in names if name and (root / name).is_file()})


def copy_tree(target: Path, root: Path = ROOT) -> None:
    """The repository, compiled such that Python compares a module's text and not its time with what was compiled."""
    for name in files(root):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, target / name)
    compiler = ["-m", "compileall", "-q", "--invalidation-mode", "checked-hash"]
    subprocess.run([sys.executable, *compiler, str(target)], check=True, stdout=subprocess.DEVNULL)


def digest(tree: Path, names: Iterable[str], *more: object) -> str:
    """The hash of files and whatever else a result depends on."""
    total = hashlib.sha256(repr(more).encode())
    for name in names:
        total.update(name.encode() + hashlib.sha256((tree / name).read_bytes()).digest())
    return total.hexdigest()[:24]


def key_of(fault: Fault, tree: Path) -> str:
    """What a fault's result is kept under: the fault, the file and its tests' files."""
    names = dict.fromkeys([fault.file, *(test.partition("::")[0] for test in fault.tests)])
    return digest(tree, names, fault.old, fault.new, fault.tests)


def kept(key: str) -> dict | None:
    """A result of an earlier run; None if there is none."""
    with suppress(OSError, ValueError):
        return json.loads((cache_folder("faults", "results") / f"{key}.json").read_text())
    return None


def keep(key: str, result: object) -> None:
    write_atomically(cache_folder("faults", "results") / f"{key}.json", json.dumps(result, indent=1).encode())


def run_pytest(server: Server, tree: Path, cache: Path, arguments: Iterable[str], limit: float) -> tuple[int | None, str]:
    """Exit status, None where time ran out, and output."""
    environment = {"GOLDAXE_CACHE": str(cache), "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    options = ["-q", "-rfE", "--tb=short", "-p", "no:cacheprovider", f"--basetemp={tree.parent / f'{tree.name}-temporary'}"]
    output = tree.parent / f"{tree.name}-output"
    status = server.run(tree, environment, [*options, *arguments], output, limit)
    return status, output.read_text(errors="replace")


def sound_tests(server: Server, tree: Path, tests: Iterable[str], jobs: int, limit: float) -> set[str]:
    """Those of the tests that pass without any fault; they fill the campaign's cache. Raises FaultError for unknown ones."""
    tests = sorted(set(tests))
    key = "sound-" + digest(tree, files_of_copy(tree), tests)
    if (known := kept(key)) is not None:
        return set(known)
    status, output = run_pytest(server, tree, cache_folder("faults", "cache"), [f"-n{jobs}", *tests], limit)
    if status not in (0, 1):
        raise FaultError(f"the tests cannot be run without a fault (exit status {status}):\n{output[-3000:]}")
    failed = FAILED.findall(output)
    sound = [test for test in tests if not any(name == test or name.startswith((f"{test}[", f"{test}::")) for name in failed)]
    if failed:
        print(output[-3000:])
    else:
        keep(key, sound)
    return set(sound)


def files_of_copy(tree: Path) -> list[str]:
    return sorted(str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_file() and path.suffix != ".pyc")


def link_cache(target: Path) -> None:
    """A folder of links to the campaign's cache; half-written entries and locks are left out."""
    source = cache_folder("faults", "cache")
    for folder, folders, names in os.walk(source):
        folders[:] = [name for name in folders if not name.startswith(".")]
        copy = target / Path(folder).relative_to(source)
        copy.mkdir(parents=True, exist_ok=True)
        for name in names:
            if not name.endswith(".lock") and not name.startswith("."):
                with suppress(FileNotFoundError):
                    (copy / name).hardlink_to(Path(folder, name))


def run(fault: Fault, server: Server, tree: Path, limit: float) -> dict:
    """`outcome` ("killed", "survived", "timeout", "invalid"), `by` (the test) and `seconds`."""
    start = time.monotonic()
    path = tree / fault.file
    sound = path.read_bytes()
    work = tree.parent / f"{tree.name}-work"
    try:
        link_cache(work / "cache")
        path.write_text(fault.damaged(tree))
        status, output = run_pytest(server, tree, work / "cache", ["-x", *fault.tests], limit)
    finally:
        path.write_bytes(sound)
        shutil.rmtree(work, ignore_errors=True)
    failed = FAILED.findall(output)
    by = failed[0] if failed else ""
    if status is None:
        outcome = "timeout"
    elif status == 0:
        outcome = "survived"
    elif re.search(NOT_THE_FAULT.get(fault.file.rpartition(".")[2], "$^"), output, re.MULTILINE):
        outcome, by = "invalid", output[-2000:]
    elif failed or status < 0:
        outcome = "killed"
    else:
        outcome, by = "invalid", output[-2000:]
    return {"outcome": outcome, "by": by or (f"signal {-status}" if status and status < 0 else ""),
            "seconds": round(time.monotonic() - start, 1)}  # fmt: skip
