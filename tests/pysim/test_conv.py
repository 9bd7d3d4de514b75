"""Convolutions equal the nested loop exactly, for every geometry, zero point and multiplier."""

import pytest
import torch
from odd_multipliers import ODD_S, ODD_US
from oracle import conv_oracle, record, seeded, weight_codes
from torch import nn

from multipliers import defaults
from pysim import Quantization, approximate_
from pysim.kernels import TorchProduct

GEOMETRY = {
    "plain": (nn.Conv2d, (3, 4, 3), {}, (5, 6), [(0, 0), (0, 0)]),
    "pointwise": (nn.Conv2d, (3, 4, 1), {}, (4, 3), [(0, 0), (0, 0)]),
    "stride": (nn.Conv2d, (2, 3, 3), {"stride": (2, 1), "padding": (1, 2)}, (6, 5), [(1, 1), (2, 2)]),
    "dilation": (nn.Conv2d, (2, 3, 3), {"dilation": (2, 1), "padding": 2}, (6, 5), [(2, 2), (2, 2)]),
    "groups": (nn.Conv2d, (4, 6, 3), {"groups": 2, "padding": 1}, (4, 4), [(1, 1), (1, 1)]),
    "depthwise": (nn.Conv2d, (4, 4, 3), {"groups": 4, "padding": 1, "stride": 2}, (5, 5), [(1, 1), (1, 1)]),
    "depthwise x2": (nn.Conv2d, (3, 6, (3, 2)), {"groups": 3}, (5, 4), [(0, 0), (0, 0)]),
    "same, even kernel": (nn.Conv2d, (2, 3, (2, 4)), {"padding": "same"}, (4, 5), [(0, 1), (1, 2)]),
    "reflect": (nn.Conv2d, (2, 3, 3), {"padding": (1, 2), "padding_mode": "reflect"}, (4, 5), [(1, 1), (2, 2)]),
    "replicate": (nn.Conv2d, (2, 3, 3), {"padding": 2, "padding_mode": "replicate"}, (4, 3), [(2, 2), (2, 2)]),
    "circular": (nn.Conv2d, (2, 3, 3), {"padding": 1, "padding_mode": "circular", "stride": 2}, (4, 5), [(1, 1), (1, 1)]),
    "no bias": (nn.Conv2d, (2, 3, 3), {"bias": False, "padding": 1}, (4, 4), [(1, 1), (1, 1)]),
    "1d": (nn.Conv1d, (4, 6, 3), {"padding": 2, "dilation": 2, "groups": 2}, (9,), [(2, 2)]),
    "1d depthwise, same": (nn.Conv1d, (3, 3, 4), {"padding": "same", "groups": 3}, (7,), [(1, 2)]),
    "3d": (nn.Conv3d, (2, 2, 2), {"padding": 1, "stride": (1, 2, 1)}, (3, 3, 2), [(1, 1), (1, 1), (1, 1)]),
}


