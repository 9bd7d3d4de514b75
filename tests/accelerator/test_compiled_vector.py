"""The vector unit's Verilog, driven in bulk: the integers of programs' operations, in the cycles of the formula."""

import re
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import torch
from slow_interpreter import sigmoid as slow_sigmoid
from slow_interpreter import tanh as slow_tanh
from torch import Tensor

from accelerator.fixed_point import rescale
from accelerator.golden._cells import gru, lstm, rnn_tanh
from accelerator.vector import CompiledVectorUnit, VectorError, cycles
from accelerator.vector._rtl import vector_library
from cocotb_tests import SimulatorError

PAGE = Path(__file__).parents[2] / "docs" / "vector.md"
EVERY = np.arange(-(1 << 15), 1 << 15)


@pytest.fixture(scope="module")
def unit() -> CompiledVectorUnit:
    return CompiledVectorUnit(lanes=4)


def of_16_bits(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    ends = rng.choice([-(1 << 15), -1, 0, 1, (1 << 15) - 1], shape)
    return np.where(rng.random(shape) < 0.3, ends, rng.integers(-(1 << 15), 1 << 15, shape))


@pytest.mark.parametrize("lanes", [1, 3])
@pytest.mark.parametrize("count", [1, 2])
def test_rescale(lanes: int, count: int):
    unit = CompiledVectorUnit(lanes, seed=7)
    for seed in range(40):
        rng = np.random.default_rng(seed)
        sources = [of_16_bits(rng, (5, 7)) for _ in range(count)]
        multipliers = [int(m) for m in rng.choice([0, 1, 3, 1 << 23, (1 << 24) - 1, int(rng.integers(1 << 24))], count)]
        zeros = rng.integers(-300, 300, count).tolist()
        low, high = [(0, 255), (-128, 127), (0, 65535), (-32768, 32767), (7, 7)][seed % 5]
        settings = (seed + 8 if seed < 40 else 0, int(rng.integers(-200, 300)), low, high)
        run = unit.rescale(sources, multipliers, zeros, *settings)
        terms = [(torch.from_numpy(x), z, m) for x, z, m in zip(sources, zeros, multipliers, strict=True)]
        assert run.values.tolist() == rescale(terms, *settings).tolist()
        assert run.cycles == cycles("rescale", 35, lanes) == -(-35 // lanes) + 5


def test_rescale_rounds_every_code_in_every_shift(unit: CompiledVectorUnit):
    """All 16-bit codes, halves among them, at every shift: what Python's fractions say."""
    for shift in range(48):
        run = unit.rescale([EVERY], [5], [0], shift, 0, -(1 << 15), (1 << 15) - 1)
        product = 5 * EVERY
        away = np.sign(product) * ((2 * np.abs(product) + (1 << shift)) >> (shift + 1))
        assert (run.values == np.clip(away, -(1 << 15), (1 << 15) - 1)).all()


@pytest.mark.parametrize("size", [1, 4, 49])
def test_pools(unit: CompiledVectorUnit, size: int):
    rng = np.random.default_rng(size)
    windows = rng.choice([-128, 127, 0, *range(-128, 128)], (30, size))
    shift, multiplier = 29, -(-(1 << 29) // size) if size > 32 else (1 << 23)
    run = unit.average_pool(windows, multiplier, shift, -3, 5, -128, 127)
    sums = torch.from_numpy((windows + 3).sum(axis=1))
    assert run.values.tolist() == rescale([(sums, 0, multiplier)], shift, 5, -128, 127).tolist()
    assert run.cycles == cycles("average_pool", 30, 4, size) == 8 * size + 6
    run = unit.max_pool(windows)
    assert run.values.tolist() == [max(window) for window in windows.tolist()]
    assert run.cycles == cycles("max_pool", 30, 4, size) == 8 * size + 1


def test_the_largest_window(unit: CompiledVectorUnit):
    """32,768 differences of 8-bit codes fill the sum."""
    windows = np.repeat([[255], [0]], 1 << 15, axis=1)
    run = unit.average_pool(windows, 1 << 8, 23, 0, 0, 0, 255)
    assert run.values.tolist() == [255, 0]
    assert unit.average_pool(windows, 1 << 8, 23, 255, 255, 0, 255).values.tolist() == [255, 0]


@pytest.mark.parametrize("fraction", [0, 3, 7, 8, 11])
def test_tanh_of_every_number(unit: CompiledVectorUnit, fraction: int):
    """An RNN is nothing but tanh."""
    nothing = np.zeros_like(EVERY)[:, None]
    run = unit.cell("RNN_TANH", EVERY[:, None], nothing, None, None, fraction)
    assert run.values[:, 0].tolist() == [slow_tanh(x, fraction) for x in EVERY.tolist()]


@pytest.mark.parametrize("fraction", [0, 3, 7, 8, 11])
def test_sigmoid_of_every_number(unit: CompiledVectorUnit, fraction: int):
    """With a new gate at its largest and no hidden state, a GRU is `(2**15 - sigmoid(z)) * tanh`, and tanh is 32767."""
    gates = np.stack([EVERY, EVERY, np.full_like(EVERY, (1 << 15) - 1)], axis=1)
    run = unit.cell("GRU", gates, np.zeros_like(gates), np.zeros((len(EVERY), 1)), None, fraction)
    kept = (1 << 15) - np.array([slow_sigmoid(x, fraction) for x in EVERY.tolist()])
    top = slow_tanh((1 << 15) - 1, fraction)
    assert run.values[:, 0].tolist() == ((kept * top + (1 << 14)) >> 15).tolist()


CELLS = {
    "GRU": lambda x, h, hidden, cell, f: (gru(x, h, hidden, f), None),
    "LSTM": lambda x, h, hidden, cell, f: lstm(x, h, cell, f),
    "RNN_TANH": lambda x, h, hidden, cell, f: (rnn_tanh(x, h, f), None),
}


@pytest.mark.parametrize("fraction", range(12))
@pytest.mark.parametrize(("kind", "gates"), [("GRU", 3), ("LSTM", 4), ("RNN_TANH", 1)])
def test_cells(unit: CompiledVectorUnit, kind: str, gates: int, fraction: int):
    rng = np.random.default_rng(fraction)
    x, h = of_16_bits(rng, (3, 50 * gates)), of_16_bits(rng, (3, 50 * gates))
    hidden, cell = of_16_bits(rng, (3, 50)), of_16_bits(rng, (3, 50))
    run = unit.cell(kind, x, h, hidden, cell, fraction)
    tensors: list[Tensor] = [torch.from_numpy(each) for each in (x, h, hidden, cell)]
    expected, state = CELLS[kind](*tensors, fraction)
    assert run.values.tolist() == expected.tolist()
    assert (run.cell_state is None) == (state is None)
    assert state is None or run.cell_state.tolist() == state.tolist()
    assert run.cycles == cycles("recurrent_cell", 150, 4) == 38 + 11


def test_bubbles_only_take_time():
    steady, slow = CompiledVectorUnit(2), CompiledVectorUnit(2, offered=[False, True, False])
    windows = np.random.default_rng(0).integers(-100, 100, (9, 5))
    assert slow.max_pool(windows).values.tolist() == steady.max_pool(windows).values.tolist()
    assert (steady.max_pool(windows).cycles, slow.max_pool(windows).cycles) == (26, 3 * 25 - 2 + 1)


def test_nothing_takes_no_cycles(unit: CompiledVectorUnit):
    assert (unit.max_pool(np.zeros((0, 4), int)).cycles, cycles("max_pool", 0, 4, 4)) == (0, 0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda u: u.rescale([[1 << 16]], [1], [0], 0, 0, 0, 1), "source 0's element = 65536 is not allowed; use -65536"),
        (lambda u: u.rescale([[1], [1, 2]], [1, 1], [0, 0], 0, 0, 0, 1), r"sources of shapes \(1,\) and \(2,\)"),
        (lambda u: u.rescale([[1]] * 3, [1] * 3, [0] * 3, 0, 0, 0, 1), "3 sources are not allowed; use 1 or 2"),
        (lambda u: u.rescale([[1]], [1 << 24], [0], 0, 0, 0, 1), "multiplier = 16777216 is not allowed; use 0 to 16777215"),
        (lambda u: u.rescale([[1]], [1], [0], 48, 0, 0, 1), "shift = 48 is not allowed; use 0 to 47"),
        (lambda u: u.rescale([[1]], [1], [0], 4, 0, -1, 32768), "codes -1 ... 32768 are not allowed"),
        (lambda u: u.rescale([[0.5]], [1], [0], 4, 0, 0, 1), "source 0 must be an array of integers"),
        (lambda u: u.average_pool([[65535] * 200], 1, 0, 0, 0, 0, 1), "a window's sum = 13107000 is not allowed"),
        (lambda u: u.max_pool([1, 2]), r"windows of shape \(2,\) are not allowed"),
        (lambda u: u.cell("ELMAN", [[1]], [[1]], None, None, 3), "kind = 'ELMAN' is not allowed; use 'RNN_TANH'"),
        (lambda u: u.cell("GRU", [[1, 2]], [[1, 2]], [[1]], None, 3), "a GRU has .B, 3 . H. twice"),
        (lambda u: u.cell("GRU", [[1, 2, 3]], [[1, 2, 3]], [[1, 2]], None, 3), "a state of shape .1, 2. is not allowed"),
        (lambda u: u.cell("LSTM", [[1] * 4], [[1] * 4], [[1]], None, 3), "the state must be an array of integers"),
        (lambda u: u.cell("RNN_TANH", [[1]], [[1]], None, None, 12), "gate_fraction = 12 is not allowed; use 0 to 11"),
        (lambda u: CompiledVectorUnit(0), "lanes = 0 is not allowed; use 1 to 256"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(unit: CompiledVectorUnit, call, message: str):
    with pytest.raises(VectorError, match=message):
        call(unit)


@pytest.mark.parametrize(("valid", "said"), [("1'b0", "is stuck: valid_o stays low"), ("1'b1", "gives more results")])
def test_a_stuck_valid_is_named(valid: str, said: str, tmp_path: Path):
    text = (files("rtl") / "vector" / "max_pool.v").read_text()
    assert text.count("assign valid_o = valid_q;") == 1
    (tmp_path / "max_pool.v").write_text(
        text.replace("assign valid_o = valid_q;", f"assign valid_o = {valid} | (valid_q & 1'b0);")
    )
    paths = [path for path in vector_library() if path.name != "max_pool.v"]
    with pytest.raises(SimulatorError, match=f"max_pool with 2 lanes {said}"):
        CompiledVectorUnit(2, library=[*paths, tmp_path / "max_pool.v"]).max_pool(np.ones((4, 2), int))


def test_the_pages_example_runs():
    (block,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    exec(compile(block, "vector.md", "exec"), {})
