"""Which lines and bits of the array, the vector unit and the accelerator their tests leave untouched: `make coverage`.

python tests/accelerator/rtl_coverage.py
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict

from coverage_holes import EXPLAINED
from coverage_runs import runs

from cocotb_tests._coverage import Point, coverage, merged


def points() -> list[Point]:
    found = []
    for run in runs():
        inputs, outputs = ({port.name: port.width for port in run.ports if port.output == out} for out in (False, True))
        found.append([each for each in coverage(run.rtl, inputs, run.inputs, outputs) if each.module in run.modules])
    return merged(found)


def explanation(point: Point) -> tuple[str, str] | None:
    """The place in EXPLAINED of a point's reason."""
    said = (place for place in EXPLAINED if re.fullmatch(place[0], point.module) and re.search(place[1], point.what))
    return next(said, None)


def ranges(numbers: set[int]) -> str:
    """Bits of a signal, in short: {1, 2, 3, 7} is [7,3:1]; nothing if there is none."""
    parts: list[str] = []
    for high in sorted(numbers - {number - 1 for number in numbers}, reverse=True):
        low = high
        while low - 1 in numbers:
            low -= 1
        parts.append(str(high) if low == high else f"{high}:{low}")
    return f"[{','.join(parts)}]" if parts else ""


def holes(found: list[Point]) -> list[str]:
    """What is not covered, bits of a signal and both of their edges together, with the reason."""
    edges: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for point in found:
        place = explanation(point)
        name, bit, edge = re.fullmatch(r"(.*?)(?:\[(\d+)\])?(:[01]->[01])?", point.what).groups("")
        why = f"{EXPLAINED[place].why} ({', '.join(EXPLAINED[place].covered)})" if place else "NOT EXPLAINED"
        edges[f"{point.module}:{point.line} {point.kind} {name}", why][bit].add(edge)
    said = []
    for (name, why), bits in edges.items():
        for which in {edge for each in bits.values() for edge in (each if len(each) == 1 else {""})}:
            of = {int(bit) for bit, each in bits.items() if bit and (each == {which} or (not which and len(each) > 1))}
            said.append(f"{name}{ranges(of)}{which}: {why}")
    return said


def main() -> int:
    """Print the table and the holes; 1 if a hole is not explained, or a reason has no hole."""
    by_module: dict[str, dict[str, list[Point]]] = defaultdict(lambda: defaultdict(list))
    for point in points():
        by_module[point.module]["toggle" if point.kind == "toggle" else "line"].append(point)
    print(f"{'module':20} {'lines':>13} {'toggles':>15}")
    for module, kinds in by_module.items():
        counts = [f"{sum(p.hits > 0 for p in kinds[kind]):,} of {len(kinds[kind]):,}" for kind in ("line", "toggle")]
        print(f"{module:20} {counts[0]:>13} {counts[1]:>15}")
    left = [point for kinds in by_module.values() for each in kinds.values() for point in each if not point.hits]
    for said in holes(left):
        print(said)
    needless = EXPLAINED.keys() - {explanation(point) for point in left}
    for module, pattern in sorted(needless):
        print(f"{module} {pattern}: explained, and covered")
    return int(bool(needless) or any(explanation(point) is None for point in left))


if __name__ == "__main__":
    sys.exit(main())
