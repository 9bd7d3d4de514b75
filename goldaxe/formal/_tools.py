"""Yosys and its ABC in processes of their own, with a time limit, in a folder of theirs that is removed."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from cocotb_tests._process import TimeLimitError, run
from multipliers._files import temporary_folder

from ._errors import FormalError

_CHILD = Path(__file__).with_name("_yosys_child.py")


@lru_cache(maxsize=1)
def abc() -> Path:
    """The ABC of the installed pyosys, which is looked for and never loaded; raises FormalError where there is none."""
    found = find_spec("pyosys")
    program = Path(found.origin).with_name("yosys-abc") if found and found.origin else None
    if program is None or not program.is_file():
        raise FormalError("proofs and mutants need Yosys, which is not installed: pip install 'goldaxe[synth]'")
    return program


@contextmanager
def workplace() -> Iterator[Path]:
    """A temporary folder."""
    with temporary_folder() as folder:
        yield folder


def yosys(script: Sequence[str], folder: Path, seconds: float, what: str) -> None:
    """Run Yosys commands in `folder`; raises FormalError, which begins with `what`, if one fails or time is over."""
    abc()
    (folder / "script.ys").write_text("\n".join(script) + "\n")
    command = [sys.executable, "-I", str(_CHILD)]
    try:
        status = run(command, folder=folder, env=environment(folder), log=folder / "yosys.log", seconds=seconds)
    except TimeLimitError as error:
        raise FormalError(f"{what}: Yosys {error} and was ended") from None
    if status:
        said = (folder / "yosys.log").read_text(errors="replace")
        errors = re.findall(r"ERROR: .*", said) or said.strip().splitlines()[-1:]
        reason = re.sub(r"\s+", " ", " ".join(errors[:1]))[:300]
        raise FormalError(f"{what}: Yosys cannot elaborate it: {reason or 'it says nothing'}")


def run_abc(commands: str, folder: Path, seconds: float, *, processor: float = 0) -> str | None:
    """What ABC prints, or None if it takes longer than `seconds`. With `processor` it is ended after so many seconds of
    processor time, however busy the machine is."""
    log = folder / "abc.log"
    log.unlink(missing_ok=True)
    limited = ["sh", "-c", 'ulimit -t "$0" && exec "$@"', f"{processor:.0f}"] if processor else []
    try:
        run([*limited, str(abc()), "-c", commands], folder=folder, env=environment(folder), log=log, seconds=seconds)
    except TimeLimitError:
        return None
    return log.read_text(errors="replace")


def environment(folder: Path) -> dict[str, str]:
    """This environment, with temporary files in `folder`."""
    return {**os.environ, "TMPDIR": str(folder)}
