"""Wrong results that public simulators of approximate multipliers were found to give; each has a test that would have shown it.

The names describe the defect. Most need an asymmetric multiplier, a non-zero zero point or negative inputs to show at all.
"""

from typing import Any

import numpy as np
import pytest
import torch
from odd_multipliers import ODD_S, ODD_US
from oracle import record, seeded
from torch import Tensor, nn

from multipliers import Multiplier, Operand, defaults, to_bits
from pysim import Quantization, approximate_, operands
from pysim._product import code_table

AFFINE = Quantization(activation="affine")


def run(layer: Any, multiplier: Multiplier, x: Tensor) -> dict[str, Any]:
    approximate_(layer, multiplier, quantization=AFFINE, calibration=[x])
    calls = record(layer)
    layer(x)
    return calls[0]


@pytest.mark.parametrize("multiplier", [ODD_US, ODD_S, *defaults()], ids=lambda multiplier: multiplier.label)
def test_the_network_uses_the_circuits_own_table(multiplier: Multiplier) -> None:
    """Shipped tables that are not the circuit, negative times negative above all: each code pair is the truth table's entry."""
    fitted = operands(multiplier, AFFINE)
    table, used = code_table(fitted), fitted.multiplier
    a = np.arange(fitted.activation.low, fitted.activation.high + 1)
    b = np.arange(fitted.weight.low, fitted.weight.high + 1)
    assert np.array_equal(table, used.table[np.ix_(to_bits(a, used.a), to_bits(b, used.b))])


def test_negative_inputs_with_a_zero_point_stay_close_to_float() -> None:
    """A convolution that forgets the zero point, or pads with 0 instead of it, is far off; ours is within quantisation."""
    seeded()
    layer = nn.Conv2d(3, 5, 3, padding=2)
    x = torch.randn(2, 3, 6, 6) - 3
    expected = layer(x).detach()
    approximate_(layer, "exact8", calibration=[x])
    assert int(layer.product("weight").quantizer.zero_point) > 100
    assert (layer(x) - expected).abs().max() < 0.02 * expected.abs().max()


def test_the_activation_is_operand_a_in_every_layer() -> None:
    """Operand order that flips between convolution and linear: with f = a, sums are the activation's, whatever the weight."""
    first = Multiplier("first", Operand(8, False), Operand(8, True), Operand(17, True), lambda a, b: a + 0 * b)
    seeded()
    x = torch.rand(2, 4, 5)
    linear, conv, gru = nn.Linear(5, 3, bias=False), nn.Conv1d(4, 3, 1, bias=False), nn.GRU(5, 2, batch_first=True, bias=False)
    for layer in (linear, conv, gru):
        call = run(layer, first, x)
        sums = call["rows"].sum(1, keepdim=True, dtype=torch.int32)
        zero_point = int(call["product"].quantizer.zero_point)
        assert zero_point == 0
        assert torch.equal(call["acc_rows"], sums.expand_as(call["acc_rows"]))


@pytest.mark.parametrize("multiplier", [ODD_US, ODD_S], ids=["unsigned a", "signed a"])
def test_padding_adds_f_of_the_zero_point(multiplier: Multiplier) -> None:
    """Circuits with f(0, x) != 0: a window that is all padding sums f(Zx, w), and a tile's own padding adds nothing."""
    seeded()
    layer = nn.Conv2d(1, 1, 1, padding=1, bias=False)
    call = run(layer, multiplier, torch.randn(1, 1, 2, 2))
    product = call["product"]
    zero_point, weight = int(product.quantizer.zero_point), 127 if layer.weight.item() > 0 else -127
    corner = int(call["acc"][0, 0, 0, 0])
    assert corner == int(multiplier(zero_point, weight)) - zero_point * weight != 0


def test_linear_without_bias_returns_its_product() -> None:
    layer = nn.Linear(3, 2, bias=False)
    approximate_(layer, "exact8", calibration=[torch.ones(1, 3)])
    assert layer(torch.ones(4, 3)).shape == (4, 2)
    assert torch.allclose(layer(torch.ones(4, 3)), layer.weight.sum(1).expand(4, 2), atol=0.02)


def test_depthwise_is_one_call() -> None:
    """One call for all groups, not one each with a concatenation."""
    layer: Any = nn.Conv2d(32, 32, 3, groups=32)
    x = torch.randn(1, 32, 6, 6)
    approximate_(layer, "drum8_k4", calibration=[x])
    layer(x)
    calls: list[int] = []
    product = layer.product("weight")
    inner = product.core.latest.product
    product.core.latest.product = lambda *arguments: calls.append(1) or inner(*arguments)
    layer(x)
    assert len(calls) == 1


@pytest.mark.parametrize("shape", [(5,), (2, 5), (2, 3, 5), (2, 1, 3, 5)])
def test_linear_inputs_of_any_rank_meet_the_multiplier(shape: tuple[int, ...]) -> None:
    """A 3-D input that silently bypasses the table: the odd multiplier shows in every rank, and equals its rows alone."""
    seeded()
    layer = nn.Linear(5, 4)
    x = torch.randn(shape)
    approximate_(layer, ODD_US, calibration=[x])
    y = layer(x)
    assert torch.equal(y.reshape(-1, 4), layer(x.reshape(-1, 5)))
    assert (y - nn.functional.linear(x, layer.weight, layer.bias)).abs().max() > 0.001


def test_dilation_is_not_ignored() -> None:
    layer = nn.Conv1d(1, 1, 2, dilation=3, bias=False)
    nn.init.ones_(layer.weight)
    x = torch.tensor([[[1.0, 0, 0, 2, 4, 0, 8]]])
    approximate_(layer, "exact8", calibration=[x])
    assert torch.allclose(layer(x), torch.tensor([[[3.0, 4, 0, 10]]]), atol=0.1)


def test_a_name_means_nothing() -> None:
    """Width and sign come from the ports; these labels claim the opposite."""
    assert "16s" in ODD_US.label
    assert (operands(ODD_US, Quantization()).activation.low, operands(ODD_US, Quantization()).activation.high) == (0, 255)
    assert "4u" in ODD_S.label
    assert operands(ODD_S, Quantization()).activation.low == -127
