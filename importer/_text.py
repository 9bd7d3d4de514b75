"""The checks that a text passes before any parser sees it."""

from __future__ import annotations

import re

from cocotb_tests import SimulatorError
from cocotb_tests._safety import refuse_unsafe

from ._errors import VerilogError

LARGEST = 4 << 20
"""Bytes that a file may have; a flat 16 x 16 netlist has some 200 kB."""

_DEFINE = re.compile(r"`define[ \t]+[A-Za-z_][A-Za-z0-9_$]*(?P<arguments>\()?(?P<body>.*)")


def refuse_text(name: str, text: bytes) -> None:
    """Refuse, by line, what could do more than compute, and macros that could grow without bound."""
    if len(text) > LARGEST:
        raise VerilogError(f"{name} has {len(text):,} bytes; at most {LARGEST:,} are read")
    try:
        refuse_unsafe(name, text)
    except SimulatorError as error:
        raise VerilogError(str(error)) from None
    for number, line in enumerate(text.decode("latin-1").splitlines(), 1):
        define = _DEFINE.search(line)
        if define and (define["arguments"] or "`" in define["body"] or line.rstrip().endswith("\\")):
            raise VerilogError(f"{name}, line {number}: a macro with arguments, macros or lines of its own is not allowed")
