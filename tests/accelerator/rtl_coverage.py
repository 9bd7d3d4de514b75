"""What the recordings that the array's and the vector unit's Verilog are compared with leave untouched: `make coverage`.

python tests/accelerator/rtl_coverage.py
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np
import recordings
import vector_recordings as vector

from accelerator.array import ArrayConfig, array_rtl
from accelerator.array._ports import ports_of
from accelerator.array._rtl import fixed
from accelerator.vector import _rtl as vector_rtl
from cocotb_tests._coverage import Point, coverage, merged
from multipliers import Rtl
from pysim import Accumulator

ANY = ArrayConfig(1, 1, "exact8us")

EXPLAINED = {
    ("matrix_unit", r"^under_way\[0\]"): "constant: a vector does not wait for itself",
    ("systolic_array", "^unused_weights"): "joins nets that nobody reads",
    ("recurrent_lane", "^unused_dropped"): "joins bits that rounding drops",
    ("recurrent_lane", r"^squashed\[(15|31|63)\]"): "constant: sigmoids are not negative",
    ("recurrent_lane", r"^s1\[15\]"): "constant: the second sigmoid is below 1",
    ("recurrent_lane", r"^second\[1[56]\]"): "constant: the second sigmoid is below 1, and not negative",
    ("recurrent_lane", r"^(first|out_signed)\[16\]"): "constant: factors are not negative",
    ("requantize", r"^g_once\.half"): "constant: half is 2^30 to 2^61",
    ("requantize", r"^g_twice\.(mask|remainder|threshold)\[31\]"): "constant: at most 31 bits are dropped",
    ("rescale_lane", r"^g_source\[\d\]\.multiplier\[24\]"): "constant: multipliers are not negative",
    (
        "rescale_lane",
        r"^g_source\[0\]\.x_zero\[23\]",
    ): "constant: only average_pool has 24 bits, and its sums have no zero point",
    ("rescale_lane", r"^half\[4[78]\]"): "constant: half is at most 2^46",
    ("squash", r"^nudged\[28\]"): "constant: |x| has 17 bits, so |x| * 2^11 + 8 has 28",
}
"""Holes, as a module and a pattern of what is not covered, with the reason."""


def runs() -> Iterator[tuple[str, Mapping[str, int], Rtl, recordings.Recording, object]]:
    """The modules, parameters and recordings of test_array_rtl.py and test_vector_rtl.py."""

    def rng(seed: int) -> np.random.Generator:
        return np.random.default_rng(seed)

    for label, accumulator in (("drum8us_k4", Accumulator(17, "saturate")), ("exact4s", Accumulator(8))):
        config = ArrayConfig(1, 1, label, accumulator)
        parameters = config.element_parameters
        yield "mac_pe", parameters, fixed(config, "mac_pe", parameters, "top"), recordings.element(config, rng(0), 3000), None
    for reverse in (0, 1):
        skew = {"LANES": 5, "WIDTH": 3, "REVERSE": reverse}
        yield "skew", skew, fixed(ANY, "skew", skew, "top"), recordings.skew(5, 3, bool(reverse), rng(1), 1000), None
    for width, depth in ((12, 5), (8, 64)):
        bank = {"WIDTH": width, "DEPTH": depth, "ADDRESS": (depth - 1).bit_length()}
        rtl = fixed(ANY, "accumulator_bank", bank, "top")
        yield "accumulator_bank", bank, rtl, recordings.bank(width, depth, rng(3), 3000), None
    for once in (0, 1):
        requantize = {"CODE_WIDTH": 8, "SINGLE_ROUNDING": once}
        recording = recordings.requantizer(8, bool(once), rng(4), 4000)
        yield "requantize", requantize, fixed(ANY, "requantize", requantize, "top"), recording, None
    for rows, cols in ((1, 5), (4, 4), (7, 3)):
        config = ArrayConfig(rows, cols, "drum8us_k4", Accumulator(18, "saturate"), depth=9)
        yield "matrix_unit", config.parameters, array_rtl(config), recordings.unit(config, rng(5), 20, 5), None

    for module, parameters, recording in (
        ("rescale", {"LANES": 1, "SOURCES": 1, "X_WIDTH": 23, "CODE_WIDTH": 16}, vector.rescale(1, 1, 23, 16, rng(0), 3000)),
        ("rescale", {"LANES": 4, "SOURCES": 2, "X_WIDTH": 17, "CODE_WIDTH": 8}, vector.rescale(4, 2, 17, 8, rng(0), 3000)),
        (
            "average_pool",
            {"LANES": 1, "X_WIDTH": 17, "SUM_WIDTH": 24, "CODE_WIDTH": 16},
            vector.average_pool(1, 17, 16, rng(1), 3000),
        ),
        ("max_pool", {"LANES": 4, "X_WIDTH": 9}, vector.max_pool(4, 9, rng(2), 3000)),
        ("recurrent_cell", {"LANES": 1}, vector.recurrent_cell(1, rng(3), 3000)),
        ("recurrent_cell", {"LANES": 1}, vector.every_entry(rng(4), 4000)),
    ):
        yield module, parameters, vector_rtl.fixed(module, parameters, "top"), recording, vector_rtl.FOLDER


def points() -> list[Point]:
    found = []
    for module, parameters, rtl, recording, folder in runs():
        ports = ports_of(module, parameters, folder) if folder else ports_of(module, parameters)  # type: ignore[arg-type]
        inputs = {
            port.name: port.width
            for port in ports
            if not port.output and port.name != "clk_i" and port.name in recording.inputs
        }
        outputs = {port.name: port.width for port in ports if port.output}
        found.append(coverage(rtl, inputs, recording.inputs, outputs))
    # Multipliers have benches of their own, exhaustive at 8 bits.
    own = {path.stem for name in ("array", "vector") for path in (vector_rtl.FOLDER.parent / name).glob("*.v")}
    return [point for point in merged(found) if point.module in own]


def explanation(point: Point) -> str:
    return next(
        (why for (module, what), why in EXPLAINED.items() if point.module == module and re.search(what, point.what)), ""
    )


def main() -> int:
    """Print the table and the holes; 1 if a hole is not explained."""
    by_module: dict[str, dict[str, list[Point]]] = defaultdict(lambda: defaultdict(list))
    for point in points():
        by_module[point.module]["toggle" if point.kind == "toggle" else "line"].append(point)
    print(f"{'module':20} {'lines':>13} {'toggles':>15}")
    for module, kinds in by_module.items():
        counts = [f"{sum(p.hits > 0 for p in kinds[kind]):,} of {len(kinds[kind]):,}" for kind in ("line", "toggle")]
        print(f"{module:20} {counts[0]:>13} {counts[1]:>15}")
    holes = [point for kinds in by_module.values() for each in kinds.values() for point in each if not point.hits]
    for point in holes:
        print(f"{point.module}:{point.line} {point.kind} {point.what}: {explanation(point) or 'NOT EXPLAINED'}")
    return int(any(not explanation(point) for point in holes))


if __name__ == "__main__":
    sys.exit(main())