def shaped(acc: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Accumulators of two-dimensional products in the shape of the layer's output; slices of a volume are images."""
    return acc.unflatten(0, (len(like), -1)).movedim(1, 2) if like.dim() == 5 else acc.reshape(like.shape)


def check(geometry: str, multiplier: object, quantization: Quantization) -> None:
    seeded()
    kind, arguments, options, size, padding = GEOMETRY[geometry]
    layer = kind(*arguments, **options)
    x = torch.randn(2, arguments[0], *size) * 2 - 0.7
    approximate_(layer, multiplier, quantization=quantization, calibration=[x])
    calls = record(layer)
    y = layer(x)
    acc = shaped(calls[0]["acc"], y)
    assert torch.equal(acc, torch.from_numpy(conv_oracle(layer, x, padding)))
    product = layer.product("weight")
    assert (int(product.quantizer.zero_point) != 0) == product.operands.activation.affine


@pytest.mark.parametrize("geometry", GEOMETRY)
@pytest.mark.parametrize("multiplier", [ODD_US, ODD_S], ids=["f(0,x) != 0, unsigned a", "f(0,x) != 0, signed a"])
def test_geometry_equals_loop(geometry: str, multiplier: object) -> None:
    check(geometry, multiplier, Quantization(activation="affine"))


@pytest.mark.parametrize("geometry", ["plain", "depthwise", "reflect", "1d"])
def test_symmetric_activations_equal_loop(geometry: str) -> None:
    check(geometry, ODD_S, Quantization(activation="symmetric"))


@pytest.mark.parametrize("bits", range(2, 9))
def test_every_bit_width_equals_loop(bits: int) -> None:
    check("groups", ODD_US, Quantization(activation_bits=bits, weight_bits=10 - bits))


@pytest.mark.parametrize("multiplier", defaults(), ids=lambda multiplier: multiplier.label)
@pytest.mark.parametrize("geometry", ["stride", "depthwise"])
def test_every_multiplier_equals_loop(multiplier: object, geometry: str) -> None:
    check(geometry, multiplier, Quantization(activation="affine"))


@pytest.mark.parametrize("label", ["exact16", "drum12_k4", "drum16s_k6", "truncated_columns10_v9"])
def test_operands_wider_than_the_codes(label: str) -> None:
    check("groups", label, Quantization(activation="affine"))


@pytest.mark.parametrize("geometry", GEOMETRY)
@pytest.mark.parametrize("label", ["exact8", "exact8s"])
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
def test_exact_multiplier_equals_torch_integers(geometry: str, label: str) -> None:
    """Zero-centred codes through torch's own int64 convolution give the same accumulators."""
    seeded(1)
    kind, arguments, options, size, _ = GEOMETRY[geometry]
    layer = kind(*arguments, **{**options, "bias": False})
    x = torch.randn(2, arguments[0], *size) - 0.3
    approximate_(layer, label, quantization=Quantization(activation="affine"), calibration=[x])
    calls = record(layer)
    layer(x)
    product = layer.product("weight")
    codes = torch.from_numpy(weight_codes(product, layer.weight)[0])
    centred = product.quantizer(x, "x").int() + product.operands.activation.low - product.quantizer.zero_point
    integer = kind(*arguments, **{**options, "bias": False})
    expected = integer._conv_forward(centred.long(), codes, None)
    assert torch.equal(shaped(calls[0]["acc"], expected).long(), expected)


def test_unbatched_input_and_wrong_channels() -> None:
    layer = nn.Conv2d(3, 2, 3)
    x = torch.randn(4, 3, 5, 5)
    approximate_(layer, "drum8_k4", calibration=[x])
    assert torch.equal(layer(x)[1], layer(x[1]))
    with pytest.raises(ValueError, match="does not have 3 channels"):
        layer(torch.randn(4, 2, 5, 5))
    with pytest.raises(ValueError, match="kernel that spans 3 does not fit the padded input size 2"):
        layer(torch.randn(4, 3, 2, 5))


def test_batches_beyond_a_tile(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = nn.Conv2d(3, 2, 3)
    x = torch.randn(4, 3, 5, 5)
    approximate_(layer, ODD_US, calibration=[x])
    layer(x)
    constant = torch.zeros(2, dtype=torch.int32)
    product = layer.product("weight").core.latest.product
    fallback = TorchProduct(product.plan, product.weight, product.window)
    codes = layer.product("weight").quantizer(x, "x")
    assert torch.equal(fallback(codes, constant, None), product(codes, constant, None))
    monkeypatch.setattr("pysim.kernels.table.TILE", 1)
    assert torch.equal(fallback(codes, constant, None), product(codes, constant, None))


def test_empty_batch() -> None:
    layer = nn.Conv2d(3, 2, 3)
    approximate_(layer, "drum8_k4", calibration=[torch.randn(1, 3, 5, 5)])
    assert layer(torch.empty(0, 3, 5, 5)).shape == (0, 2, 3, 3)
