"""What is added to an output's sum, in integers: the bias, halves to even and saturated, and the zero point's correction."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from pysim import Accumulator, CodeRange, NonFiniteError, Quantization, approximate_
from pysim._product import integer_bias
from pysim._quantizer import ActivationQuantizer
from pysim.kernels import Window


def test_halves_go_to_even() -> None:
    one = torch.tensor(1.0)
    bias = torch.tensor([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49, -7.0])
    assert integer_bias(bias, one, torch.ones(8)).tolist() == [0, 2, 2, 0, -2, -2, 0, -7]


def test_units_are_products_in_64_bits() -> None:
    """In 32 bits they would be rounded, and a large bias would have other codes."""
    rng = np.random.default_rng(0)
    scale, weights, bias = np.float32(0.1), rng.random(50).astype(np.float32), (rng.random(50) * 1e6).astype(np.float32)
    found = integer_bias(torch.from_numpy(bias), torch.tensor(scale), torch.from_numpy(weights))
    expected = [round(float(b) / (float(scale) * float(w))) for b, w in zip(bias, weights, strict=True)]
    assert found.tolist() == expected


@pytest.mark.parametrize(("bias", "limit"), [(1e20, 2**31 - 1), (-1e20, -(2**31))])
def test_a_bias_saturates_alone_and_wraps_with_the_correction(bias: float, limit: int) -> None:
    layer: Any = nn.Linear(3, 2)
    nn.init.constant_(layer.bias, bias)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, 0.5, 1.0], [-1.0, -1.0, 0.25]]))
    quantization = Quantization(accumulator=Accumulator(32))
    approximate_(layer, "exact8", quantization=quantization, calibration=[torch.tensor([[-1.0, 0.3, 1.0]])])
    product = layer.product("weight")
    zero_point = int(product.quantizer.zero_point)
    assert zero_point > 0
    found = product.prepared(layer.weight, layer.bias, Window()).constant
    codes = np.rint(layer.weight.detach().numpy() * np.float32(127)).astype(np.int64)
    expected = limit - zero_point * codes.sum(1)
    assert found.tolist() == ((expected + (1 << 31)) % (1 << 32) - (1 << 31)).tolist()


def test_results_are_scaled_by_both_scales_in_float32() -> None:
    layer: Any = nn.Linear(3, 4)
    approximate_(layer, "exact8", calibration=[torch.randn(5, 3)])
    product = layer.product("weight")
    codes_per_unit = layer.weight.detach().numpy()
    scales = (np.abs(codes_per_unit).max(1) / np.float32(127)) * product.quantizer.scale.numpy()
    assert np.array_equal(product.prepared(layer.weight, layer.bias, Window()).scale.numpy(), scales)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_bias_that_is_not_finite_is_named(value: float) -> None:
    layer: Any = nn.Linear(3, 4)
    approximate_(layer, "exact8", calibration=[torch.randn(5, 3)])
    with torch.no_grad():
        layer.bias[2] = value
    with pytest.raises(NonFiniteError, match=r"its bias is (nan|inf) at index \(2,\)"):
        layer(torch.randn(5, 3))


@pytest.mark.parametrize(
    ("codes", "ends", "scale", "zero_point"),
    [
        (CodeRange(0, 255, affine=True), (-1.0, 1.98), 2.98 / 255, 86),  # 85.57
        (CodeRange(0, 255, affine=True), (-1.0, 2.02), 3.02 / 255, 84),  # 84.44
        (CodeRange(-128, 127, affine=True), (0.0, 2.0), 2 / 255, -128),
        (CodeRange(-128, 127, affine=True), (-2.0, 0.0), 2 / 255, 127),
        (CodeRange(-127, 127), (-3.0, 1.0), 3 / 127, 0),
        (CodeRange(-127, 127), (-1.0, 3.0), 3 / 127, 0),
        (CodeRange(-127, 127), (0.0, 0.0), 1.0, 0),
        (CodeRange(0, 255, affine=True), (0.0, 1e-40), 2.0**-100, 0),
    ],
)
def test_calibrated_scales_and_zero_points(codes: CodeRange, ends: Any, scale: float, zero_point: int) -> None:
    quantizer = ActivationQuantizer(codes)
    quantizer.calibrate(*ends)
    assert (quantizer.scale.item(), int(quantizer.zero_point)) == (np.float32(scale), zero_point)
