"""Equality of the GPU kernels with plain loops. Run by test_gpu_kernels.py in a process of its own, under Triton's interpreter.

`pytest tests/pysim/gpu_kernel_checks.py` runs them on a GPU, if there is one and TRITON_INTERPRET is not set.
"""

from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

from pysim.kernels import conv_reference, linear_reference
from pysim.kernels.gpu import (
    Geometry,
    _tuning,
    available,
    conv_low_rank,
    conv_table,
    depthwise_table,
    expand_right,
    linear_low_rank,
    linear_table,
)

DEVICE = "cpu" if available("cpu") else "cuda"
if DEVICE == "cuda":  # a tile takes about a second to compile, for each kind of shape; the benchmark judges all tiles
    _tuning.LOW_RANK, _tuning.DENSE = _tuning.LOW_RANK[-2:], _tuning.DENSE[-1:]
    _tuning.TABLE, _tuning.DEPTHWISE = _tuning.TABLE[-1:], _tuning.DEPTHWISE[-1:]
PLANES = [(0,), (5,), (8, 0), (3, 3), (9, 4, 4), (24, 16, 0), (31, 30, 0)]


def random(low: int, high: int, shape: tuple[int, ...], dtype: torch.dtype, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).integers(low, high, shape)).to(dtype).to(DEVICE)


class Factors(NamedTuple):
    left: torch.Tensor
    right: torch.Tensor
    shifts: tuple[int, ...]

    def multiply(self, a: int, b: int) -> int:
        left, right = self.left.cpu().numpy(), self.right.cpu().numpy()
        return sum(int(left[p, a]) * int(right[p, b]) << shift for p, shift in enumerate(self.shifts))


def factors(shifts: tuple[int, ...]) -> Factors:
    """Random factors that use all of int8; code 0 and others have factors other than 0."""
    left = random(-128, 128, (len(shifts), 256), torch.int8, 1)
    right = random(-128, 128, (len(shifts), 256), torch.int8, 2)
    left[:, 0], left[:, 255], right[:, 0], right[:, 255] = -128, 127, -128, 127
    return Factors(left, right, shifts)


def random_table() -> tuple[torch.Tensor, Any]:
    table = random(-(2**31), 2**31, (256, 256), torch.int32, 3)
    rows = table.cpu().numpy()
    return table, lambda a, b: int(rows[a, b])


def equal(result: torch.Tensor, expected: np.ndarray) -> None:
    assert result.dtype == torch.int32
    np.testing.assert_array_equal(result.cpu().numpy(), expected)


def plus(expected: np.ndarray, constant: torch.Tensor, axis: int) -> np.ndarray:
    """With each output's constant, wrapping."""
    shape = [1] * expected.ndim
    shape[axis] = -1
    return expected + constant.cpu().numpy().reshape(shape)


def codes_for(weight: torch.Tensor) -> torch.Tensor:
    """Convolution weights (N, C, KH, KW) in the order that the kernels take them: (N, KH * KW * C)."""
    return weight.permute(0, 2, 3, 1).flatten(1)


LINEAR = [(1, 1, 1), (1, 37, 1), (3, 32, 5), (17, 33, 16), (16, 64, 19), (7, 97, 35)]


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("shifts", PLANES)
def test_linear_low_rank_of_several_ranks(shifts: tuple[int, ...], fused: bool) -> None:
    f = factors(shifts)
    x, weight = random(0, 256, (6, 41), torch.uint8, 4), random(0, 256, (5, 41), torch.uint8, 5)
    constant = random(-(2**31), 2**31, (5,), torch.int32, 6)
    result = linear_low_rank(x, f.left, expand_right(f.right, weight), shifts, constant, fused)
    expected = linear_reference(f.multiply, x.cpu().numpy(), weight.cpu().numpy())
    equal(result, plus(expected, constant, 1))


