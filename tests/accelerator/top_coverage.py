"""What the accelerator's benches have to have seen, as cover points of cocotb-coverage."""

from __future__ import annotations

import itertools
from typing import Any

from cocotb_coverage.coverage import CoverPoint, coverage_db

from cocotb_tests.accelerator_job import Job
from cocotb_tests.accelerator_monitor import STREAMS, Monitor
from cocotb_tests.accelerator_registers import Error

KINDS = ("moves at once", "in a row", "sender late", "receiver late", "sender late for long", "receiver late for long")
LONG = 8


def _point(name: str, bins: list[Any]) -> Any:
    """A function that marks a bin of a cover point."""

    @CoverPoint(f"top.{name}", xf=lambda value: value, bins=bins)
    def mark(value: Any) -> None:
        pass

    return mark


error = _point("error", [code for code in Error if code is not Error.NONE])
# AXI4-Lite takes no beats in a row.
handshake = _point(
    "handshake", [(name, kind) for name in (*STREAMS, "s_axi") for kind in KINDS if (name, kind) != ("s_axi", "in a row")]
)
stalls = _point("stalls", list(itertools.product((False, True), repeat=5)))
tiles = _point("tiles", ["1", "2", "more"])
blocks = _point("blocks", ["1", "more"])
vectors = _point("vectors", ["1", "fewer than rows", "as many as rows", "more than rows", "as many as allowed"])
ends = _point("first and last", list(itertools.product((False, True), repeat=2)))
output = _point("output", ["codes", "codes and sums"])
follows = _point("job after job", ["frames waited", "weights were loaded before START", "results were still to be taken"])
interrupted = _point(
    "interrupted",
    list(itertools.product(("reset", "CLEAR"), ("idle", "before any vector", "between vectors", "after the last", "dropping"))),
)
values = _point("values", ["weight lowest", "weight highest", "activation lowest", "activation highest", "no weight",
                           "code low", "code high", "sum lowest", "sum highest"])  # fmt: skip


def watch(monitor: Monitor) -> None:
    """Mark what handshakes do in this cycle."""
    for name, shake in monitor.handshakes.items():
        place = name if name in STREAMS else "s_axi"
        moves = shake.valid and shake.ready
        if moves:
            handshake((place, "in a row" if shake.run > 1 else "moves at once"))
        elif shake.valid or shake.ready:
            late = "receiver late" if shake.valid else "sender late"
            handshake((place, late if -shake.run < LONG else f"{late} for long"))


def shape(job: Job, rows: int, most: int) -> None:
    """Mark a job's shape."""
    tiles(str(job.tiles) if job.tiles < 3 else "more")
    blocks(str(job.blocks) if job.blocks < 2 else "more")
    vectors("1" if job.vectors == 1 else "as many as rows" if job.vectors == rows else
            "fewer than rows" if job.vectors < rows else "more than rows")  # fmt: skip
    if job.vectors == most:
        vectors("as many as allowed")
    for k in range(job.tiles):
        ends((k == 0, k == job.tiles - 1))
    output("codes and sums" if job.raw else "codes")


def contents(job: Job, config: dict[str, Any]) -> None:
    """Mark extreme values of a job."""
    weights, masks = ([value for tile in part for row in tile for value in row] for part in (job.weights, job.masks))
    activations = {value for tile in job.activations for row in tile for value in row}
    used = {weight for weight, mask in zip(weights, masks, strict=True) if mask}
    seen = {"weight lowest": config["b"][0] in used, "weight highest": config["b"][1] in used, "no weight": 0 in masks}
    seen |= {"activation lowest": config["a"][0] in activations, "activation highest": config["a"][1] in activations}
    codes, sums = ({value for block in part for row in block for value in row} for part in (job.codes, job.sums))
    seen |= {"code low": job.low in codes, "code high": job.high in codes}
    seen |= {"sum lowest": config["acc"][0] in sums, "sum highest": config["acc"][1] in sums}
    for name, found in seen.items():
        if found:
            values(name)


def hits() -> dict[str, dict[str, int]]:
    """How often each bin of each point was marked."""
    return {
        name: {str(key): count for key, count in item.detailed_coverage.items()}
        for name, item in coverage_db.items()
        if isinstance(item, CoverPoint)
    }
