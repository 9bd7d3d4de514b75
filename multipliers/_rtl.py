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
    if family is None:
        raise MultiplierError(f"{multiplier.label} is a Python function or table without Verilog")
    a, b, product = multiplier.a, multiplier.b, multiplier.p
    settings = {"WIDTH": a.width}
    if family.native_signs:
        settings |= {"A_SIGNED": int(a.signed), "B_SIGNED": int(b.signed)}
    settings |= {parameter.rtl: multiplier.parameters[parameter.name] for parameter in family.parameters}
    wrapped = (a.signed or b.signed) and not family.native_signs
    top = f"goldaxe_{multiplier.label}"
    ports = ("a", "b", "p") if not wrapped else (_magnitude_name(a, "a"), _magnitude_name(b, "b"), "magnitude")
    body = [_instance(family.name, settings, ports)]
    helpers = list(family.helpers)
    if wrapped:
        signed = [(name, operand) for name, operand in (("a", a), ("b", b)) if operand.signed]
        core = family.port(a.width).width
        wire = f"  wire [{core - 1}:0] magnitude;"
        body = [*(_magnitude(name, operand) for name, operand in signed), wire, *body]
        body.append(_apply_sign(product.width, core, " ^ ".join(f"{name}_negative" for name, _ in signed)))
        helpers += ["magnitude", "apply_sign"]
    text = "\n".join(
        [
            f"// {multiplier.label}: {family.summary}. Generated.",
            f"module {top} (",
            f"    input  wire [{a.width - 1}:0] a_i,",
            f"    input  wire [{b.width - 1}:0] b_i,",
            f"    output wire [{product.width - 1}:0] p_o",
            ");",
            *body,
            "endmodule",
            "",
        ]
    )
    root = Path(str(files("rtl")))
    paths = [root / "multipliers" / f"{family.name}.v", *(root / "common" / f"{name}.v" for name in helpers)]
    return Rtl(top, text, tuple(paths))


def _magnitude_name(operand: Operand, name: str) -> str:
    return f"{name}_magnitude" if operand.signed else name


def _port(name: str) -> str:
    return {"a": "a_i", "b": "b_i", "p": "p_o"}.get(name, name)


def _instance(module: str, settings: dict[str, int], ports: tuple[str, str, str]) -> str:
    parameters = ", ".join(f".{name}({value})" for name, value in settings.items())
    a, b, p = map(_port, ports)
    return f"  {module} #({parameters}) u_{module} (.a_i({a}), .b_i({b}), .p_o({p}));"


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
