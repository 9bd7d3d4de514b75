"""Which modules `make coverage` looks at, and what they are driven with: the recordings of the tests, and what stood on the
accelerator's ports in its cocotb bench."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import os_recordings
import recordings
import top_runs
import vector_recordings as vector
from top_jobs import random_job

from accelerator.array import ArrayConfig, UnitConfig, array_rtl, unit_rtl
from accelerator.array._ports import FOLDER, TOP_FOLDER, Port, ports_of
from accelerator.array._rtl import fixed
from accelerator.array._top import TopConfig, top_rtl
from accelerator.vector import _rtl as vector_rtl
from cocotb_tests.accelerator_job import Job
from multipliers import Rtl
from pysim import Accumulator

ANY = ArrayConfig(1, 1, "exact8us")
ALL = frozenset(path.stem for name in ("array", "vector", "top") for path in (FOLDER.parent / name).glob("*.v"))
"""Multipliers have benches of their own, exhaustive at 8 bits."""
TOP = frozenset(path.stem for path in TOP_FOLDER.glob("*.v"))


@dataclass(frozen=True)
class Run:
    """Verilog, its ports without the clock, the bits of each input in each cycle, and the modules that are looked at."""

    rtl: Rtl
    ports: list[Port]
    inputs: Mapping[str, list[int]]
    modules: frozenset[str]


def rng(seed: int) -> np.random.Generator:
    """What a recording is drawn by."""
    return np.random.default_rng(seed)


def runs() -> Iterator[Run]:
    """All of them."""
    yield from in_array()
    yield from in_vector_unit()
    yield from on_top()


def in_array() -> Iterator[Run]:
    """As in test_array_rtl.py and test_output_stationary.py."""

    def run(name: str, recording: recordings.Recording, config: ArrayConfig = ANY, **parameters: int) -> Run:
        return _run(fixed(config, name, parameters, "top"), name, parameters, recording)

    for label, accumulator in (("drum8us_k4", Accumulator(17, "saturate")), ("exact4s", Accumulator(8))):
        config = ArrayConfig(1, 1, label, accumulator)
        yield run("mac_pe", recordings.element(config, rng(0), 3000), config, **config.element_parameters)
        yield run("os_pe", os_recordings.element(config, rng(0), 3000), config, **config.element_parameters)
    for reverse in (0, 1):
        yield run("skew", recordings.skew(5, 3, bool(reverse), rng(1), 1000), LANES=5, WIDTH=3, REVERSE=reverse)
    for width, depth in ((12, 5), (8, 64)):
        bits = (depth - 1).bit_length()
        recording = recordings.bank(width, depth, rng(3), 3000)
        yield run("accumulator_bank", recording, WIDTH=width, DEPTH=depth, ADDRESS=bits)
    for width, depth in ((69, 5), (3, 1), (8, 64)):
        bits = max(1, (depth - 1).bit_length())
        recording = recordings.settings_memory(width, depth, rng(6), 2000)
        yield run("settings_memory", recording, WIDTH=width, DEPTH=depth, ADDRESS=bits)
    for once in (0, 1):
        recording = recordings.requantizer(8, bool(once), rng(4), 4000)
        yield run("requantize", recording, CODE_WIDTH=8, SINGLE_ROUNDING=once)
    for rows, cols in ((1, 5), (4, 4), (7, 3)):
        config = ArrayConfig(rows, cols, "drum8us_k4", Accumulator(18, "saturate"), depth=9)
        yield _run(array_rtl(config), "matrix_unit", config.parameters, recordings.unit(config, rng(5), 20, 5))
    for rows, cols in ((1, 1), (4, 3)):
        config = os_recordings.os_config(rows, cols, accumulator=Accumulator(18, "saturate"))
        size = {"ROWS": rows, "COLS": cols, **config.element_parameters}
        yield run("os_array", os_recordings.elements(config, rng(0), 2000), config, **size)
    for rows, cols in ((1, 1), (1, 5), (4, 4), (7, 3)):
        config = os_recordings.os_config(rows, cols, accumulator=Accumulator(18, "saturate"))
        yield _run(array_rtl(config), "os_unit", config.parameters, os_recordings.unit(config, rng(1), 20, 5))
    for rows, cols, accumulator, code_bits, blocks, once in (
        (1, 1, Accumulator(), 8, 1, True),
        (1, 5, Accumulator(18, "saturate"), 16, 3, False),
        (7, 3, Accumulator(20), 2, 9, False),
    ):
        unit = UnitConfig(ArrayConfig(rows, cols, "drum8us_k4", accumulator, depth=9), code_bits, blocks, once)
        yield _run(unit_rtl(unit), "product_unit", unit.parameters, recordings.product_unit(unit, rng(7), 20, 5))


def in_vector_unit() -> Iterator[Run]:
    """As in test_vector_rtl.py."""

    def run(name: str, recording: recordings.Recording, **parameters: int) -> Run:
        return _run(vector_rtl.fixed(name, parameters, "top"), name, parameters, recording, vector_rtl.FOLDER)

    yield run("rescale", vector.rescale(1, 1, 23, 16, rng(0), 3000), LANES=1, SOURCES=1, X_WIDTH=23, CODE_WIDTH=16)
    yield run("rescale", vector.rescale(4, 2, 17, 8, rng(0), 3000), LANES=4, SOURCES=2, X_WIDTH=17, CODE_WIDTH=8)
    pool = vector.average_pool(1, 17, 16, rng(1), 3000)
    yield run("average_pool", pool, LANES=1, X_WIDTH=17, SUM_WIDTH=24, CODE_WIDTH=16)
    yield run("max_pool", vector.max_pool(4, 9, rng(2), 3000), LANES=4, X_WIDTH=9)
    yield run("recurrent_cell", vector.recurrent_cell(1, rng(3), 3000), LANES=1)
    yield run("recurrent_cell", vector.every_entry(rng(4), 4000), LANES=1)


def on_top() -> Iterator[Run]:
    """The benches of test_accelerator_top.py: the bits of all inputs are kept at each rising edge, and run again where they are
    counted."""
    benches = [(top_runs.EVERY_BIN, 0, [*top_runs.LONG, *top_runs.matrix(1)])]
    benches += [(top, 1, top_runs.SHORT) for top in top_runs.SIZES.values()]
    for top, seed, scenarios in benches:
        yield _on_top(top, top_runs.jobs_of(top.unit, seed, top.raw_sums), scenarios, seed, ALL)
    job = random_job(top_runs.LARGEST.unit, np.random.default_rng(0), 2, 3, 4)
    yield _on_top(top_runs.LARGEST, [job], top_runs.REGISTERS, 0, TOP - {"credit_fifo"})  # as its job is small


def _on_top(top: TopConfig, jobs: list[Job], scenarios: list[Any], seed: int, modules: frozenset[str]) -> Run:
    ports = [port for port in top_runs.ports(top) if port.name != "clk_i"]
    inputs = [port.name for port in ports if not port.output]
    recorded = top_runs.bench(top, jobs, scenarios, seed, inputs)["recorded"]
    return Run(top_rtl(top), ports, {port: [int(bits, 16) for bits in recorded[port]] for port in inputs}, modules)


def _run(rtl: Rtl, name: str, parameters: Mapping[str, int], recording: recordings.Recording, folder: Path = FOLDER) -> Run:
    ports = [port for port in ports_of(name, parameters, folder) if port.output or port.name in recording.inputs]
    return Run(rtl, ports, recording.inputs, ALL)
