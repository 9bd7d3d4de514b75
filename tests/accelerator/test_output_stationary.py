"""The output-stationary array: Verilog in lockstep with its model, in bulk against a plain loop, and its cycles."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from integer_networks import NETWORKS, make
from os_recordings import element, elements, os_config, random_folds, unit
from sweep import sizes
from test_array_rtl import SIZES, check, module
from tile_samples import by_loops, problem

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
from accelerator.array._rtl import array_rtl
from accelerator.cycles import output_stationary_cycles
from accelerator.program import Product, Recurrent
from accelerator.schedule import ArraySize, dataflow_cycles, streams
from goldaxe import approximate_
from pysim import Accumulator
from workloads import load

PAGE = (Path(__file__).parents[2] / "docs" / "array.md").read_text()


@pytest.mark.parametrize(("label", "bits"), [("drum8us_k4", 17), ("exact4s", 8)])
def test_os_pe(label: str, bits: int) -> None:
    config = os_config(1, 1, label, Accumulator(bits, "saturate"))
    check(module("os_pe", config, **config.element_parameters), element(config, np.random.default_rng(0), 3000))


@pytest.mark.parametrize(("rows", "cols"), [(1, 1), (4, 3)])
def test_os_array(rows: int, cols: int) -> None:
    config = os_config(rows, cols, accumulator=Accumulator(18, "saturate"))
    rtl = module("os_array", config, ROWS=rows, COLS=cols, **config.element_parameters)
    check(rtl, elements(config, np.random.default_rng(0), 2000))


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
