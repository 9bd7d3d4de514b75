"""From Verilog to an and-inverter graph, by Yosys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from multipliers import Multiplier, Rtl

from ._aig import Aig, read_aiger
from ._errors import FormalError
from ._tools import workplace, yosys

_SECONDS = 120.0
"""Time limit of one elaboration; a 16-bit multiplier takes less than a second."""

_SCHOOLBOOK = Path(__file__).with_name("schoolbook.v")


def elaborate(rtl: Rtl, multiplier: Multiplier, *, schoolbook: bool, outputs: Sequence[str] = ("p_o",)) -> Aig:
    """The circuit of `rtl`: inputs are the bits of a, then of b, outputs those of ports as wide as the product of `multiplier`.

    With `schoolbook`, each `*` is a chain of rows, else Yosys's tree. Raises FormalError for a design that Yosys rejects, with
    registers, loops, or bits that nothing drives.
    """
    if not re.fullmatch(r"[A-Za-z_]\w*", rtl.top, re.ASCII):
        raise FormalError(f"{rtl.top!r} is no module name; letters, digits and underscores are allowed")
    bits = [name for port in outputs for name in port_bits(port, multiplier.p.width)]
    texts = [rtl.text.encode(), *(path.read_bytes() for path in rtl.files)]
    with workplace() as folder:
        for index, text in enumerate(texts):
            (folder / f"design_{index}.v").write_bytes(text)
        (folder / "schoolbook.v").write_bytes(_SCHOOLBOOK.read_bytes())
        yosys(_script(rtl.top, len(texts), schoolbook), folder, _SECONDS, multiplier.label)
        return read_aiger((folder / "design.aag").read_text(), operand_bits(multiplier), bits)


def port_bits(port: str, width: int) -> list[str]:
    """Names of a port's bits, as `p_o[0]`, from the lowest up."""
    return [f"{port}[{bit}]" for bit in range(width)]


def operand_bits(multiplier: Multiplier) -> list[str]:
    """Names of the bits of a, then of b."""
    return [*port_bits("a_i", multiplier.a.width), *port_bits("b_i", multiplier.b.width)]


def _script(top: str, sources: int, schoolbook: bool) -> Sequence[str]:
    """Bits without a driver become inputs, which the reader refuses: an optimizer may choose their value."""
    return [
        *(f"read_verilog design_{index}.v" for index in range(sources)),
        f"hierarchy -check -top {top}",
        "proc",
        "flatten",
        "setundef -undriven -anyseq",
        "opt_expr",
        "wreduce",
        "opt",
        *(["techmap -map schoolbook.v", "opt"] if schoolbook else []),
        "techmap",
        "opt",
        "aigmap",
        "opt_clean",
        "write_aiger -ascii -symbols design.aag",
    ]
