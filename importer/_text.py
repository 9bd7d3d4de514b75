"""The checks that a text passes before any parser sees it."""

from __future__ import annotations

import re

from cocotb_tests import SimulatorError
from cocotb_tests._safety import refuse_unsafe

from ._errors import VerilogError

LARGEST = 4 << 20
"""Bytes that a file may have; a flat 16 x 16 netlist has some 200 kB."""

_LONG = re.compile(r"[A-Za-z0-9_$?]{1025,}|(?<![A-Za-z0-9_$])[sS]?[dD]?[0-9_.]{129,}")
"""Names and numbers longer than 1,024 letters, or 128 decimal digits: Verilator takes minutes over one of 20,000."""

_DEFINE = re.compile(r"`define[ \t]+[A-Za-z_][A-Za-z0-9_$]*(?P<arguments>\()?(?P<body>.*)")


def refuse_text(name: str, text: bytes) -> None:
    """Refuse, by line, what could do more than compute, and macros that could grow without bound."""
    if len(text) > LARGEST:
        raise VerilogError(f"{name} has {len(text):,} bytes; at most {LARGEST:,} are read")
    try:
        refuse_unsafe(name, text)
    except SimulatorError as error:
        raise VerilogError(str(error)) from None
    verilog = text.decode("latin-1")
    long = _LONG.search(verilog)
    if long:
        place = verilog.count("\n", 0, long.start()) + 1
        raise VerilogError(
            f"{name}, line {place}: a name or number of {len(long.group()):,} letters; allowed are 1,024, or 128 decimal digits"
        )
    for number, line in enumerate(verilog.splitlines(), 1):
        define = _DEFINE.search(line)
        if define and (define["arguments"] or "`" in define["body"] or line.rstrip().endswith("\\")):
            raise VerilogError(f"{name}, line {number}: a macro with arguments, macros or lines of its own is not allowed")
