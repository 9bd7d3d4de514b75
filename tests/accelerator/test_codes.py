"""Codes of values and what bounds become in them, by hand; an array's parameters at the ends of their ranges."""

import math

import pytest
import torch
import torch.nn.functional as F

from accelerator.array import ArrayConfig
from accelerator.golden._pools import windows
from accelerator.lowering._quantities import Quantity, wide
from accelerator.program import Value
from accelerator.schedule import ArraySize, Memory
from pysim import Accumulator
from pysim._observers import MinMax


@pytest.mark.parametrize(
    ("low", "high", "bits", "signed"),
    [
        (0, 255, 8, False), (0, 256, 9, False), (0, 1, 1, False), (-128, 127, 8, True), (-127, 127, 8, True), (-1, 0, 1, True),
        (-129, 0, 9, True), (-8, 8, 5, True), (-32768, 32767, 16, True), (17, 201, 8, False),
    ],
)  # fmt: skip
def test_bits_of_codes(low: int, high: int, bits: int, signed: bool) -> None:
    value = Value("x", (2, 3), 0.5, 0, low, high)
    assert (value.bits, value.signed, value.elements) == (bits, signed, 6)


def test_bounds_become_codes_within_the_range() -> None:
    quantity = Quantity(0.5, 100, 0, 255)
    assert quantity.clamp(-math.inf, math.inf) == (0, 255)
    assert quantity.clamp(0, 6) == (100, 112)
    assert quantity.clamp(-7.5, 1e9) == (85, 255)
    assert quantity.clamp(-1e9, 0) == (0, 100)
    assert quantity.clamp(1e9, 2e9) == (255, 255)
    assert quantity.clamp(-2e9, -1e9) == (0, 0)


@pytest.mark.parametrize(("low", "high", "largest"), [(-3.0, 2.0, 3.0), (-1.0, 4.0, 4.0), (0.0, 0.0, 1.0)])
def test_outputs_reach_twice_as_far_as_was_seen(low: float, high: float, largest: float) -> None:
    seen = MinMax()
    seen.update(torch.tensor([low, high]))
    found = wide(seen)
    assert (found.zero_point, found.low, found.high) == (0, -32767, 32767)
    assert found.scale * 32767 == pytest.approx(2 * largest)


@pytest.mark.parametrize(("depth", "bits"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (64, 6), (65, 7), (65536, 16)])
def test_addresses_have_as_many_bits_as_they_need(depth: int, bits: int) -> None:
    config = ArrayConfig(2, 3, "drum8us_k4", Accumulator(20, "saturate"), depth)
    expected = {"ROWS": 2, "COLS": 3, "DEPTH": depth, "ADDRESS": bits, "ACC_WIDTH": 20, "SATURATE": 1}
    expected |= {"A_WIDTH": 8, "B_WIDTH": 8, "P_WIDTH": 17, "P_SIGNED": 1}
    assert config.parameters == expected


@pytest.mark.parametrize("overflow", ["wrap", "saturate"])
def test_sums_of_few_bits(overflow: str) -> None:
    """Of 8 bits, -128 ... 127: every sum with products of -300 ... 300."""
    config = ArrayConfig(1, 1, "exact8us", Accumulator(8, overflow))  # type: ignore[arg-type]
    sums, products = torch.meshgrid(torch.arange(-128, 128), torch.arange(-300, 301, 4), indexing="ij")
    exact = (sums + products).tolist()
    one = (lambda x: (x + 128) % 256 - 128) if overflow == "wrap" else (lambda x: min(max(x, -128), 127))
    assert config.add(sums.numpy(), products.numpy()).tolist() == [[one(x) for x in row] for row in exact]


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation"), [((2, 3), (1, 2), (0, 1), (1, 1)), ((3, 2), (2, 1), (1, 0), (2, 3))]
)
def test_windows_are_those_that_torch_pools(kernel, stride, padding, dilation) -> None:
    x = torch.arange(-60, 60).reshape(1, 2, 6, 10).float()
    got = windows(x.long(), kernel, stride, padding, dilation, -1000).amax((-2, -1))
    assert torch.equal(got.float(), F.max_pool2d(x, kernel, stride, padding, dilation))


@pytest.mark.parametrize("size", [ArraySize, Memory])
def test_sizes_of_one_are_allowed(size) -> None:
    assert size(1, 1, 1) == size(1, 1, 1)
