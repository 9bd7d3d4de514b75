"""A whole recurrent pass in one compiled call, judged step by step: codes by NumPy, sums from the raw table, then the cell.

Rows that threads cannot share evenly, steps that get shorter, both directions. The cells' own arithmetic is judged elsewhere.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from lookups import sums, table_of_rank, wrapped
from torch import Tensor

from pysim.kernels import Window, compile_plan
from pysim.kernels.cpu import cells, recurrent
from pysim.kernels.cpu.products import LowRankProduct, TableProduct

QUANTIZER = (0.0123, 9, 0, 199)


@pytest.fixture(params=[1, 2, 3, 7])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def step(mode: str, from_input: Tensor, from_hidden: Tensor, state: list[Tensor]) -> list[Tensor]:
    """The state behind a cell, hidden part first."""
    if mode == "LSTM":
        return list(cells.lstm(from_input, from_hidden, state[1]))
    return [cells.gru(from_input, from_hidden, state[0]) if mode == "GRU" else cells.rnn_tanh(from_input, from_hidden)]


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("make", [LowRankProduct, TableProduct])
@pytest.mark.parametrize(("mode", "hidden"), [("LSTM", 600), ("GRU", 300), ("RNN_TANH", 1024)])
def test_equals_steps_by_definition(mode: str, hidden: int, make: Any, backward: bool, threads: int, isa: int) -> None:
    """2,048 numbers are a thread's least share, so of 600 to 1,024 units 7 rows or more are worth several threads."""
    rng = np.random.default_rng(hidden)
    table = table_of_rank(2, (200, 255), 9, 1)
    plan, gates = compile_plan(table, 0, -127, cache=False), recurrent.CELLS[mode][1]
    weight = np.tile(rng.integers(0, 255, (1, hidden)), (gates * hidden, 1))
    weight[:3] = rng.integers(0, 255, (3, hidden))  # all others are alike, which keeps the judge quick
    sizes = [11, 11, 7, 2, 1]
    bits = torch.from_numpy(weight).view(gates * hidden, hidden, 1, 1)
    product = make(plan, bits, Window())
    from_input = torch.from_numpy(rng.standard_normal((sum(sizes), gates * hidden)).astype(np.float32))
    state = [torch.from_numpy(rng.standard_normal((11, hidden)).astype(np.float32)) for _ in range(2 if mode == "LSTM" else 1)]
    constant = torch.from_numpy(rng.integers(-99, 99, gates * hidden).astype(np.int32))
    scale = torch.from_numpy((rng.random(gates * hidden) * 1e-5).astype(np.float32))
    found = recurrent.run(mode, product, (constant, scale), QUANTIZER, from_input, sizes, tuple(state), backward)
    assert found is not None
    firsts = np.cumsum([0, *sizes])
    output, last = torch.full((sum(sizes), hidden), np.nan), [part.clone() for part in state]
    for t in reversed(range(len(sizes))) if backward else range(len(sizes)):
        rows, places = sizes[t], slice(firsts[t], firsts[t + 1])
        s, zero_point, low, high = QUANTIZER
        codes = np.clip(np.rint(last[0][:rows].numpy() / np.float32(s)) + zero_point, low, high).astype(np.uint8)
        few = sums(table, torch.from_numpy(codes).view(rows, hidden, 1, 1), bits[:4], Window(), 0)[:, :, 0, 0]
        every = np.concatenate([few[:, :3], np.repeat(few[:, 3:], gates * hidden - 3, 1)], 1)
        total = wrapped(every + constant.numpy())
        new = step(mode, from_input[places], total.float() * scale, [part[:rows] for part in last])
        for part, value in zip(last, new, strict=True):
            part[:rows] = value
        output[places] = new[0]
    assert torch.equal(found[0], output)
    for mine, judge in zip(found[1], last, strict=True):
        assert torch.equal(mine, judge)


@pytest.mark.parametrize("place", [0, 6000, 6599])
def test_a_state_that_is_not_finite_is_found(place: int, isa: int, threads: int) -> None:
    plan = compile_plan(table_of_rank(1, (200, 255), 9, 1), 0, -127, cache=False)
    product = LowRankProduct(plan, torch.zeros(600, 600, 1, 1, dtype=torch.long), Window())
    state = torch.zeros(11, 600)
    state.view(-1)[place] = float("inf")
    numbers = torch.zeros(600, dtype=torch.int32), torch.ones(600)
    assert recurrent.run("RNN_TANH", product, numbers, QUANTIZER, torch.zeros(11, 600), [11], (state,), False) is None
