"""The accelerator over AXI: cocotb on Verilator, results by the array's model, streams stalled and protocols broken."""

from typing import Any

import numpy as np
import pytest
from sweep import SWEEP
from top_jobs import layer_job, random_job, unit_of
from top_runs import EVERY_BIN, LARGEST, LONG, REGISTERS, SHORT, SIZES, bench, jobs_of, matrix
from torch import Tensor

from accelerator import Program, lower
from accelerator import run as run_program
from accelerator.array import ArrayConfig, UnitConfig, cycles
from accelerator.array._top import TopConfig
from accelerator.program import Product
from goldaxe import approximate_
from pysim import Accumulator
from workloads import load


def missed(answer: dict[str, Any]) -> dict[str, list[str]]:
    found = {point: [name for name, hits in bins.items() if not hits] for point, bins in answer["coverage"].items()}
    return {point: bins for point, bins in found.items() if bins}


def test_every_bin_is_hit() -> None:
    answer = bench(EVERY_BIN, jobs_of(EVERY_BIN.unit, 0), [*LONG, *matrix(1)])
    assert missed(answer) == {}


@pytest.mark.parametrize("top", SIZES.values(), ids=SIZES)
def test_sizes(top: TopConfig) -> None:
    bench(top, jobs_of(top.unit, 1, top.raw_sums), SHORT, seed=1)


@pytest.mark.parametrize(("rows", "cols", "blocks"), [(256, 1, 1), pytest.param(1, 256, 256, marks=pytest.mark.full)])
def test_the_most_rows_and_columns(rows: int, cols: int, blocks: int) -> None:
    """Frames of weights of 256 beats; and channels of 16 bits of address."""
    unit = unit_of(rows, cols, "exact2us", depth=9, blocks=blocks)
    job = random_job(unit, np.random.default_rng(1), 2, min(blocks, 2), 3, raw=True)
    bench(TopConfig(unit), [job], [("identity",), ("alone",)])


def test_registers_as_wide_as_they_can_be() -> None:
    bench(LARGEST, [random_job(LARGEST.unit, np.random.default_rng(0), 2, 3, 4)], REGISTERS)


@pytest.mark.full
@pytest.mark.parametrize(("rows", "cols"), SWEEP)
def test_more_sizes(rows: int, cols: int) -> None:
    label = ("mitchell8us", "exact12us")[(rows + cols) % 2]
    top = TopConfig(unit_of(rows, cols, label, depth=32, code_bits=12))
    scenarios = LONG if rows * cols <= 100 else SHORT  # what happens cycle by cycle is seen in small arrays
    bench(top, jobs_of(top.unit, 2), [*scenarios, *matrix(3)], seed=2)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(8))
def test_more_seeds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    unit = unit_of(
        int(rng.integers(1, 7)), int(rng.integers(1, 7)), depth=int(rng.integers(1, 20)), blocks=int(rng.integers(1, 5))
    )
    top = TopConfig(unit, fifos=int(rng.integers(1, 9)), raw_sums=bool(rng.random() < 0.7))
    times = [("interrupted", how, [float(r) for r in rng.choice([0, 0.2, 0.7], 5)], 25) for how in ("reset", "CLEAR")]
    bench(top, jobs_of(unit, seed, top.raw_sums), [*LONG, *matrix(seed), *times], seed=seed)


def test_a_job_takes_the_cycles_of_its_tiles() -> None:
    """From START to the last code: the array's cycles, 3 of the requantiser, 3 of driver and skid buffer before them. FIFOs of
    ROWS + COLS + 5 places are enough for that, and one fewer are not."""
    unit = unit_of(4, 3, accumulator=Accumulator(18, "saturate"), depth=20)
    late = {}
    for fifos in (12, 11):
        found = bench(TopConfig(unit, fifos), jobs_of(unit, 0), [("alone",)])["notes"]["cycles"]
        late[fifos] = [busy - cycles(unit.array, [v] * tiles * blocks) - 6 for tiles, blocks, v, busy in found]
    assert late[12] == [0] * 5
    assert max(late[11]) > 0


def test_the_driver_says_which_handshake_is_stuck() -> None:
    unit = unit_of(2, 3, depth=16)
    said = bench(TopConfig(unit), jobs_of(unit, 0), [("stuck",)])["notes"]["stuck"]
    assert "a frame of m_axis_codes did not end within 200 cycles; in cycle " in said["no weights"]
    assert "s_axis_vectors (tvalid = 1, tready = 0, " in said["no weights"]
    assert "s_axis_weights (tvalid = 0, tready = 1, no beat yet) is waited for by the accelerator" in said["no weights"]
    assert "s_axis_weights (tvalid = 1, tready = 0, " in said["no vectors"]
    assert "s_axis_vectors (tvalid = 0, tready = 1, " in said["no vectors"]
    assert "s_axi b (valid = 1, ready = 0, " in said["no answer taken"]
    assert "the write of 0x1 to 0x40 did not end" in said["no answer taken"]
    assert said["refused"] == "the write of 0x1 to 0x0 was refused; the first error is <Error.READ_ONLY: 3>"


def lowered(name: str) -> tuple[Program, Tensor]:
    workload = load(name)
    model, calibration = workload.model(), workload.calibration()
    approximate_(model, "drum8us_k4", calibration=calibration)
    return lower(model, calibration), workload.test()[0]


@pytest.mark.parametrize("rows", [8, 9])
def test_layers_of_a_network(rows: int) -> None:
    """The first positions of a pointwise and a depthwise convolution of mnist-dscnn: codes of the golden program."""
    program, images = lowered("mnist-dscnn")
    values = {name: np.asarray(value[0]) for name, value in run_program(program, images[:1]).values.items()}
    products = [operation for operation in program.operations if isinstance(operation, Product) and operation.layout == "image"]
    depthwise = next(operation for operation in products if operation.window.groups > 1)
    pointwise = next(operation for operation in products if operation.window.kernel == (1, 1))
    config = program.arithmetic.operands.quantization
    unit = UnitConfig(ArrayConfig(rows, 8, "drum8us_k4", config.accumulator, depth=12), code_bits=8, blocks=64)
    jobs = [layer_job(program, operation, values, unit) for operation in (depthwise, pointwise)]
    answer = bench(TopConfig(unit), [job for job, _ in jobs], [("layers", [used.astype(int).tolist() for _, used in jobs])])
    assert answer["notes"]["layers"] == [[job.tiles, job.blocks, job.vectors] for job, _ in jobs]
