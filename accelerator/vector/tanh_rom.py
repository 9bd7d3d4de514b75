"""Writes rtl/vector/tanh_rom.v, the table of `accelerator.activations` as a synthesizable case.

python -m accelerator.vector.tanh_rom
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from multipliers._cache import write_atomically

from ..activations import TANH

PATH = Path(str(files("rtl"))) / "vector" / "tanh_rom.v"

_A_LINE = 4

_HEAD = """\
// The ROM behind tanh and sigmoid: entry i is round(2^15 * tanh(i / 256)), and the last one, 32767, stands for all beyond.
// Written by `python -m accelerator.vector.tanh_rom`.
//
// Timing: read_i and index_i in cycle n, entry_o in cycle n + 1 and until the next read.
//
// Worked example: index 256 -> entry 24956, which is tanh(1) = 0.76159 in 15 bits behind the point.
module tanh_rom (
    input  wire        clk_i,
    input  wire        read_i,
    input  wire [9:0]  index_i,
    output wire [14:0] entry_o
);
  reg [14:0] entry;
  always @(*) begin
    case (index_i)
"""

_TAIL = """\
    endcase
  end

  reg [14:0] entry_q;
  always @(posedge clk_i) if (read_i) entry_q <= entry;
  assign entry_o = entry_q;
endmodule
"""


def verilog() -> str:
    """The module's text."""
    items = [f"10'd{i}: entry = 15'd{entry};" for i, entry in enumerate(TANH)]
    lines = [" ".join(items[i : i + _A_LINE]) for i in range(0, len(items), _A_LINE)]
    return _HEAD + "".join(f"      {line}\n" for line in lines) + _TAIL


if __name__ == "__main__":
    write_atomically(PATH, verilog().encode())
