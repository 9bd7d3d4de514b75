"""The Verilog of a floating-point multiplier: the integer multiplier's, and beside it all that floats need around one."""

from __future__ import annotations

import numpy as np

from .._errors import MultiplierError
from .._multiplier import Multiplier
from .._rtl import Rtl, library_file
from .._rtl import rtl as rtl_of
from ._format import FloatFormat

_MODULES = (("float", "float_multiplier"), ("float", "float_operand"), ("float", "float_rounding"), ("common", "normalizer"))

_TRIED = 10
"""Mantissa bits up to which a multiplier's products of all significands are looked at, 2**20 pairs."""


def rtl(label: str, format: FloatFormat, core: Multiplier, *, nearest: bool, subnormals: bool) -> Rtl | None:
    """A top that connects the integer multiplier with `float_multiplier`; None if it has no Verilog."""
    try:
        inner = rtl_of(core)
    except MultiplierError:
        return None
    bits, stages = product_shape(core)
    settings = {
        "EXPONENT": format.exponent,
        "MANTISSA": format.mantissa,
        "FINITE": int(format.finite),
        "SUBNORMALS": int(subnormals),
        "NEAREST": int(nearest),
        "PRODUCT": bits,
        "STAGES": stages,
    }
    top = f"goldaxe_{label.replace('@', '_')}"
    high, width = format.operand.width - 1, core.p.width
    parameters = ",\n".join(f"      .{name}({value})" for name, value in settings.items())
    text = f"""// {label}: {format.name} product of significands multiplied by {core.label}. Generated.
module {top} (
    input  wire [{high}:0] a_i,
    input  wire [{high}:0] b_i,
    output wire [{high}:0] p_o
);
  wire [{format.mantissa}:0] a_significand;
  wire [{format.mantissa}:0] b_significand;
  wire [{width - 1}:0] product;
  {inner.top} u_significands (.a_i(a_significand), .b_i(b_significand), .p_o(product));
{_magnitude(core, bits)}
  float_multiplier #(
{parameters}
  ) u_float (
      .a_i(a_i),
      .b_i(b_i),
      .a_significand_o(a_significand),
      .b_significand_o(b_significand),
      .product_i(magnitude),
      .p_o(p_o)
  );
endmodule
"""
    return Rtl(top, f"{text}\n{inner.text}", (*(library_file(*module) for module in _MODULES), *inner.files))


def product_shape(core: Multiplier) -> tuple[int, int]:
    """Bits of the products of significands, and stages of the normaliser that lifts the leading one to the highest of them.

    A good multiplier has it in either of the two highest of 2*width bits, which takes one stage. All products are looked at
    where they are few enough; wider multipliers, and those with products of zero or less, get a shifter of full length.
    """
    width = core.a.width
    whole = core.p.width - core.p.signed
    if width - 1 <= _TRIED:
        significands = np.arange(1 << (width - 1), 1 << width, dtype=np.int64)
        products = core(significands[:, None], significands[None, :])
        low, high = int(products.min()), int(products.max())
        if low > 0:
            bits = max(high.bit_length(), 2 * width)
            return bits, (bits - low.bit_length()).bit_length()
    return max(whole, 2 * width), (max(whole, 2 * width) - 1).bit_length()


def _magnitude(core: Multiplier, bits: int) -> str:
    """The lowest `bits` bits of the product, zero if it is negative; what is above them is unused."""
    width = core.p.width
    low = f"product[{min(bits, width) - 1}:0]"
    value = f"{{{bits - width}'b0, {low}}}" if bits > width else low
    if core.p.signed:
        value = f"product[{width - 1}] ? {bits}'d0 : {value}"
    lines = [f"  wire [{bits - 1}:0] magnitude = {value};"]
    if bits < width:
        lines.append(f"  wire unused = |product[{width - 1}:{bits}];")
    return "\n".join(lines)
