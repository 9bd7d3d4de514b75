"""The golden simulator equals a slow interpreter in plain Python integers, in every integer of every operation."""

from typing import Any

import numpy as np
import pytest
import torch
from integer_networks import NETWORKS, Sequences, make
from odd_multipliers import ODD_S, ODD_US
from slow_interpreter import Interpreter
from torch import nn

from accelerator import Program, lower, run
from accelerator._run import quantize
from pysim import Accumulator, Quantization, approximate_

MULTIPLIERS = {
    "planes": "drum8_k4",
    "table": "mitchell8",
    "f(0, x) is not 0, unsigned": ODD_US,
    "f(0, x) is not 0, signed": ODD_S,
    "exact, signed": "exact8s",
}


def lowered(name: str, multiplier: Any, quantization: Quantization | None = None) -> tuple[Program, torch.Tensor]:
    model, inputs = make(name)
    approximate_(model, multiplier, quantization=quantization, calibration=[inputs])
    return lower(model, [inputs]), inputs


def check(program: Program, inputs: torch.Tensor) -> dict[str, np.ndarray]:
    """Every integer of the run is the interpreter's, and no integer is missing from either."""
    codes = quantize(inputs, program.values[program.input])
    got = run(program, inputs).values
    expected = Interpreter(program).run(codes.numpy())
    gone = {name for name in expected if name.endswith(".c") and name not in got}  # the interpreter has c for every cell
    assert got.keys() == expected.keys() - gone
    for name, tensor in got.items():
        assert np.array_equal(tensor.numpy(), expected[name]), name
        if name in program.values:
            value = program.values[name]
            assert value.low <= int(tensor.min()) <= int(tensor.max()) <= value.high
            assert tuple(tensor.shape[1:]) == value.shape
    return expected


@pytest.mark.parametrize("multiplier", MULTIPLIERS)
@pytest.mark.parametrize("name", NETWORKS)
def test_every_integer_equals_the_interpreter(name: str, multiplier: str) -> None:
    program, inputs = lowered(name, MULTIPLIERS[multiplier])
    check(program, torch.cat([inputs[:2], 3 * inputs[2:3]]))


@pytest.mark.parametrize("overflow", ["wrap", "saturate"])
@pytest.mark.parametrize("name", ["efficientnet-lite blocks", "lstm"])
def test_narrow_accumulators(name: str, overflow: Any) -> None:
    """Sums in 14 bits, which many of these do not fit."""
    program, inputs = lowered(name, "drum8_k4", Quantization(accumulator=Accumulator(14, overflow)))
    narrow = check(program, inputs[:2])
    wide = check(lowered(name, "drum8_k4")[0], inputs[:2])
    assert any(not np.array_equal(narrow[key], wide[key]) for key in narrow if key.endswith(".acc"))


@pytest.mark.parametrize("bits", [(4, 4), (3, 2), (9, 8)])
@pytest.mark.parametrize("name", ["perceptron", "lstm", "efficientnet-lite blocks"])
def test_other_widths(name: str, bits: tuple[int, int]) -> None:
    """With few bits, accumulators are coarser than codes and gates; with 9 there is no table of bytes."""
    program, inputs = lowered(name, "exact12us", Quantization(*bits))
    check(program, inputs[:2])


def test_cell_states_saturate() -> None:
    """Gates that stand open let a cell state grow by one a step, until 16 bits do not hold it."""
    model = Sequences(nn.LSTM, from_output=False).eval()
    with torch.no_grad():
        model.rows.bias_ih_l0.fill_(10.0)
    inputs = torch.randn(2, 20, 5)
    approximate_(model, "exact8", calibration=[inputs])
    states = check(lower(model, [inputs]), inputs)["rows.hidden_l0.c"]
    assert (states[:, 14] < 2**15 - 1).all()
    assert (states[:, 17:] == 2**15 - 1).all()


def test_a_run_without_keep_gives_the_outputs_alone() -> None:
    program, inputs = lowered("efficientnet-lite blocks", "drum8_k4")
    brief, whole = run(program, inputs, keep=False), run(program, inputs)
    assert list(brief.values) == list(program.outputs)
    assert torch.equal(brief.output, whole.output)
    assert torch.equal(brief.real, whole.output.float() * program.values[program.outputs[0]].scale)


def test_an_early_output_is_kept() -> None:
    """One that a later operation reads last."""

    class Early(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Linear(4, 3), nn.Linear(3, 2)

        def forward(self, x: torch.Tensor) -> Any:
            y = self.first(x)
            return y, self.second(y)

    model, inputs = Early().eval(), torch.randn(8, 4)
    approximate_(model, "exact8", calibration=[inputs])
    program = lower(model, [inputs])
    brief, whole = run(program, inputs, keep=False), run(program, inputs)
    assert list(brief.values) == list(program.outputs)
    assert all(torch.equal(brief.values[name], whole.values[name]) for name in program.outputs)


def test_codes_are_taken_as_they_are() -> None:
    program, inputs = lowered("gru", "drum8_k4")
    codes = quantize(inputs, program.values[program.input])
    assert torch.equal(run(program, codes).output, run(program, inputs).output)


def test_wrong_inputs_are_one_sentence() -> None:
    program, inputs = lowered("perceptron", "drum8_k4")
    for wrong, message in (
        (inputs[:, :5], r"takes inputs of shape \(B, 6\), not \(24, 5\)"),
        (inputs * float("nan"), "NaN or infinity"),
        (torch.full((1, 6), 256), r"takes codes 0\.\.255, not 256\.\.256"),
    ):
        with pytest.raises(ValueError, match=message):
            run(program, wrong)
    with pytest.raises(ValueError, match="backend = 'fpga' is not allowed; use 'golden'"):
        run(program, inputs, backend="fpga")
