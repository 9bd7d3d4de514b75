"""Narrow accumulators equal a plain loop in array order, on every back end, and for whole layers."""

from typing import Any

import numpy as np
import pytest
import torch
from oracle import record, seeded
from torch import Tensor, nn

from pysim import PysimError, Quantization, approximate_
from pysim.kernels import Accumulator, Plan, TorchProduct, Window, compile_plan, prepare
from pysim.kernels.accumulator import Wrapping
from pysim.kernels.cpu.products import LowRankProduct, TableProduct


def plan(kind: Any = None) -> Plan:
    """The exact product less 7 wherever the activation is odd: every sum meets both ends of a narrow accumulator."""
    a, b = np.arange(256), np.arange(-127, 128)
    return compile_plan(np.multiply.outer(a, b) - 7 * (a % 2)[:, None], 0, -127, kind=kind, cache=False)


def loop(table: np.ndarray, x: Tensor, weight: Tensor, window: Window, accumulator: Accumulator, pad_code: int) -> np.ndarray:
    """One product at a time, in the order of the weights: plain integers, clamped or wrapped after each."""
    (top, left), (height, width) = window.padding, window.output(x.shape[2], x.shape[3])
    outputs, channels, span = len(weight), weight.shape[1], 1 << accumulator.bits
    sums = np.zeros((len(x), outputs, height, width), np.int32)
    for b, n, oy, ox in np.ndindex(*sums.shape):
        first, acc = n // (outputs // window.groups) * channels, 0
        for c, i, j in np.ndindex(channels, *window.kernel):
            y = oy * window.stride[0] + i * window.dilation[0] - top
            z = ox * window.stride[1] + j * window.dilation[1] - left
            inside = 0 <= y < x.shape[2] and 0 <= z < x.shape[3]
            acc += int(table[int(x[b, first + c, y, z]) if inside else pad_code, int(weight[n, c, i, j])])
            if accumulator.overflow == "saturate":
                acc = min(max(acc, accumulator.low), accumulator.high)
            else:
                acc = (acc - accumulator.low) % span + accumulator.low
        sums[b, n, oy, ox] = acc
    return sums


WINDOWS = {
    "rows": ((1, 30, 5, 1), 4, Window()),
    "3x3": ((2, 3, 5, 4), 3, Window((3, 3), padding=(1, 1), end=(1, 1))),
    "depthwise, stride": ((1, 4, 7, 6), 4, Window((3, 3), (2, 1), padding=(1, 0), end=(0, 1), groups=4)),
}


