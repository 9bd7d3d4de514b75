"""References: the products of families once more, as Verilog of another form, built on `*`.

`references/NAME.v` has the module, parameters and ports of the family's own file and shares no text with it. Signed operands of
families that take unsigned ones go by sign and magnitude, in a top of this file's that is not the library's either.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from multipliers import Multiplier, Rtl, with_signs
from multipliers import rtl as rtl_of

from ._errors import FormalError


@dataclass(frozen=True)
class Reference:
    """How a family's product is additive: `f(a, x + d) = f(a, x) + f(a, d)` where d is one digit, of `digit` bits, of operand
    `over`, and x has zeros from there up. Such a reference is the difference of two additive terms, its outputs `plus_o` and
    `minus_o`. `digit` is 0 where the product is not additive, but one of leading ones. `formula` is for people."""

    formula: str
    over: str = "b"
    digit: int = 1


REFERENCES = {
    "exact": Reference("a * b"),
    "truncated_columns": Reference("a * b - low columns"),
    "broken_array": Reference("a * hb - low columns"),
    "truncated_operands": Reference("a * hb - la * hb"),
    "perforation": Reference("a * b - a * (b & mask)"),
    "udm": Reference("a * b - 2 * t(a) * t(b)", over="a", digit=2),
    "drum": Reference("r(a) * r(b)", digit=0),
}
"""By family; `la` and `hb` are operands' low and high parts, `t` marks digits 3, `r` rounds as DRUM does."""

_FOLDER = Path(str(files(__package__))) / "references"


def reference_of(multiplier: Multiplier) -> tuple[Reference, Rtl]:
    """The reference of a multiplier and its Verilog; raises FormalError where there is none."""
    family = multiplier.family
    if family is None or family.name not in REFERENCES:
        known = ", ".join(sorted(REFERENCES))
        raise FormalError(f"{multiplier.label} has no reference to be proved equal to; families that have one: {known}")
    core = _FOLDER / f"{family.name}.v"
    if _unsigned(multiplier) or family.native_signs:
        own = rtl_of(multiplier)
        both = family.native_signs and multiplier.a.signed and multiplier.b.signed  # arrays of rows for a's digits
        form = REFERENCES[family.name]
        return replace(form, over="a") if both else form, Rtl(own.top, own.text, (core,))
    return REFERENCES[family.name], Rtl("reference", _by_sign_and_size(multiplier), (core,))


def terms_of(multiplier: Multiplier) -> Rtl:
    """The two terms of the reference of unsigned operands, or of a family with native signs, as Verilog."""
    width, product = multiplier.a.width, multiplier.p.width
    ports = [*(f"input wire [{width - 1}:0] {name}_i" for name in "ab")]
    ports += [f"output wire [{product - 1}:0] {name}_o" for name in ("plus", "minus")]
    family = multiplier.family
    assert family is not None
    settings = _settings(multiplier)
    if family.native_signs:
        settings += f", .A_SIGNED({int(multiplier.a.signed)}), .B_SIGNED({int(multiplier.b.signed)})"
    pins = ".a_i(a_i), .b_i(b_i), .p_o(), .plus_o(plus_o), .minus_o(minus_o)"
    text = f"module terms ({', '.join(ports)});\n  {family.name} #({settings}) u_core ({pins});\nendmodule\n"
    return Rtl("terms", text, (_FOLDER / f"{family.name}.v",))


def parts(multiplier: Multiplier) -> tuple[Multiplier, Rtl] | None:
    """A signed design in two parts, where it is made of them: its unsigned core, and the design around the reference's core."""
    family = multiplier.family
    if family is None or family.native_signs or _unsigned(multiplier):
        return None
    own = rtl_of(multiplier)
    return with_signs(multiplier, False, False), replace(own, files=(_FOLDER / f"{family.name}.v", *own.files[1:]))


def _unsigned(multiplier: Multiplier) -> bool:
    return not (multiplier.a.signed or multiplier.b.signed)


def _settings(multiplier: Multiplier) -> str:
    family = multiplier.family
    assert family is not None
    values = [("WIDTH", multiplier.a.width), *((one.rtl, multiplier.parameters[one.name]) for one in family.parameters)]
    return ", ".join(f".{name}({value})" for name, value in values)


def _by_sign_and_size(multiplier: Multiplier) -> str:
    """Verilog of the product of both operands' sizes, negated where one of them is negative."""
    family, width, product = multiplier.family, multiplier.a.width, multiplier.p.width
    assert family is not None
    core = family.port(width).width
    lines = [
        f"module reference (input wire [{width - 1}:0] a_i, input wire [{width - 1}:0] b_i, output wire [{product - 1}:0] p_o);"
    ]
    for name, port in (("a", multiplier.a), ("b", multiplier.b)):
        sign = f"{name}_i[{width - 1}]" if port.signed else "1'b0"
        lines += [
            f"  wire {name}_below = {sign};",
            f"  wire [{width - 1}:0] {name}_size = ({name}_i ^ {{{width}{{{name}_below}}}}) + {name}_below;",
        ]
    return "\n".join(
        [
            *lines,
            f"  wire [{core - 1}:0] size;",
            f"  {family.name} #({_settings(multiplier)}) u_core (.a_i(a_size), .b_i(b_size), .p_o(size));",
            f"  wire [{product - 1}:0] wide = size;",
            f"  assign p_o = (wide ^ {{{product}{{a_below ^ b_below}}}}) + (a_below ^ b_below);",
            "endmodule",
            "",
        ]
    )
