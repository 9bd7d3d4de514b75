"""Standard cells that netlists instantiate without defining them: the combinational ones of the OSU libraries.

Oklahoma State University's cells for 45 nm (FreePDK45) to 0.5 um share these names, pins and functions; EvoApproxLib's `_pdk45`
files use them.
"""

from __future__ import annotations

from collections.abc import Iterable

_FUNCTIONS = {
    "AND2": ("A B", {"Y": "A & B"}),
    "AOI21": ("A B C", {"Y": "~((A & B) | C)"}),
    "AOI22": ("A B C D", {"Y": "~((A & B) | (C & D))"}),
    "BUF": ("A", {"Y": "A"}),
    "CLKBUF": ("A", {"Y": "A"}),
    "FA": ("A B C", {"YS": "A ^ B ^ C", "YC": "(A & B) | (B & C) | (C & A)"}),
    "HA": ("A B", {"YS": "A ^ B", "YC": "A & B"}),
    "INV": ("A", {"Y": "~A"}),
    "MUX2": ("A B S", {"Y": "~(S ? A : B)"}),
    "NAND2": ("A B", {"Y": "~(A & B)"}),
    "NAND3": ("A B C", {"Y": "~(A & B & C)"}),
    "NOR2": ("A B", {"Y": "~(A | B)"}),
    "NOR3": ("A B C", {"Y": "~(A | B | C)"}),
    "OAI21": ("A B C", {"Y": "~((A | B) & C)"}),
    "OAI22": ("A B C D", {"Y": "~((A | B) & (C | D))"}),
    "OR2": ("A B", {"Y": "A | B"}),
    "XNOR2": ("A B", {"Y": "~(A ^ B)"}),
    "XOR2": ("A B", {"Y": "A ^ B"}),
}
"""Inputs and outputs by the cells' names without the drive strength."""

_DRIVES = {"AND2": (1, 2), "BUF": (2, 4), "INV": (1, 2, 4, 8), "OR2": (1, 2)}

CELLS = {
    **{f"{name}X{drive}": name for name in _FUNCTIONS if name != "CLKBUF" for drive in _DRIVES.get(name, (1,))},
    **{f"CLKBUF{size}": "CLKBUF" for size in (1, 2, 3)},
}
"""Every cell's name, and its function's."""


def verilog(cells: Iterable[str]) -> str:
    """Verilog-2005 modules of some of `CELLS`, in their order, each on one line."""
    return "".join(_module(cell) for cell in cells)


def _module(cell: str) -> str:
    inputs, outputs = _FUNCTIONS[CELLS[cell]]
    ports = [f"input {name}" for name in inputs.split()] + [f"output {name}" for name in outputs]
    assigns = " ".join(f"assign {name} = {function};" for name, function in outputs.items())
    return f"module {cell} ({', '.join(ports)}); {assigns} endmodule\n"
