"""Sums that 32 bits cannot hold: they are the true sums modulo 2**32, and a layer that may have them says so once."""

import copy
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from isas import ISAS
from lookups import sums, wrapped
from oracle import record, weight_codes
from torch import nn

from multipliers import Multiplier, Operand
from pysim import Accumulator, PysimError, Quantization, approximate_
from pysim.kernels import TorchProduct, Window, compile_plan, prepare
from pysim.kernels.cpu.products import LowRankProduct, TableProduct


def times(factor: int) -> Multiplier:
    """The exact product times a factor: up to 255 * 127 * factor."""
    return Multiplier("times", Operand(8, False), Operand(8, True), Operand(48, True), lambda a, b: a * b * factor)


def linear(inner: int, weight: float = 1.0, bias: float | None = None) -> nn.Linear:
    layer = nn.Linear(inner, 2, bias=bias is not None)
    nn.init.constant_(layer.weight, weight)
    if bias is not None:
        nn.init.constant_(layer.bias, bias)
    return layer


@pytest.mark.parametrize("kind", ["low rank", "table"])
def test_sums_far_beyond_32_bits_are_right_modulo_them(kind: Any) -> None:
    """Random tables with the largest entries allowed: 8,100 of them reach 2**37, and nothing is refused or clamped."""
    rng = np.random.default_rng(0)
    table = np.multiply.outer(rng.integers(-(2**12), 2**12, 256), rng.integers(-(2**12), 2**12, 255))
    table[0, 0] = 2**24
    table[1:, 0] = -(2**24)
    plan = compile_plan(table, 0, -127, kind=kind, cache=False)
    x = torch.from_numpy(rng.integers(0, 256, (2, 900, 5, 4), np.uint8))
    weight = torch.from_numpy(rng.integers(0, 255, (3, 900, 3, 3)))
    weight[2] = 0
    window = Window((3, 3), padding=(1, 0), end=(1, 0))
    constant = torch.tensor([2**31 - 1, -(2**31), 12345], dtype=torch.int32)
    judged = sums(table, x, weight, window, 9) + constant.numpy().astype(np.int64)[:, None, None]
    assert np.abs(judged).max() > 2**36
    make: Any = TableProduct if kind == "table" else LowRankProduct
    products: list[Any] = [make(plan, weight, window, isa) for isa in ISAS]
    for product in (*products, TorchProduct(plan, weight, window), prepare(plan, weight, window)):
        assert torch.equal(product(x, constant, None, 9), wrapped(judged))


def test_a_layer_that_may_wrap_says_so_once_and_equals_the_true_sums_modulo_2_to_32() -> None:
    layer, x = linear(300), torch.rand(5, 300)
    approximate_(layer, times(500), calibration=[x])
    calls = record(layer)
    counted = "300 products of magnitude up to 16,192,500 and constants up to 0"
    with pytest.warns(RuntimeWarning, match=f"^Linear: {counted} can sum to 4,857,750,000, which 32 bits do not hold") as told:
        layer(x)
    assert len(told) == 1
    codes = weight_codes(calls[0]["product"], layer.weight)[0]
    judged = calls[0]["rows"].numpy().astype(np.int64) @ codes.T * 500
    assert (judged > 2**31).all()
    assert torch.equal(calls[0]["acc_rows"], wrapped(judged))
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("error")
        layer.weight.mul_(-1)  # prepared anew, but told already
        layer(x)
    with pytest.warns(RuntimeWarning, match="300 products"):
        copy.deepcopy(layer)(x)  # another layer, of the same name


@pytest.mark.parametrize(("inner", "warns"), [(66311, False), (66312, True)])
def test_the_limit_is_exact(inner: int, warns: bool) -> None:
    """66,311 products of 255 * 127 are the most that fit 32 bits."""
    assert 66311 * 255 * 127 <= 2**31 - 1 < 66312 * 255 * 127
    layer, x = linear(inner), torch.ones(1, inner)
    approximate_(layer, "exact8", calibration=[x])
    if warns:
        with pytest.warns(RuntimeWarning, match="can sum to 2,147,514,120"):
            layer(x)
    else:
        layer(x)  # pytest makes warnings errors


def test_signs_that_cannot_add_up_are_no_alarm() -> None:
    """Half of the weights are negative: the table's bound would overflow, no code does."""
    layer, x = linear(300), torch.rand(5, 300)
    with torch.no_grad():
        layer.weight[:, ::2] *= -1
    approximate_(layer, times(500), calibration=[x])
    with pytest.warns(RuntimeWarning, match="can sum to -?2,428,875,000"):
        layer(x)
    layer = linear(300)
    with torch.no_grad():
        layer.weight[:, ::4], layer.weight[:, 1::4], layer.weight[:, 2::4] = 0, 0.5, -0.5
    approximate_(layer, times(500), calibration=[x])
    layer(x)


@pytest.mark.parametrize("bias", [3e4, -3e4])
def test_a_bias_that_does_not_fit_is_told(bias: float) -> None:
    """A large bias over tiny activations saturates, and then any product takes it around: +30000 comes out as -26."""
    layer, x = linear(4, bias=bias), torch.linspace(0, 1e-3, 20).view(5, 4)
    approximate_(layer, "exact8", calibration=[x])
    with pytest.warns(RuntimeWarning, match=r"^Linear: 4 products of magnitude up to 32,385 and constants up to 971,5"):
        layer(x)
    zeros = linear(4, weight=0.0, bias=3e10)
    approximate_(zeros, "exact8", calibration=[x])
    with pytest.warns(RuntimeWarning, match="and constants up to 7"):
        zeros(x)


@pytest.mark.parametrize("overflow", ["wrap", "saturate"])
def test_who_asks_for_an_accumulator_is_not_told(overflow: Any) -> None:
    layer, x = linear(300), torch.rand(5, 300)
    approximate_(layer, times(500), quantization=Quantization(accumulator=Accumulator(32, overflow)), calibration=[x])
    layer(x)


def test_recurrent_and_convolutional_layers_are_named() -> None:
    model = nn.Sequential(nn.Conv1d(300, 300, 1, bias=False), nn.Flatten(0, 1), nn.GRU(4, 300))
    x = torch.rand(1, 300, 4)
    for parameter in model.parameters():
        nn.init.ones_(parameter)
    approximate_(model, times(500), calibration=[x])
    with pytest.warns(RuntimeWarning) as told, torch.no_grad():
        model(x)
    assert sorted(str(warning.message).split(" 300 products")[0] for warning in told) == ["0:", "2: hh_l0:"]


def test_products_too_large_for_a_sum_are_refused_with_the_bound() -> None:
    """Beyond 32 bits, where a table of int32 would have wrapped before anyone looked at it."""
    layer = linear(4)
    approximate_(layer, times(1 << 27), calibration=[torch.ones(1, 4)])
    largest = 255 * 127 << 27
    limit = r"it must stay within \+-16777216, of which 127 always fit a 32-bit sum"
    with pytest.raises(PysimError, match=f"the table reaches from -{largest} to {largest}; {limit}"):
        layer(torch.ones(1, 4))
