"""Runs inside the simulator: drives a clocked module's inputs cycle by cycle, and compares its outputs in every cycle.

The folder named by GOLDAXE_BENCH holds `job.json`: {"clock": port, "inputs": {port: [bits in each cycle]}, "expected": {port:
[[bits in each cycle], [mask of the bits that count]]}}. Inputs change at the falling edge, and outputs are read just before the
rising one, so combinational paths count too. What comes back is `result.json`: {"cycles": N, "seconds": processor time for
them, "failures": cycles that differ, "differences": [[cycle, port, bits], ...]} with the first of them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from time import process_time
from typing import Any

import cocotb
from cocotb.triggers import Timer

REPORTED = 100


@cocotb.test()
async def outputs_equal_model(dut: Any) -> None:
    """Each output has the expected bits in each cycle."""
    folder = Path(os.environ["GOLDAXE_BENCH"])
    job = json.loads((folder / "job.json").read_text())
    clock = getattr(dut, job["clock"])
    inputs = [(getattr(dut, port), bits) for port, bits in job["inputs"].items()]
    outputs = [(port, getattr(dut, port), *columns) for port, columns in job["expected"].items()]
    (cycles,) = {len(column) for column in [*job["inputs"].values(), *(c for _, _, *both in outputs for c in both)]}
    half = Timer(1, "step")
    differences: list[list[object]] = []
    failures = 0
    start = process_time()
    for cycle in range(cycles):
        clock.value = 0
        for handle, bits in inputs:
            if not cycle or bits[cycle] != bits[cycle - 1]:
                handle.value = bits[cycle]
        await half
        found = [
            [cycle, port, int(handle.value)]
            for port, handle, bits, mask in outputs
            if mask[cycle] and (int(handle.value) ^ bits[cycle]) & mask[cycle]
        ]
        failures += bool(found)
        differences += found
        clock.value = 1
        await half
    answer = {"cycles": cycles, "seconds": process_time() - start, "failures": failures, "differences": differences[:REPORTED]}
    unfinished = folder / "result.json.part"
    unfinished.write_text(json.dumps(answer))
    unfinished.replace(folder / "result.json")
    assert not failures, f"{failures} of {cycles} cycles differ"
