"""What a multiplier costs in hardware: area, cells, critical path and energy per operation, and ratios to the exact one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from multipliers import Multiplier, get, rtl

from ._energy import energy, toggles
from ._exact import exact_like
from ._library import Library, read_library
from ._netlist import Netlist, read_netlist
from ._streams import Stream, uniform
from ._synthesize import SECONDS, synthesize
from ._timing import Timing, analyse


@dataclass(frozen=True)
class Cost:
    """Costs of one multiplier, in `units` (area, delay, energy), and of the exact one of the same operands as ratios.

    `energy` is that of an operation, a mean over `vectors` operations of the operand stream `stream`. `counts` are the cells
    by name. The mapped netlist's product equals the golden model's at every one of these operations.
    """

    label: str
    area: float
    cells: int
    delay: float
    energy: float
    exact: str
    area_ratio: float
    delay_ratio: float
    energy_ratio: float
    library: str
    units: tuple[str, str, str]
    stream: str
    vectors: int
    counts: Mapping[str, int] = field(repr=False)


def cost(
    multiplier: Multiplier | str,
    *,
    liberty: Path | None = None,
    stream: Stream | None = None,
    seconds: float = SECONDS,
    exact: Multiplier | None = None,
) -> Cost:
    """Synthesize a multiplier's Verilog, and the exact one's, to a Liberty file (ours if None) and measure both.

    `exact` is what ratios are to; the exact multiplier of integers if None.
    The stream is 4,096 uniform random operand pairs if None. Raises CostError (SynthesisError where Yosys is missing or fails,
    or the netlist does not compute the model) and MultiplierError for a multiplier without Verilog.
    """
    chosen = get(multiplier) if isinstance(multiplier, str) else multiplier
    library = read_library(liberty)
    stream = stream or uniform(chosen)
    exact = exact or exact_like(chosen)
    netlist, timing, used = _measure(chosen, library, stream, seconds)
    reference, reference_timing, reference_used = _measure(exact, library, stream, seconds)
    return Cost(
        label=chosen.label,
        area=netlist.area,
        cells=sum(netlist.counts.values()),
        delay=timing.delay,
        energy=used,
        exact=exact.label,
        area_ratio=netlist.area / reference.area,
        delay_ratio=timing.delay / reference_timing.delay,
        energy_ratio=used / reference_used if reference_used else 1.0,
        library=library.name,
        units=library.units,
        stream=stream.name,
        vectors=len(stream.a),
        counts=netlist.counts,
    )


def _measure(multiplier: Multiplier, library: Library, stream: Stream, seconds: float) -> tuple[Netlist, Timing, float]:
    """Netlist, timing, and energy per operation."""
    stream.check(multiplier)
    netlist, timing = _mapped(multiplier, library, seconds)
    counts = toggles(netlist, multiplier, stream.a, stream.b)
    return netlist, timing, energy(netlist, library, timing, counts) / (len(stream.a) - 1)


def _mapped(multiplier: Multiplier, library: Library, seconds: float) -> tuple[Netlist, Timing]:
    design = rtl(multiplier)
    return _analysed(synthesize(design, library, seconds), design.top, library.path)


@lru_cache(maxsize=64)
def _analysed(path: Path, top: str, liberty: Path) -> tuple[Netlist, Timing]:
    netlist = read_netlist(path, top, read_library(liberty))
    return netlist, analyse(netlist)
