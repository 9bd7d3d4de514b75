"""What the array's parts cost, by hierarchy: Yosys keeps the modules, and maps their logic to the unit-gate library.

`python -m benchmarks.array_area [MULTIPLIER]` prints, for 4x4, 8x8 and 16x16, logic in two-input NANDs, flip-flops, and bits of
memory of the accumulator banks.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from importlib.resources import files
from pathlib import Path

from rich.console import Console
from rich.table import Table

from accelerator.array import ArrayConfig, array_rtl

SIZES = (4, 8, 16)
PARTS = {
    "pe_multiplier": "multipliers",
    "accumulate": "adders",
    "mac_pe": "registers of elements",
    "accumulator_bank": "banks",
    "skew": "skew, deskew",
}

SCRIPT = """
from pyosys import libyosys as yosys
from pathlib import Path
import sys
top = sys.argv[1]
design = yosys.Design()
for command in [
    "read_liberty -lib -ignore_miss_func cells.lib",
    *(f"read_verilog -defer {path.name}" for path in sorted(Path().glob("*.v"))),
    f"synth -noabc -top {top} -run begin:fine",
    "opt -fast -mux_undef -undriven -fine", "techmap", "opt -fast", "abc -liberty cells.lib", "opt_clean -purge",
    "tee -q -o stat.json stat -json -liberty cells.lib",
]:
    yosys.run_pass(command, design)
"""

Cost = Counter[str]
"""`logic` in NANDs, `flip-flops`, `memory` in bits."""


def main() -> None:
    """Print the table."""
    label = sys.argv[1] if len(sys.argv) > 1 else "drum8us_k4"
    table = Table("array", "part", "logic, NANDs", "flip-flops", "memory, bits", title=label)
    for size in SIZES:
        for part, cost in costs(ArrayConfig(size, size, label)).items():
            table.add_row(f"{size}x{size}", part, *(f"{cost[kind]:,.0f}" for kind in ("logic", "flip-flops", "memory")))
    Console().print(table)


def costs(config: ArrayConfig) -> dict[str, Cost]:
    """The cost of all instances of each part, of what remains as control, and of the whole."""
    modules = synthesized(config)
    top = next(name for name in modules if name.startswith("goldaxe_array"))
    parts: dict[str, Cost] = {part: Counter() for part in [*PARTS.values(), "control", "all"]}

    def visit(module: str, part: str) -> None:
        for kind, count in modules[module].items():
            if kind in modules:
                base = re.split(r"\\\\|\\", kind)[-1]
                for _ in range(int(count)):
                    visit(kind, PARTS.get(base, part))
            else:
                parts[part][kind] += count
                parts["all"][kind] += count

    visit(top, "control")
    parts["banks"]["memory"] = parts["all"]["memory"] = config.cols * config.depth * config.accumulator.bits
    return parts


def synthesized(config: ArrayConfig) -> dict[str, Cost]:
    """Of each module: its own cost, and how often it has which other module."""
    rtl = array_rtl(config)
    with tempfile.TemporaryDirectory(prefix="goldaxe-") as name:
        folder = Path(name)
        (folder / "top.v").write_text(rtl.text)
        for path in rtl.files:
            (folder / path.name).write_bytes(path.read_bytes())
        (folder / "cells.lib").write_bytes((Path(str(files("goldaxe.cost"))) / "unit_gate.lib").read_bytes())
        subprocess.run([sys.executable, "-I", "-c", SCRIPT, rtl.top], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        found = json.loads((folder / "stat.json").read_text())["modules"]
    return {name.lstrip("\\"): _cost(stat, found) for name, stat in found.items()}


def _cost(stat: dict, modules: dict) -> Cost:
    """Of one module: Yosys counts the area of the modules in it as its own, which is taken off again."""
    cost: Cost = Counter(logic=stat.get("area", 0))
    for kind, count in stat["num_cells_by_type"].items():
        inner = modules.get(kind) or modules.get(f"\\{kind}")
        if inner is not None:
            cost[kind] += count
            cost["logic"] -= count * inner.get("area", 0)
        elif "DFF" in kind:
            cost["flip-flops"] += count
    return cost


if __name__ == "__main__":
    main()
