"""The vector unit's Verilog: its modules with parameters fixed, bare or with all of a step's inputs on one port."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from multipliers import Rtl

from ..array._ports import Port, ports_of
from ..array._rtl import top_of

FOLDER = Path(str(files("rtl"))) / "vector"

_HANDSHAKE = ("clk_i", "rst_ni", "valid_i", "valid_o")

DEFAULTS: dict[str, dict[str, int]] = {
    "rescale": {"LANES": 4, "SOURCES": 2, "X_WIDTH": 17, "CODE_WIDTH": 16},
    "average_pool": {"LANES": 4, "X_WIDTH": 17, "SUM_WIDTH": 24, "CODE_WIDTH": 16},
    "max_pool": {"LANES": 4, "X_WIDTH": 17},
    "recurrent_cell": {"LANES": 4},
}
"""Modules that stand on their own, with parameters that hold every program's codes."""

LATENCY = {"rescale": 5, "average_pool": 6, "max_pool": 1, "recurrent_cell": 11}
"""Cycles from an element, or a window's last one, to its result."""


def fixed(module: str, parameters: Mapping[str, int], top: str, library: Sequence[Path] | None = None) -> Rtl:
    """A top module named `top` around one of rtl/vector, or of the files `library`, with its parameters fixed."""
    return Rtl(top, top_of(module, parameters, top, FOLDER), tuple(library or vector_library()))


def streaming(
    module: str, parameters: Mapping[str, int], library: Sequence[Path] | None = None
) -> tuple[Rtl, tuple[Port, ...], tuple[Port, ...]]:
    """A module whose inputs are slices of one port `step_i`, and its outputs of `result_o`; and the ports that these are,
    lowest first. `library` is as for `fixed`."""
    ports = [port for port in ports_of(module, parameters, FOLDER) if port.name not in _HANDSHAKE]
    inputs, outputs = (tuple(port for port in ports if port.output == output) for output in (False, True))
    top = f"goldaxe_{module}_{'_'.join(map(str, parameters.values()))}"
    values = ", ".join(f".{name}({value})" for name, value in parameters.items())
    connected = [f".{name}({name})" for name in _HANDSHAKE] + _slices(inputs, "step_i") + _slices(outputs, "result_o")
    text = f"""// {module} with a step's inputs on one port. Generated.
module {top} (
    input  wire clk_i,
    input  wire rst_ni,
    input  wire valid_i,
    input  wire [{sum(port.width for port in inputs) - 1}:0] step_i,
    output wire valid_o,
    output wire [{sum(port.width for port in outputs) - 1}:0] result_o
);
  {module} #({values}) u_{module} (
      {", ".join(connected)}
  );
endmodule
"""
    return Rtl(top, text, tuple(library or vector_library())), inputs, outputs


def _slices(ports: tuple[Port, ...], bus: str) -> list[str]:
    low, connected = 0, []
    for port in ports:
        connected.append(f".{port.name}({bus}[{low + port.width - 1}:{low}])")
        low += port.width
    return connected


@cache
def vector_library() -> tuple[Path, ...]:
    """The Verilog files of the vector unit."""
    return (FOLDER.parent / "array" / "delay_line.v", *sorted(FOLDER.glob("*.v")))
