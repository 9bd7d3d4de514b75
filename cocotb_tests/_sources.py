"""Which of our files a verdict depends on: all of this package, and what it imports, found by reading the imports."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

HERE = "cocotb_tests"
PACKAGES = (HERE, "multipliers")
"""Where imports are followed to. What else a verdict depends on has hashes of its own (the Verilog, the model) or versions."""

ROOT = Path(__file__).parents[1]


def bench_hash(root: Path = ROOT) -> str:
    """SHA-256 of the names and contents of `sources(root)`."""
    total = hashlib.sha256()
    for path in sources(root):
        content = path.read_bytes()
        total.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()


def sources(root: Path = ROOT) -> list[Path]:
    """All files of this package, of any kind, and the modules of `PACKAGES` that they import, directly or not, in order.

    Families are in no import: a package finds them by looking, and a multiplier's own hash stands for its family.
    """
    found: set[Path] = set()
    own = (root / HERE).rglob("*")
    waiting = [path for path in own if path.is_file() and not path.name.startswith(".") and path.suffix != ".pyc"]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        if path.suffix == ".py":
            module = path.relative_to(root).with_suffix("").parts
            for name in _imports(path.read_bytes(), module):
                waiting += _files(root, name)
    return sorted(found)


def _files(root: Path, name: str) -> Iterator[Path]:
    """The files that importing a dotted name runs: its packages' and its own. An attribute of a module has none."""
    parts = name.split(".")
    if parts[0] in PACKAGES:
        for length in range(1, len(parts) + 1):
            place = root.joinpath(*parts[:length])
            yield from (path for path in (place / "__init__.py", place.with_suffix(".py")) if path.is_file())


@lru_cache(maxsize=512)
def _imports(text: bytes, module: tuple[str, ...]) -> tuple[str, ...]:
    """The dotted names that a module's text imports, wherever in it; `from x import y` may be a module y."""
    names = []
    package = module[:-1]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) + 1 - node.level] if node.level else ()
            origin = ".".join((*start, *filter(None, [node.module])))
            names += [origin, *(f"{origin}.{alias.name}" for alias in node.names)]
    return tuple(names)
