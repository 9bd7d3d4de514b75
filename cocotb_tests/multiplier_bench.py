"""Runs inside the simulator: drives operand pairs into any combinational multiplier and compares every product.

The folder named by GOLDAXE_BENCH holds `job.json`, {"widths": [a, b, p]}, and `vectors.bin`, native 64-bit words: the bits of
all a, then of all b, then of all expected p. What comes back is `seen.bin`, words as they stood on the three ports when each
product was read, and `result.json`: {"vectors": N, "failures": n, "mismatches": [[index, p], ...]} with the first of them, or
{"error": one sentence} if the module's ports are not those of the vectors.

It knows no registry and needs no NumPy, whose import would take as long as the 65,536 pairs of an 8 x 8 multiplier.
"""

from __future__ import annotations

import json
import os
from array import array
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import Timer

PORTS = ("a_i", "b_i", "p_o")
REPORTED = 1000


@cocotb.test()
async def products_equal_model(dut: Any) -> None:
    """p_o is the expected product for every pair on a_i and b_i."""
    folder = Path(os.environ["GOLDAXE_BENCH"])
    widths = json.loads((folder / "job.json").read_text())["widths"]
    wrong = _wrong_port(dut, widths)
    if wrong:
        _answer(folder, {"error": wrong})
        raise AssertionError(wrong)
    words = array("Q", (folder / "vectors.bin").read_bytes())
    count = len(words) // 3
    expected = words[2 * count :]
    a, b, products = await _seen(dut, words[:count], words[count : 2 * count])
    (folder / "seen.bin").write_bytes(b"".join(column.tobytes() for column in (a, b, products)))
    failing = [] if products == expected else [index for index in range(count) if products[index] != expected[index]]
    mismatches = [[index, products[index]] for index in failing[:REPORTED]]
    _answer(folder, {"vectors": count, "failures": len(failing), "mismatches": mismatches})
    assert not failing, f"{len(failing)} of {count} products differ"


async def _seen(dut: Any, a: array[int], b: array[int]) -> tuple[array[int], array[int], array[int]]:
    """What stands on a_i, b_i and p_o one time step after each pair."""
    a_i, b_i, p_o = (getattr(dut, port) for port in PORTS)
    settle = Timer(1, "step")
    seen = array("Q"), array("Q"), array("Q")
    see_a, see_b, see_p = (column.append for column in seen)
    last = None
    for a_bits, b_bits in zip(a, b, strict=True):
        if a_bits != last:
            a_i.value = last = a_bits
        b_i.value = b_bits
        await settle
        see_a(int(a_i.value))
        see_b(int(b_i.value))
        see_p(int(p_o.value))
    return seen


def _wrong_port(dut: Any, widths: list[int]) -> str:
    """What is wrong with the ports of the module under test, or nothing."""
    for port, width in zip(PORTS, widths, strict=True):
        handle = getattr(dut, port, None)
        if handle is None:
            return f"the module has no port {port}"
        if len(handle) != width:
            return f"port {port} has {len(handle)} bits where the model has {width}"
    return ""


def _answer(folder: Path, answer: dict[str, object]) -> None:
    unfinished = folder / "result.json.part"
    unfinished.write_text(json.dumps(answer))
    unfinished.replace(folder / "result.json")