@pytest.mark.parametrize("fused", [True, False, None])
@pytest.mark.parametrize("shape", LINEAR)
def test_linear_low_rank_of_several_shapes(shape: tuple[int, int, int], fused: bool | None) -> None:
    m, k, n = shape
    f = factors((8, 0))
    x, weight = random(0, 256, (m, k), torch.uint8, 4), random(0, 256, (n, k), torch.uint8, 5)
    result = linear_low_rank(x, f.left, expand_right(f.right, weight), f.shifts, None, fused)
    equal(result, linear_reference(f.multiply, x.cpu().numpy(), weight.cpu().numpy()))


@pytest.mark.parametrize("shape", LINEAR)
def test_linear_table(shape: tuple[int, int, int]) -> None:
    m, k, n = shape
    table, multiply = random_table()
    x, weight = random(0, 256, (m, k), torch.uint8, 4), random(0, 256, (n, k), torch.uint8, 5)
    constant = random(-(2**31), 2**31, (n,), torch.int32, 6)
    expected = linear_reference(multiply, x.cpu().numpy(), weight.cpu().numpy())
    equal(linear_table(x, table, weight, constant), plus(expected, constant, 1))


def test_narrow_tables_and_other_layouts() -> None:
    table = random(-(2**15), 2**15, (64, 40), torch.int16, 3)
    rows = table.cpu().numpy()
    x, weight = random(0, 64, (13, 6), torch.uint8, 4).T, random(0, 40, (13, 5), torch.uint8, 5).T
    expected = linear_reference(lambda a, b: int(rows[a, b]), x.cpu().numpy(), weight.cpu().numpy())
    equal(linear_table(x, table, weight), expected)
    equal(linear_table(x, table.T.contiguous().T, weight), expected)
    f = factors((8, 0))
    right = expand_right(f.right, weight)
    expected = linear_reference(f.multiply, x.cpu().numpy(), weight.cpu().numpy())
    equal(linear_low_rank(x, f.left, right, f.shifts), expected)
    equal(linear_low_rank(x, f.left.T.contiguous().T, right.contiguous(), f.shifts), expected)


class Case(NamedTuple):
    size: tuple[int, int, int, int]  # B, H, W, C
    outputs: int
    geometry: Geometry


CONV = [
    Case((2, 5, 4, 3), 5, Geometry((3, 3), padding=((1, 1), (1, 1)), pad_code=0)),
    Case((1, 6, 5, 2), 3, Geometry((3, 2), (2, 1), ((2, 0), (0, 1)), (1, 2), pad_code=7)),
    Case((1, 4, 7, 4), 6, Geometry((2, 3), (1, 3), ((1, 2), (3, 1)), (2, 1), groups=2, pad_code=200)),
    Case((2, 3, 3, 6), 6, Geometry((3, 3), padding=((1, 1), (1, 1)), groups=3, pad_code=255)),
    Case((1, 3, 3, 32), 17, Geometry((2, 2), padding=((1, 0), (0, 1)), pad_code=9)),  # whole blocks of k in a tap
    Case((1, 2, 2, 64), 3, Geometry((2, 2), groups=1, pad_code=9)),
    Case((3, 4, 3, 5), 7, Geometry(stride=(2, 2))),
    Case((1, 1, 11, 3), 4, Geometry((1, 5), padding=((0, 0), (4, 4)), pad_code=128)),
    Case((1, 1, 1, 1), 1, Geometry((3, 3), padding=((1, 1), (1, 1)), pad_code=3)),
]
DEPTHWISE = [
    Case((2, 5, 4, 3), 3, Geometry((3, 3), (2, 1), ((1, 1), (1, 1)), groups=3, pad_code=17)),
    Case((1, 4, 6, 5), 10, Geometry((2, 3), (1, 2), ((0, 1), (2, 2)), (1, 2), groups=5, pad_code=0)),
    Case((1, 3, 3, 19), 19, Geometry((3, 3), padding=((1, 1), (1, 1)), groups=19, pad_code=255)),
    Case((1, 2, 3, 7), 21, Geometry(groups=7)),
]


