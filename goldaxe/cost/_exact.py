"""The exact multiplier that a design's ratios are to: of the same widths and signs."""

from __future__ import annotations

from multipliers import Multiplier, Operand, Rtl, get, rtl


def exact_like(multiplier: Multiplier) -> Multiplier:
    """The exact multiplier of the same operands; where their widths differ, the wider one's with the narrower extended."""
    a, b = multiplier.a, multiplier.b
    wide = get("exact", width=max(a.width, b.width), a_signed=a.signed, b_signed=b.signed)
    if a.width == b.width:
        return wide
    inner, port = rtl(wide), Operand(a.width + b.width, a.signed or b.signed)
    label = f"exact{a.width}{'s' if a.signed else 'u'}x{b.width}{'s' if b.signed else 'u'}"
    text = f"""module {label} (
    input  wire [{a.width - 1}:0] a_i,
    input  wire [{b.width - 1}:0] b_i,
    output wire [{port.width - 1}:0] p_o
);
  wire [{wide.p.width - 1}:0] product;
  {inner.top} u_exact (.a_i({_extended("a_i", a, wide.a)}), .b_i({_extended("b_i", b, wide.b)}), .p_o(product));
  assign p_o = product[{port.width - 1}:0];
endmodule
"""
    own = Rtl(label, f"{text}\n{inner.text}", inner.files)
    return Multiplier(label, a, b, port, lambda x, y: x * y, source_hash=own.digest, verilog=own)


def _extended(name: str, narrow: Operand, wide: Operand) -> str:
    missing = wide.width - narrow.width
    fill = f"{name}[{narrow.width - 1}]" if narrow.signed else "1'b0"
    return f"{{{{{missing}{{{fill}}}}}, {name}}}" if missing else name
