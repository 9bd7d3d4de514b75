"""The accelerator over AXI: cocotb on Verilator, results by the array's model, streams stalled and protocols broken."""

import itertools
from typing import Any

import numpy as np
import pytest
from sweep import SWEEP
from top_jobs import layer_job, plan_of, random_job, unit_of
from torch import Tensor

from accelerator import Program, lower
from accelerator import run as run_program
from accelerator.array import ArrayConfig, UnitConfig, cycles
from accelerator.array._ports import TOP_FOLDER, ports_of
from accelerator.array._top import TopConfig, top_rtl
from accelerator.program import Product
from cocotb_tests._build import build, read
from cocotb_tests.accelerator_job import Job
from goldaxe import approximate_
from pysim import Accumulator
from workloads import load

RATES = (0.1, 0.5, 0.8)


def bench(top: TopConfig, jobs: list[Job], scenarios: list[Any], seed: int = 0) -> dict[str, Any]:
    from cocotb_tests._runner import run_bench

    program = build(read(top_rtl(top)), [port.name for port in ports_of("accelerator_top", top.parameters, TOP_FOLDER)])
    plan = plan_of(top, jobs, seed) | {"scenarios": [[name, list(arguments)] for name, *arguments in scenarios]}
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
    *(("interrupted", how, rates, 15) for how in ("reset", "CLEAR") for rates in (NONE, [0.5, 0.1, 0.1, 0.6, 0.4])),
]


def missed(answer: dict[str, Any]) -> dict[str, list[str]]:
    found = {point: [name for name, hits in bins.items() if not hits] for point, bins in answer["coverage"].items()}
    return {point: bins for point, bins in found.items() if bins}


def test_every_bin_is_hit() -> None:
    unit = unit_of(4, 3, accumulator=Accumulator(18, "saturate"), depth=9)
    answer = bench(TopConfig(unit, fifos=7), jobs_of(unit, 0), [*LONG, *matrix(1)])
    assert missed(answer) == {}


@pytest.mark.parametrize(
    "top",
    [
        TopConfig(unit_of(1, 1, depth=1, blocks=1, code_bits=2), fifos=1),
        TopConfig(unit_of(1, 5, "exact5s", accumulator=Accumulator(12), depth=5, code_bits=16), fifos=3),
        TopConfig(unit_of(5, 2, "compressor_tree8_c1", depth=64, blocks=3, single_rounding=True, code_bits=5), raw_sums=False),
    ],
    ids=["1x1", "1x5", "5x2"],
)
def test_sizes(top: TopConfig) -> None:
    bench(top, jobs_of(top.unit, 1, top.raw_sums), SHORT, seed=1)


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
