"""Which scenarios of `top_bench` run on which accelerator, for tests and for the coverage of lines and bits."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from top_jobs import plan_of, random_job, unit_of

from accelerator.array import UnitConfig
from accelerator.array._ports import TOP_FOLDER, Port, ports_of
from accelerator.array._top import TopConfig, top_rtl
from cocotb_tests._build import build, read
from cocotb_tests.accelerator_job import Job
from pysim import Accumulator

RATES = (0.1, 0.5, 0.8)


def ports(top: TopConfig) -> list[Port]:
    return ports_of("accelerator_top", top.parameters, TOP_FOLDER)


def bench(top: TopConfig, jobs: list[Job], scenarios: list[Any], seed: int = 0, record: Sequence[str] = ()) -> dict[str, Any]:
    """What `top_bench` answers; `record` are ports whose bits it is to keep."""
    from cocotb_tests._runner import run_bench

    program = build(read(top_rtl(top)), [port.name for port in ports(top)])
    plan = plan_of(top, jobs, seed) | {"scenarios": [[name, list(arguments)] for name, *arguments in scenarios]}
    plan["record"] = list(record)
    answer = run_bench("top_bench", program, plan, seed=seed, seconds=600)
    assert not answer["failures"], "\n".join(answer["failures"])
    return answer


def jobs_of(unit: UnitConfig, seed: int, raw: bool = True) -> list[Job]:
    """One tile and many, one block and many, as few and as many vectors as there can be."""
    rng, depth, rows = np.random.default_rng(seed), unit.array.depth, unit.array.rows
    few, most = min(max(2, rows - 1), depth), unit.blocks
    shapes = [(2, min(2, most), min(rows + 2, depth), raw), (1, 1, 1, False), (3, 1, depth, raw), (1, most, few, False),
              (2, 1, min(rows, depth), raw)]  # fmt: skip
    return [random_job(unit, rng, *shape, extreme=index == 4) for index, shape in enumerate(shapes)]


def matrix(seed: int) -> list[tuple[str, list[float]]]:
    """Each port stalled or not, at random rates; then all at each rate."""
    rng = np.random.default_rng(seed)
    mixed = [[float(rng.choice(RATES)) * on for on in ports] for ports in itertools.product((0, 1), repeat=5)]
    return [("stalled", rates) for rates in [*mixed, *([rate] * 5 for rate in RATES)]]


NONE = [0.0] * 5
SHORT = [
    ("identity",),
    ("alone",),
    ("stalled", [0.3, 0.3, 0.5, 0.5, 0.2]),
    ("back_to_back", NONE),
    ("back_to_back", [0.1, 0.1, 0.8, 0.8, 0.0]),
    ("full",),
    ("full_then_cleared",),
    ("pipelined",),
    ("broken", [0.2, 0.2, 0.5, 0.5, 0.0]),
    ("interrupted", "reset", [0.2, 0.2, 0.5, 0.5, 0.0], 5),
    ("interrupted", "CLEAR", [0.2, 0.2, 0.5, 0.5, 0.0], 5),
]
LONG = [
    *SHORT,
    ("refused",),
    ("busy",),
    ("broken", NONE),
    ("missing_tail",),
    ("cleared_at_every_cycle",),
    *(("interrupted", how, rates, 25) for how in ("reset", "CLEAR") for rates in (NONE, [0.5, 0.1, 0.1, 0.6, 0.4])),
]

EVERY_BIN = TopConfig(unit_of(4, 3, accumulator=Accumulator(18, "saturate"), depth=9), fifos=7)
"""With LONG and a matrix of stalls it hits every bin of the functional coverage."""

SIZES = {
    "1x1": TopConfig(unit_of(1, 1, depth=1, blocks=1, code_bits=2), fifos=1),
    "1x5": TopConfig(unit_of(1, 5, "exact5s", accumulator=Accumulator(12), depth=5, code_bits=16), fifos=3),
    "5x2": TopConfig(
        unit_of(
            *(5, 2, "compressor_tree8_c1"),
            **{"accumulator": Accumulator(17), "depth": 64, "blocks": 3, "single_rounding": True, "code_bits": 5},
        ),
        raw_sums=False,
    ),
}
"""For SHORT."""

LARGEST = TopConfig(unit_of(1, 1, depth=65536, blocks=4096, code_bits=16))
"""For REGISTERS: all of their bits are used."""

REGISTERS = [("identity",), ("refused",), ("busy",), ("pipelined",)]
