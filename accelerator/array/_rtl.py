"""The array's Verilog with a chosen multiplier in each element: generated wrappers, and the library files they need."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from multipliers import Multiplier, MultiplierError, Rtl
from multipliers import rtl as rtl_of
from multipliers._cache import entry

from ._config import ArrayConfig
from ._design import Design, top_of
from ._errors import ArrayError
from ._ports import FOLDER
from ._product_unit import UnitConfig

__all__ = ["array_design", "array_rtl", "design", "fixed", "pe_multiplier", "top_of", "unit_design", "unit_rtl", "write_rtl"]

_MODULE = re.compile(r"^\s*module\s+(\w+)", re.MULTILINE)


def array_rtl(config: ArrayConfig) -> Rtl:
    """`matrix_unit`, or `os_unit`, for a configuration: a top module without parameters, all it needs, and the multiplier.

    Raises ArrayError where the multiplier has no Verilog, or has modules named like the array's.
    """
    return array_design(config).rtl


def unit_rtl(config: UnitConfig) -> Rtl:
    """`product_unit` for a configuration, as `array_rtl` gives the matrix unit. Raises ArrayError."""
    return unit_design(config).rtl


def array_design(config: ArrayConfig) -> Design:
    """`matrix_unit`, or `os_unit`, for a configuration. Raises ArrayError as `array_rtl` does."""
    if config.dataflow == "output_stationary":
        return design(config, "os_unit", config.parameters, f"goldaxe_os_array_{_name(config)}")
    return design(config, "matrix_unit", config.parameters, f"goldaxe_array_{_name(config)}")


def unit_design(config: UnitConfig) -> Design:
    """`product_unit` for a configuration. Raises ArrayError as `array_rtl` does."""
    return design(config.array, "product_unit", config.parameters, f"goldaxe_unit_{_name(config.array)}")


def fixed(
    config: ArrayConfig, module: str, parameters: Mapping[str, int], top: str, folders: tuple[Path, ...] = (FOLDER,)
) -> Rtl:
    """A top module named `top` around one of `folders` with its parameters fixed, and the configuration's multiplier."""
    return design(config, module, parameters, top, folders).rtl


def design(
    config: ArrayConfig, module: str, parameters: Mapping[str, int], top: str, folders: tuple[Path, ...] = (FOLDER,)
) -> Design:
    """The same as a design. Raises ArrayError."""
    try:
        multiplier = rtl_of(config.multiplier)
    except MultiplierError as error:
        raise ArrayError(str(error)) from error
    library = _library(folders)
    own = tuple(path for path in library if path.stem != "pe_multiplier")
    texts = [multiplier.text, *(path.read_text() for path in multiplier.files)]
    taken = {name for text in texts for name in _MODULE.findall(text)} & {path.stem for path in library}
    if taken:
        raise ArrayError(f"{config.multiplier.label} has a module {min(taken)}, and so has the array; rename it")
    wrapper = f"{pe_multiplier(config.multiplier, multiplier.top)}\n{multiplier.text}"
    return Design(module, parameters, top, own, Rtl("pe_multiplier", wrapper, multiplier.files))


def _name(config: ArrayConfig) -> str:
    label = re.sub(r"\W", "_", config.multiplier.label)
    return f"{label}_{config.rows}x{config.cols}"


def write_rtl(config: ArrayConfig) -> Path:
    """The array's Verilog as a folder of the cache, written whole or not at all: `top.v`, generated, and the library's
    files. Raises CacheError."""
    rtl = array_rtl(config)

    def write(folder: Path) -> None:
        (folder / "top.v").write_text(rtl.text)
        for path in rtl.files:
            (folder / path.name).write_bytes(path.read_bytes())

    return entry("arrays", f"{rtl.top[:80]}-{rtl.digest[:16]}", write)


def pe_multiplier(multiplier: Multiplier, top: str) -> str:
    """The module `pe_multiplier` around a multiplier whose Verilog has the top module `top`; it refuses other widths."""
    a, b, p = multiplier.a, multiplier.b, multiplier.p
    given = {"A_WIDTH": a.width, "B_WIDTH": b.width, "P_WIDTH": p.width, "P_SIGNED": int(p.signed)}
    checks = "\n".join(
        f"    if ({name} != {value}) begin : g_bad_{name.lower()}\n      illegal_{name}_must_be_{value} u_bad ();\n    end"
        for name, value in given.items()
    )
    parameters = ",\n".join(f"    parameter {name} = {value}" for name, value in given.items())
    return f"""// {multiplier.label} as the multiplier of a processing element. Generated.
module pe_multiplier #(
{parameters}
) (
    input  wire [{a.width - 1}:0] a_i,
    input  wire [{b.width - 1}:0] b_i,
    output wire [{p.width - 1}:0] p_o
);
  generate
{checks}
  endgenerate
  {top} u_multiplier (.a_i(a_i), .b_i(b_i), .p_o(p_o));
endmodule
"""


@cache
def _library(folders: tuple[Path, ...]) -> tuple[Path, ...]:
    return tuple(path for folder in folders for path in sorted(folder.glob("*.v")))