@pytest.mark.parametrize("overflow", ["wrap", "saturate"])
@pytest.mark.parametrize("bits", [8, 15, 16, 17, 20, 32])
@pytest.mark.parametrize("shape", WINDOWS)
def test_equals_loop(shape: str, bits: int, overflow: Any, isa: int) -> None:
    seeded()
    size, outputs, window = WINDOWS[shape]
    x = torch.randint(0, 256, size, dtype=torch.uint8)
    weight = torch.randint(0, 255, (outputs, size[1] // window.groups, *window.kernel))
    accumulator, low_rank, table = Accumulator(bits, overflow), plan(), plan("table")
    expected = loop(table.table, x, weight, window, accumulator, 9)
    constant = torch.arange(outputs, dtype=torch.int32) * 1000
    made: list[Any] = [prepare(low_rank, weight, window, accumulator), prepare(table, weight, window, accumulator)]
    if overflow == "saturate":
        made += [TorchProduct(low_rank, weight, window, saturated=accumulator)]
        made += [TableProduct(low_rank, weight, window, saturated=accumulator)]
    else:
        made += [Wrapping(TorchProduct(low_rank, weight, window), accumulator)]
        made += [Wrapping(LowRankProduct(low_rank, weight, window), accumulator)]
    scale = torch.rand(outputs)
    for product in made:
        sums = product(x, constant, None, 9)
        assert np.array_equal(sums.numpy() - constant.view(-1, 1, 1).numpy(), expected)
        assert torch.equal(product(x, constant, scale, 9), sums.float() * scale.view(-1, 1, 1))


def test_saturation_depends_on_the_order_and_wrapping_does_not() -> None:
    x = torch.tensor([[255, 255, 255]], dtype=torch.uint8).view(1, 3, 1, 1)
    ups_first, downs_first = (torch.tensor(order).view(1, 3, 1, 1) + 127 for order in ([127, 127, -127], [-127, 127, 127]))
    zero = torch.zeros(1, dtype=torch.int32)
    for overflow, same in (("saturate", False), ("wrap", True)):
        sums = [int(prepare(plan(), w, Window(), Accumulator(16, overflow))(x, zero, None)) for w in (ups_first, downs_first)]  # type: ignore[arg-type]
        assert (sums[0] == sums[1]) is same


def test_an_accumulator_that_suffices_costs_nothing() -> None:
    weight = torch.zeros(4, 8, 1, 1, dtype=torch.long)
    assert type(prepare(plan(), weight, Window(), Accumulator(20, "saturate"))) is type(prepare(plan(), weight, Window()))
    assert Accumulator(20).holds(32768, 15)
    assert not Accumulator(20).holds(32768, 16)


@pytest.mark.parametrize("overflow", ["wrap", "saturate"])
def test_layers_sum_in_it(overflow: Any) -> None:
    """A 16-bit accumulator overflows where 32 bits did not; zero point and bias are added behind it."""
    seeded()
    layer: Any = nn.Conv2d(3, 4, 3, padding=1)
    x = torch.randn(1, 3, 4, 4) - 1
    approximate_(layer, "exact8", quantization=Quantization(accumulator=Accumulator(16, overflow)), calibration=[x])
    calls = record(layer)
    layer(x)
    product = layer.product("weight")
    codes, zero_point = calls[0]["codes"].to(torch.uint8), int(product.quantizer.zero_point)
    weight = product.core.latest.product.weight
    window = Window((3, 3), padding=(1, 1), end=(1, 1))
    table = np.multiply.outer(np.arange(256), np.arange(-127, 128))
    sums = loop(table, codes, weight, window, Accumulator(16, overflow), zero_point)
    assert np.array_equal(calls[0]["acc"].numpy(), sums + product.core.latest.constant.view(-1, 1, 1).numpy())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((7,), "accumulator bits = 7 is not allowed; use 8 to 32"),
        ((33,), "accumulator bits = 33 is not allowed"),
        ((True,), "accumulator bits = True is not allowed"),
        ((16, "clamp"), "accumulator overflow = 'clamp' is not allowed; use 'wrap' or 'saturate'"),
    ],
)
def test_bad_accumulators(arguments: Any, message: str) -> None:
    with pytest.raises(PysimError, match=message):
        Accumulator(*arguments)


@pytest.mark.parametrize("overflow", ["wrap", "saturate"])
@pytest.mark.parametrize("bits", [20, 24, 31, 32])
@pytest.mark.parametrize("sign", [1, -1])
def test_long_sums_leave_wide_accumulators(bits: int, overflow: Any, sign: int) -> None:
    """Products that are all the largest, just more than fit; one fewer fits."""
    accumulator, product = Accumulator(bits, overflow), 255 * 127
    most = accumulator.high // product
    exact = compile_plan(np.multiply.outer(np.arange(256), np.arange(-127, 128)), 0, -127, cache=False)
    for inner in (most, most + 1):
        weight = torch.full((1, inner, 1, 1), 127 + 127 * sign)
        x = torch.full((1, inner, 1, 1), 255, dtype=torch.uint8)
        total = sign * product * inner
        kept = min(max(total, accumulator.low), accumulator.high)
        if overflow == "wrap":
            kept = (total - accumulator.low) % (1 << bits) + accumulator.low
        assert (kept != total) == (inner > most)
        found = prepare(exact, weight, Window(), accumulator)(x, torch.zeros(1, dtype=torch.int32), None)
        assert int(found) == kept