def convolution(case: Case, multiply: Any) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, np.ndarray]:
    """Codes, weights and constant of a case, and the result by plain loops."""
    g = case.geometry
    x = random(0, 256, case.size, torch.uint8, 4)
    weight = random(0, 256, (case.outputs, case.size[3] // g.groups, *g.kernel), torch.uint8, 5)
    constant = random(-(2**31), 2**31, (case.outputs,), torch.int32, 6)
    expected = conv_reference(
        multiply,
        x.permute(0, 3, 1, 2).cpu().numpy(),
        weight.cpu().numpy(),
        stride=g.stride,
        padding=g.padding,
        dilation=g.dilation,
        groups=g.groups,
        zero_point=g.pad_code,
    )
    return x, codes_for(weight), constant, plus(expected, constant, 1).transpose(0, 2, 3, 1)


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("case", CONV + DEPTHWISE)
def test_conv_low_rank(case: Case, fused: bool) -> None:
    f = factors((9, 4, 4))
    x, weight, constant, expected = convolution(case, f.multiply)
    result = conv_low_rank(x, f.left, expand_right(f.right, weight), f.shifts, constant, case.geometry, fused)
    equal(result, expected)


@pytest.mark.parametrize("case", CONV + DEPTHWISE)
def test_conv_table(case: Case) -> None:
    table, multiply = random_table()
    x, weight, constant, expected = convolution(case, multiply)
    equal(conv_table(x, table, weight, constant, case.geometry), expected)


@pytest.mark.parametrize("case", DEPTHWISE)
def test_depthwise_table(case: Case) -> None:
    table, multiply = random_table()
    x, weight, constant, expected = convolution(case, multiply)
    equal(depthwise_table(x, table, weight, constant, case.geometry), expected)
    channels_first = x.permute(0, 3, 1, 2).contiguous().permute(0, 2, 3, 1)
    equal(depthwise_table(channels_first, table, weight.T.contiguous().T, constant, case.geometry), expected)


@pytest.mark.parametrize("products", [32, 64])
def test_long_sums_are_added_in_parts(products: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_tuning, "PRODUCTS", products if DEVICE == "cpu" else 4 * products)  # a multiple of BLOCK_K
    f = factors((24, 0))
    x, weight = random(0, 256, (3, 131), torch.uint8, 4), random(0, 256, (2, 131), torch.uint8, 5)
    for fused in (True, False):
        result = linear_low_rank(x, f.left, expand_right(f.right, weight), f.shifts, None, fused)
        equal(result, linear_reference(f.multiply, x.cpu().numpy(), weight.cpu().numpy()))


def test_nothing_to_sum_is_the_constant() -> None:
    f, (table, _) = factors((8, 0)), random_table()
    constant = random(-9, 9, (5,), torch.int32)
    x, weight = random(0, 256, (0, 4), torch.uint8), random(0, 256, (5, 4), torch.uint8)
    assert linear_low_rank(x, f.left, expand_right(f.right, weight), f.shifts, constant).shape == (0, 5)
    assert linear_table(x, table, weight).shape == (0, 5)
    x, weight = random(0, 256, (3, 0), torch.uint8), random(0, 256, (5, 0), torch.uint8)
    expected = np.zeros((3, 5), np.int32) + constant.cpu().numpy()
    equal(linear_low_rank(x, f.left, expand_right(f.right, weight), f.shifts, constant), expected)
    equal(linear_table(x, table, weight, constant), expected)
    x, none = random(0, 256, (3, 4), torch.uint8), torch.zeros(0, 256, dtype=torch.int8, device=DEVICE)
    equal(linear_low_rank(x, none, none.new_zeros(0, 4, 5), (), constant), expected)
    image = random(0, 256, (0, 3, 3, 4), torch.uint8)
    weight = random(0, 256, (4, 9), torch.uint8)
    geometry = Geometry((3, 3), padding=((1, 1), (1, 1)), groups=4)
    assert depthwise_table(image, table, weight, None, geometry).shape == (0, 3, 3, 4)
    assert conv_low_rank(image, f.left, expand_right(f.right, weight), f.shifts, None, geometry).shape == (0, 3, 3, 4)
