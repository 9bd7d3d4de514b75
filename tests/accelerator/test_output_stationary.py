"""The output-stationary array: Verilog in lockstep with its model, in bulk against a plain loop, and its cycles."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from integer_networks import NETWORKS, make
from recordings import Recording, ones
from sweep import sizes
from test_array_rtl import SIZES, check, module
from tile_samples import by_loops, operands, problem

from accelerator import Program, lower
from accelerator import run as run_program
from accelerator.array import (
    ArrayConfig,
    ArrayError,
    CompiledOsArray,
    Fold,
    array_design,
    compute,
    compute_folds,
    folds_of,
    matrix_of_folds,
    run_folds,
    simulate_folds,
    tiles_of,
)
from accelerator.array._os_unit import OsElements, OsUnit, Step, steps_of
from accelerator.array._record import packed
from accelerator.array._rtl import array_rtl
from accelerator.cycles import output_stationary_cycles
from accelerator.program import Product, Recurrent
from accelerator.schedule import ArraySize, dataflow_cycles, streams
from goldaxe import approximate_
from pysim import Accumulator
from workloads import load

PAGE = (Path(__file__).parents[2] / "docs" / "array.md").read_text()


def os_config(rows: int, cols: int, label: str = "drum8us_k4", accumulator: Accumulator | None = None) -> ArrayConfig:
    return ArrayConfig(rows, cols, label, accumulator, dataflow="output_stationary")


def random_folds(config: ArrayConfig, rng: np.random.Generator, count: int) -> list[Fold]:
    a, b = config.multiplier.a, config.multiplier.b
    lengths = rng.integers(1, 2 * config.rows + 2, count)
    return [
        Fold(operands(rng, a, (k, config.rows)), operands(rng, b, (k, config.cols)), rng.random((k, config.cols)) < 0.8)
        for k in lengths.tolist()
    ]


def elements(config: ArrayConfig, rng: np.random.Generator, cycles: int) -> Recording:
    """Random control and data on all edges of os_array, as no unit would drive them, and some resets."""
    model, recording, acc = OsElements(config), Recording(), config.accumulator
    a, b, shape = config.multiplier.a, config.multiplier.b, (config.rows, config.cols)
    weights, sums, results = (np.zeros(shape, dtype=bool) for _ in range(3))  # those that depend on nothing undefined
    share = 0.0
    for n in range(cycles):
        if n % 50 == 0:
            share = rng.choice([0.2, 0.5, 0.9, 1.0])
        reset = n == 0 or rng.random() < 0.01
        edge = {name: rng.random(config.rows) < share for name in ("valid", "first", "last", "shift")}
        edge |= {"a": operands(rng, a, (config.rows,)), "b": operands(rng, b, (config.cols,))}
        edge |= {"b_valid": rng.random(config.cols) < 0.8}
        inputs = {f"{name}_i": packed(edge[name], 1) for name in ("valid", "first", "last", "shift", "b_valid")}
        data = {"a_i": packed(edge["a"], a.width), "b_i": packed(edge["b"], b.width)}
        expected = (packed(model.result[-1], acc.bits), ones(results[-1], acc.bits))
        recording.cycle({"rst_ni": not reset, **inputs, **data}, {"result_o": expected})
        shifted = np.array([line.stages[0] if line.stages else tuple(edge["shift"]) for line in model.shifts]).T
        top = np.ones((1, config.cols), dtype=bool)
        begun = (model.first | sums) & weights
        above = np.concatenate([top, results[:-1]])
        results = np.where(model.valid & model.last, begun, np.where(shifted, above, results))
        sums = np.where(model.valid, begun, sums)
        above = np.concatenate([top, weights[:-1]])
        model.step(**edge)
        weights = np.where(model.valid, above, weights)
        if reset:
            model.reset()
    return recording


@pytest.mark.parametrize(("rows", "cols"), [(1, 1), (4, 3)])
def test_os_array(rows: int, cols: int) -> None:
    config = os_config(rows, cols, accumulator=Accumulator(18, "saturate"))
    rtl = module("os_array", config, ROWS=rows, COLS=cols, **config.element_parameters)
    check(rtl, elements(config, np.random.default_rng(0), 2000))


def unit(config: ArrayConfig, rng: np.random.Generator, episodes: int, count: int) -> Recording:
    """Episodes of random folds with random stalls; each ends by a reset, half of them in the middle of things."""
    model, recording = OsUnit(config), Recording()
    a, b, bits = config.multiplier.a, config.multiplier.b, config.accumulator.bits

    def cycle(step: Step | None, reset: bool = False) -> bool:
        noise = Step(operands(rng, a, (config.rows,)), operands(rng, b, (config.cols,)), rng.random(config.cols) < 0.5, True)
        shown = step or noise
        out = model.step(step)
        some = out.sums is not None
        inputs = {"rst_ni": not reset, "step_valid_i": step is not None, "last_i": shown.last}
        inputs |= {"vector_i": packed(shown.vector, a.width), "row_i": packed(shown.weights, b.width)}
        inputs |= {"row_mask_i": packed(shown.mask, 1)}
        sums = packed(out.sums.tolist(), bits) if out.sums is not None else 0
        expected = {
            "step_ready_o": (int(out.ready), int(step is not None)),
            "sums_valid_o": (int(some), 1),
            "sums_row_o": (out.row, (1 << config.parameters["ROW"]) - 1 if some else 0),
            "sums_o": (sums, (1 << (bits * config.cols)) - 1 if some else 0),
        }
        if reset:
            model.reset()
            expected = dict.fromkeys(expected, (0, 0))
        recording.cycle(inputs, expected)
        return out.ready

    cycle(None, reset=True)
    for _ in range(episodes):
        steps = steps_of(random_folds(config, rng, count))
        step, share, idle = next(steps, None), rng.choice([0.3, 0.7, 1.0]), 0
        stop = rng.integers(1, 20 * count) if rng.random() < 0.5 else -1
        while idle <= config.latency and stop != 0:
            offered = step if rng.random() < share else None
            if cycle(offered) and offered is not None:
                step = next(steps, None)
            idle = idle + 1 if step is None else 0
            stop -= 1
        cycle(None, reset=True)
    return recording


@pytest.mark.parametrize(("rows", "cols"), sizes(SIZES[:-1]))
def test_os_unit(rows: int, cols: int) -> None:
    config = os_config(rows, cols, accumulator=Accumulator(18, "saturate"))
    check(array_rtl(config), unit(config, np.random.default_rng(1), 5 if rows > 8 else 20, 5))


@pytest.mark.parametrize("label", ["drum8us_k4", "compressor_tree8_c1", "exact5s"])
@pytest.mark.parametrize(("rows", "cols"), [(1, 1), (1, 5), (7, 3)])
def test_the_verilog_gives_the_plain_loops_products(rows: int, cols: int, label: str) -> None:
    config = os_config(rows, cols, label, Accumulator(15, "saturate"))
    for seed, (m, k, n) in enumerate([(1, 1, 1), (2, 9, 3), (9, 7, 11), (20, 2, 5), (13, 30, 13)]):
        x, w, mask = problem(config, m, k, n, seed)
        folds = folds_of(config, x, w, mask)
        run, expected = run_folds(config, folds), compute_folds(config, folds)
        assert matrix_of_folds(config, run, m, n).tolist() == by_loops(config, x, w, mask)
        assert (run.sums == expected.sums).all()
        assert (run.addresses == expected.addresses).all()
        assert run.cycles == expected.cycles == simulate_folds(config, folds).cycles


@pytest.mark.parametrize(("rows", "cols"), sizes([(4, 4), (7, 3)]))
def test_layers_give_the_golden_sums_in_the_schedules_cycles(rows: int, cols: int) -> None:
    """Every product of every network: images, groups, depthwise, rows, steps of recurrent layers. 41 layers on each array."""
    layers = 0
    for name in NETWORKS:
        model, inputs = make(name)
        approximate_(model, "drum8us_k4", calibration=[inputs])
        program = lower(model, [inputs])
        size = ArraySize(rows, cols)
        golden = run_program(program, inputs[:1]).values
        expected = dataflow_cycles(program, size)
        array = CompiledOsArray(os_config(rows, cols, accumulator=program.arithmetic.operands.quantization.accumulator))
        for operation in program.operations:
            if isinstance(operation, Product | Recurrent):
                found, cycles = _sums(array, program, operation, golden)
                assert found.tolist() == _wanted(operation, golden).tolist(), operation.name
                assert cycles == expected[operation.name][1], operation.name
                layers += 1
    assert layers == 41


def _sums(
    array: CompiledOsArray, program: Program, operation: Product | Recurrent, golden: dict[str, torch.Tensor]
) -> tuple[np.ndarray, int]:
    """Sums (N, M) and cycles of one input; of a recurrent layer, of the first step in time."""
    if isinstance(operation, Recurrent):
        stream = golden[f"{operation.name}.hidden"][0, 0].numpy().reshape(1, 1, -1)
    else:
        stream = streams(operation, golden[operation.source][0].numpy(), program.values[operation.source].zero_point)
    groups, m, k = stream.shape
    weights = operation.matrix.weight.reshape(groups, -1, k)
    parts = [folds_of(array.config, x, w.T) for x, w in zip(stream, weights, strict=True)]
    run, each = array.run([fold for part in parts for fold in part]), len(parts[0]) * array.config.rows
    sums = [
        matrix_of_folds(array.config, replace(run, sums=run.sums[g * each : (g + 1) * each]), m, weights.shape[1])
        for g in range(groups)
    ]
    return np.concatenate([part.T for part in sums]), run.cycles


def _wanted(operation: Product | Recurrent, golden: dict[str, torch.Tensor]) -> np.ndarray:
    acc = golden[f"{operation.name}.acc"][0].numpy().astype(np.int64)
    if isinstance(operation, Recurrent):
        planes = acc[0][:, None]
    elif operation.layout == "image":
        planes = acc.reshape(operation.matrix.outputs, -1)
    else:
        planes = acc.reshape(-1, operation.matrix.outputs).T
    return np.asarray(planes - operation.matrix.constant[:, None])


def test_stalls_take_as_long_as_in_the_model() -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        config = os_config(4, 3)
        folds, offered = random_folds(config, rng, 4), rng.random(13) < rng.choice([0.2, 0.5, 0.9])
        offered[0] = True
        run, expected = run_folds(config, folds, offered), simulate_folds(config, folds, offered)
        assert run.cycles == expected.cycles
        assert (run.sums == expected.sums).all()


@pytest.mark.parametrize("label", ["drum8us_k4", "compressor_tree8_c1"])
def test_gates_and_look_ups_agree(label: str) -> None:
    """With every element's multiplier in gates; and a wrapper around another multiplier shows in both."""
    config, other = os_config(3, 4, label), os_config(3, 4, "mitchell8us" if "us" in label else "mitchell8")
    folds = random_folds(config, np.random.default_rng(3), 6)
    expected, wrong = (compute_folds(each, folds).sums for each in (config, other))
    assert (wrong != expected).any()
    swapped = replace(array_design(config), multiplier=array_design(other).multiplier)
    for gates in (True, False):
        run = CompiledOsArray(config, gates=gates).run(folds)
        assert (run.sums == expected).all()
        if other.multiplier.p == config.multiplier.p:
            assert (CompiledOsArray(config, gates=gates, design=swapped).run(folds).sums == wrong).all()


