"""A module of the array with its parameters fixed and a multiplier in its elements: what is synthesized, simulated, broken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from multipliers import Rtl

from ._ports import FOLDER, ports_of

LOOKED_UP_BITS = 16
"""Bits of both operands together up to which a multiplier's products are looked up in bulk simulation."""


@dataclass(frozen=True)
class Design:
    """`module` of rtl/array with `parameters`, under a top module named `top`.

    `files` are the array's own, with `pe_multiplier` left out: `multiplier` has that, and all that it needs.
    """

    module: str
    parameters: Mapping[str, int]
    top: str
    files: tuple[Path, ...]
    multiplier: Rtl

    @property
    def rtl(self) -> Rtl:
        """All of it in gates: the top module without parameters, all that it needs, and the multiplier in each element."""
        top = top_of(self.module, self.parameters, self.top, self._folder)
        return Rtl(self.top, f"{top}\n{self.multiplier.text}", (*self.files, *self.multiplier.files))

    @property
    def _folder(self) -> Path:
        return next((path.parent for path in self.files if path.stem == self.module), FOLDER)

    @property
    def can_be_looked_up(self) -> bool:
        """Whether there are few enough operand pairs."""
        return self.parameters["A_WIDTH"] + self.parameters["B_WIDTH"] <= LOOKED_UP_BITS

    @property
    def looked_up(self) -> Rtl:
        """The same with elements that look their product up in one memory, which the top's products_*_i ports fill.

        A multiplier is combinational: once its Verilog has given the products of all operand pairs, simulating its gates in
        each element gives nothing new. It is for simulation alone; all else is the array's Verilog.
        """
        p = self.parameters
        bits, word = p["A_WIDTH"] + p["B_WIDTH"], p["P_WIDTH"]
        names = ", ".join(f"parameter {name} = {p[name]}" for name in ("A_WIDTH", "B_WIDTH", "P_WIDTH", "P_SIGNED"))
        elements = f"""// A processing element's multiplier as a look-up, for simulation. Generated.
module pe_multiplier #({names}) (
    input  wire [A_WIDTH-1:0] a_i,
    input  wire [B_WIDTH-1:0] b_i,
    output wire [P_WIDTH-1:0] p_o
);
  assign p_o = u_products.words_q[{{b_i, a_i}}];
endmodule
module product_table (
    input wire clk_i,
    input wire write_i,
    input wire [{bits - 1}:0] address_i,
    input wire [{word - 1}:0] word_i
);
  reg [{word - 1}:0] words_q [0:{(1 << bits) - 1}];
  always @(posedge clk_i) if (write_i) words_q[address_i] <= word_i;
endmodule
"""
        table = f"""    input wire products_write_i,
    input wire [{bits - 1}:0] products_address_i,
    input wire [{word - 1}:0] products_word_i,
"""
        # Named alike for all multipliers with the same ports: they share one compiled library.
        top = top_of(self.module, p, "looked_up", more=table)
        memory = """);
  product_table u_products (
      .clk_i(clk_i), .write_i(products_write_i), .address_i(products_address_i), .word_i(products_word_i)
  );
"""
        top = top.replace(");\n", memory, 1)
        return Rtl("looked_up", f"{top}\n{elements}", self.files)


def top_of(module: str, parameters: Mapping[str, int], top: str, folder: Path = FOLDER, more: str = "") -> str:
    """The text of a module named `top`, without parameters, around a module in `folder`; `more` ports may come first."""
    ports = ports_of(module, parameters, folder)
    declared = ",\n".join(f"    {port}" for port in ports)
    values = ", ".join(f".{name}({value})" for name, value in parameters.items())
    connected = ",\n".join(f"      .{port.name}({port.name})" for port in ports)
    return f"""// {module} with its parameters fixed. Generated.
module {top} (
{more}{declared}
);
  {module} #({values}) u_{module} (
{connected}
  );
endmodule
"""
