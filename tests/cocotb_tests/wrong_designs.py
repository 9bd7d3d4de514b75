"""Small multipliers whose Verilog is written out here, right and wrong."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from multipliers import Multiplier, Operand, Rtl, rtl

U8, U16 = Operand(8, signed=False), Operand(16, signed=False)


def verilog(body: str, ports: str = "input wire [7:0] a_i, input wire [7:0] b_i, output wire [15:0] p_o") -> Rtl:
    """A module `mine` with the ports of an 8-bit unsigned multiplier."""
    return Rtl("mine", f"module mine({ports});\n  {body}\nendmodule\n", ())


def model(function, label: str = "mine8", width: int = 8) -> Multiplier:
    """An unsigned multiplier of a Python function."""
    operand = Operand(width, signed=False)
    return Multiplier(label, operand, operand, Operand(2 * width, signed=False), function)


EXACT = verilog("assign p_o = a_i * b_i;")


def exact(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """What EXACT computes."""
    return a * b


def with_edit(multiplier: Multiplier, folder: Path, name: str, old: str, new: str) -> Rtl:
    """A copy of a multiplier's Verilog in `folder`, with one change in one file."""
    original = rtl(multiplier)
    copies = []
    for path in original.files:
        text = path.read_text()
        if path.name == name:
            assert old in text
            text = text.replace(old, new)
        copies.append(folder / path.name)
        copies[-1].write_text(text)
    return replace(original, files=tuple(copies))