def test_cycles_are_those_of_events() -> None:
    """Elements count their pairs, and columns hand on one row a cycle: the last sums, by events."""
    for rows, cols in ((1, 1), (3, 5), (8, 2)):
        for lengths in ([1], [4, 4], [9, 2, 1, 12], [2] * 5):
            left, end, begin = -rows, 0, 0
            for length in lengths:
                left = max(begin + length - 1, left + rows)  # when the last step goes in
                begin, end = left + 1, left + rows + cols + rows - 1
            assert output_stationary_cycles(lengths, rows, cols) == end + 1
    assert output_stationary_cycles([], 4, 4) == 0


@pytest.mark.parametrize("name", ["mnist-dscnn", "mnist-gru"])
def test_the_pages_comparison_is_the_schedules(name: str) -> None:
    workload = load(name)
    model, calibration = workload.model(), workload.calibration()
    approximate_(model, "drum8us_k4", calibration=calibration)
    program = lower(model, calibration)
    table = re.findall(rf"^\| {name}.*?\| (\d+)x\d+ \| ([\d,]+) \| ([\d,]+) \|$", PAGE, re.MULTILINE)
    assert len(table) == 2
    for size, *said in table:
        found = dataflow_cycles(program, ArraySize(int(size), int(size))).values()
        assert [sum(column) for column in zip(*found, strict=True)] == [int(number.replace(",", "")) for number in said]


def test_what_does_not_fit_is_refused() -> None:
    config, other = os_config(2, 2), ArrayConfig(2, 2, "drum8us_k4")
    x, w = np.ones((3, 4), int), np.ones((4, 2), int)
    with pytest.raises(ArrayError, match="folds are for output_stationary arrays; this one is weight_stationary"):
        compute_folds(other, folds_of(config, x, w))
    with pytest.raises(ArrayError, match="tiles are for weight_stationary arrays; this one is output_stationary"):
        compute(config, tiles_of(other, x, w))
    with pytest.raises(ArrayError, match="no folds"):
        run_folds(config, [])
    with pytest.raises(ArrayError, match=r"fold 0: vectors of shape \(4, 3\)"):
        compute_folds(config, [Fold(x.T, w, w > 0)])
    with pytest.raises(ArrayError, match="fold 0: operand a = 300"):
        compute_folds(config, folds_of(config, 300 * x, w))
    with pytest.raises(ArrayError, match=r"x of shape \(3, 4\), w of shape \(3, 2\)"):
        folds_of(config, x, w[:3])
