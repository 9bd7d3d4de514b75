"""What the array's parts cost, by hierarchy: Yosys keeps the modules, and maps their logic to the unit-gate library.

`python -m benchmarks.array_area [MULTIPLIER]` prints, for 4x4, 8x8 and 16x16, logic in two-input NANDs, flip-flops, and bits of
memory of the accumulator banks; with `--top`, of the accelerator behind AXI.
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

from accelerator.array import ArrayConfig, TopConfig, UnitConfig, array_rtl, top_rtl
from multipliers import Rtl

SIZES = (4, 8, 16)
TOP_SIZES = (4, 8, 16)
PARTS = {
    "pe_multiplier": "multipliers",
    "accumulate": "adders",
    "mac_pe": "registers of elements",
    "accumulator_bank": "banks",
    "skew": "skew, deskew",
}
TOP_PARTS = {
    "requantize": "requantisers",
    "settings_memory": "settings",
    "credit_fifo": "FIFOs",
    "skid_buffer": "skid buffers",
    "frame_guard": "frame guards",
    "register_file": "registers",
    "axi_lite_slave": "AXI4-Lite",
    "job_control": "job control",
    "job_sequencer": "job control",
    "job_results": "job control",
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
    names = [argument for argument in sys.argv[1:] if argument != "--top"]
    label, top = names[0] if names else "drum8us_k4", "--top" in sys.argv
    table = Table("array", "part", "logic, NANDs", "flip-flops", "memory, bits", title=label)
    for size in TOP_SIZES if top else SIZES:
        config = ArrayConfig(size, size, label)
        for part, cost in (top_costs(TopConfig(UnitConfig(config, 8, 16))) if top else costs(config)).items():
            table.add_row(f"{size}x{size}", part, *(f"{cost[kind]:,.0f}" for kind in ("logic", "flip-flops", "memory")))
    Console().print(table)


def costs(config: ArrayConfig) -> dict[str, Cost]:
    """The cost of all instances of each part, of what remains as control, and of the whole."""
    found = by_part(array_rtl(config), PARTS)
    found["banks"]["memory"] = found["all"]["memory"] = bank_bits(config)
    return found


def top_costs(config: TopConfig) -> dict[str, Cost]:
    """The same of the accelerator behind AXI."""
    found, values, array = by_part(top_rtl(config), PARTS | TOP_PARTS), config.parameters, config.unit.array
    beats = array.cols * values["CODE_LANE"] + 2 + (array.cols * 32 + 2 if config.raw_sums else 0)
    bits = {"banks": bank_bits(array), "settings": array.cols * config.unit.blocks * 69, "FIFOs": (values["FIFOS"] + 1) * beats}
    for part, count in bits.items():
        found[part]["memory"] = count
    found["all"]["memory"] = sum(bits.values())
    return found


def bank_bits(config: ArrayConfig) -> int:
    """Bits of memory of the accumulator banks."""
    return config.cols * config.depth * config.accumulator.bits


def by_part(rtl: Rtl, named: dict[str, str]) -> dict[str, Cost]:
    """The cost of all instances of the modules of each part; `control` is what remains."""
    modules = synthesized(rtl)
    top = next(name for name in modules if name == rtl.top)
    parts: dict[str, Cost] = {part: Counter() for part in [*named.values(), "control", "all"]}

    def visit(module: str, part: str) -> None:
        for kind, count in modules[module].items():
            if kind in modules:
                pieces = re.split(r"\\+", kind)  # Yosys puts parameters behind a module's name, or a hash before it
                for _ in range(int(count)):
                    visit(kind, next((named[piece] for piece in pieces if piece in named), part))
            else:
                parts[part][kind] += count
                parts["all"][kind] += count

    visit(top, "control")
    return parts


def synthesized(rtl: Rtl) -> dict[str, Cost]:
    """Of each module: its own cost, and how often it has which other module."""
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
