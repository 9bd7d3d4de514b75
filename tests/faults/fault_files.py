"""The faults of the campaign: single mistakes, one entry each in the TOML files beside this module.

An entry is a table `[[fault]]` with

- `file`: a file of the repository, `old`: text that occurs exactly once in it, `new`: what the mistake makes of it;
- `tests`: pytest's files or node ids, the cheapest first, of which one at least has to fail;
- `name` (optional): what it is called in reports, one of a kind;
- `equivalent` (optional): why nobody can see this fault. It is run all the same, and not counted.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest brings it

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


class FaultError(ValueError):
    """An entry that cannot be used; the message names it."""


@dataclass(frozen=True)
class Fault:
    """One entry; `area` is the name of its TOML file without the ending."""

    area: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    name: str = ""
    equivalent: str = ""

    @property
    def title(self) -> str:
        """What reports call it: its name, or what it changes."""
        return self.name or f"{' '.join(self.old.split())} -> {' '.join(self.new.split()) or 'nothing'}"

    def damaged(self, root: Path = ROOT) -> str:
        """The file's text with the fault in it."""
        text = (root / self.file).read_text()
        if (count := text.count(self.old)) != 1:
            raise FaultError(f"{self.area}.toml: {self.file} has {self.old!r} {count} times, not once")
        return text.replace(self.old, self.new)


def read(root: Path = ROOT) -> list[Fault]:
    """All faults, in the order of the files and their entries; raises FaultError."""
    faults = []
    for path in sorted((root / "tests" / "faults").glob("*.toml")):
        content = tomllib.loads(path.read_text())
        for entry in content["fault"]:
            tests = entry.pop("tests", None)
            if not isinstance(tests, list) or not tests:
                raise FaultError(f"{path.name}: `tests` has to be a list of pytest's node ids: {entry}")
            try:
                faults.append(Fault(area=path.stem, tests=tuple(tests), **entry))
            except TypeError as error:
                raise FaultError(f"{path.name}: {error}: {entry}") from None
    return faults


def complaints(fault: Fault, root: Path = ROOT) -> Iterator[str]:
    """What is wrong with an entry, found without running anything."""
    if not (root / fault.file).is_file():
        yield f"there is no file {fault.file}"
        return
    if fault.old == fault.new:
        yield "old and new are the same"
    try:
        text = fault.damaged(root)
        if fault.file.endswith(".py"):
            compile(text, fault.file, "exec", flags=ast.PyCF_ONLY_AST)
    except SyntaxError as error:
        yield f"the fault is no Python: {error}"
    except FaultError as error:
        yield str(error)
    for test in fault.tests:
        file, *names = test.partition("[")[0].split("::")
        if not (root / file).is_file():
            yield f"there is no test file {file}"
        elif not all(
            f"def {name}(" in (root / file).read_text() or f"class {name}" in (root / file).read_text() for name in names
        ):
            yield f"there is no test {test}"
