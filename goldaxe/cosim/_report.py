"""A co-simulation as plain values, for JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ._run import Cosimulation


def plain(result: Cosimulation) -> dict[str, Any]:
    """Everything but the integers themselves."""
    layers = []
    for layer in result.layers:
        energy = None if layer.energy is None else {**asdict(layer.energy), "total": layer.energy.total}
        layers.append({**asdict(layer), "equal": layer.equal, "energy": energy})
    return {
        "program": result.program.name,
        "multiplier": result.program.arithmetic.label,
        "program_hash": result.program.hash,
        "verilog_hash": result.rtl,
        "inputs": result.inputs,
        "rows": result.size.rows,
        "cols": result.size.cols,
        "equal": result.equal,
        "cycles": result.cycles,
        "clock_mhz": result.clock_mhz,
        "microseconds": result.microseconds,
        "simulated_cycles_per_second": result.cycles_per_second,
        "layers": layers,
    }
