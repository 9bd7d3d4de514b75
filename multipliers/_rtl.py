"""The Verilog that a multiplier stands for: its family's file, what that instantiates, and a top of fixed parameters."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from ._bits import Operand
from ._errors import MultiplierError
from ._multiplier import Multiplier


@dataclass(frozen=True)
class Rtl:
    """Verilog of one multiplier: `top` is a module with ports `a_i`, `b_i`, `p_o` and no parameters, `text` its source,
    `files` the library files that it needs."""

    top: str
    text: str
    files: tuple[Path, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of everything that is elaborated."""
        parts = [self.text.encode(), *(path.read_bytes() for path in self.files)]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()


def rtl(multiplier: Multiplier) -> Rtl:
    """The Verilog of a multiplier; raises MultiplierError if it has none."""
    family = multiplier.family
    if multiplier.verilog is not None:
        return multiplier.verilog
    if family is None:
        raise MultiplierError(f"{multiplier.label} is a Python function or table without Verilog")
    a, b, product = multiplier.a, multiplier.b, multiplier.p
    settings = {"WIDTH": a.width}
    if family.native_signs:
        settings |= {"A_SIGNED": int(a.signed), "B_SIGNED": int(b.signed)}
    settings |= {parameter.rtl: multiplier.parameters[parameter.name] for parameter in family.parameters}
    wrapped = (a.signed or b.signed) and not family.native_signs
    ports = ("a", "b", "p") if not wrapped else (_magnitude_name(a, "a"), _magnitude_name(b, "b"), "magnitude")
    body = [_instance(family.name, settings, ports)]
    helpers = list(family.helpers)
    if wrapped:
        body = _by_magnitude(a, b, product, family.port(a.width).width, body[0])
        helpers += _SIGNS
    top, text = _top(multiplier, family.summary, body)
    return Rtl(top, text, (library_file("multipliers", family.name), *(library_file("common", name) for name in helpers)))


def with_core(multiplier: Multiplier, core: Rtl, core_width: int) -> Rtl:
    """The Verilog of signed operands on an unsigned circuit of `core_width` product bits, by sign and magnitude."""
    a, b = multiplier.a, multiplier.b
    instance = _instance(core.top, {}, (_magnitude_name(a, "a"), _magnitude_name(b, "b"), "magnitude"))
    top, text = _top(multiplier, "an imported circuit", _by_magnitude(a, b, multiplier.p, core_width, instance))
    return Rtl(top, f"{text}\n{core.text}", (*core.files, *(library_file("common", name) for name in _SIGNS)))


_SIGNS = ("magnitude", "apply_sign")
"""Modules that the sign-magnitude form instantiates."""


def library_file(folder: str, name: str) -> Path:
    """A file of the library's Verilog."""
    return Path(str(files("rtl"))) / folder / f"{name}.v"


def _by_magnitude(a: Operand, b: Operand, product: Operand, core_width: int, instance: str) -> list[str]:
    """The body of a top with magnitudes before an unsigned instance and the sign behind it."""
    signed = [(name, operand) for name, operand in (("a", a), ("b", b)) if operand.signed]
    wire = f"  wire [{core_width - 1}:0] magnitude;"
    sign = _apply_sign(product.width, core_width, " ^ ".join(f"{name}_negative" for name, _ in signed))
    return [*(_magnitude(name, operand) for name, operand in signed), wire, instance, sign]


def _top(multiplier: Multiplier, summary: str, body: list[str]) -> tuple[str, str]:
    """Name and text of the generated top module."""
    top = f"goldaxe_{multiplier.label.replace('@', '_')}"
    text = "\n".join(
        [
            f"// {multiplier.label}: {summary}. Generated.",
            f"module {top} (",
            f"    input  wire [{multiplier.a.width - 1}:0] a_i,",
            f"    input  wire [{multiplier.b.width - 1}:0] b_i,",
            f"    output wire [{multiplier.p.width - 1}:0] p_o",
            ");",
            *body,
            "endmodule",
            "",
        ]
    )
    return top, text


def _magnitude_name(operand: Operand, name: str) -> str:
    return f"{name}_magnitude" if operand.signed else name


def _port(name: str) -> str:
    return {"a": "a_i", "b": "b_i", "p": "p_o"}.get(name, name)


def _instance(module: str, settings: dict[str, int], ports: tuple[str, str, str]) -> str:
    parameters = ", ".join(f".{name}({value})" for name, value in settings.items())
    a, b, p = map(_port, ports)
    values = f" #({parameters})" if settings else ""
    return f"  {module}{values} u_{module} (.a_i({a}), .b_i({b}), .p_o({p}));"


def _magnitude(name: str, operand: Operand) -> str:
    return (
        f"  wire [{operand.width - 1}:0] {name}_magnitude;\n"
        f"  wire {name}_negative;\n"
        f"  magnitude #(.WIDTH({operand.width})) u_{name} (.value_i({name}_i), "
        f".magnitude_o({name}_magnitude), .negative_o({name}_negative));"
    )


def _apply_sign(width: int, magnitude_width: int, negative: str) -> str:
    zeros = width - magnitude_width
    magnitude = f"{{{zeros}'b0, magnitude}}" if zeros else "magnitude"
    return f"  apply_sign #(.WIDTH({width})) u_sign (.magnitude_i({magnitude}), .negative_i({negative}), .value_o(p_o));"
