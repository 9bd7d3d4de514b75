"""Layers on codes of 9 to 16 bits equal the nested loop over golden products, whatever computes them."""

import warnings
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
import torch
from oracle import conv_oracle, linear_oracle, record, seeded
from test_exact_networks import integer_images
from torch import nn
from wide_multipliers import odd, wide_variants

import workloads
from multipliers import Multiplier
from pysim import NonFiniteError, Quantization, approximate_, converted
from pysim._quantization import CodeRange
from pysim._quantizer import ActivationQuantizer
from pysim.kernels import Window, backends
from pysim.kernels.wide import plan, slowness

pytestmark = [pytest.mark.filterwarnings("ignore:no fast kernel"), pytest.mark.filterwarnings("ignore:.*such sums wrap around")]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is timed, and only 9 by 9 bits are looked up in a table."""
    monkeypatch.setattr(slowness, "slowdown", lambda *_: 1.0)
    monkeypatch.setattr(plan, "TABLE_ENTRIES", 1 << 18)


def bits(activation: int, weight: int, /, **options: Any) -> Quantization:
    return Quantization(activation, weight, **options)


def label(value: object) -> str:
    return value.label if isinstance(value, Multiplier) else str(value)


UNSIGNED = [(multiplier, "affine") for multiplier in wide_variants((9, 12, 16), choices=2)]
SIGNED = [(multiplier, scheme) for multiplier in wide_variants((9, 12, 16), ("s",), 1) for scheme in ("affine", "symmetric")]


@pytest.mark.parametrize(("multiplier", "scheme"), UNSIGNED + SIGNED, ids=label)
def test_linear_equals_loop(multiplier: Multiplier, scheme: Any) -> None:
    seeded()
    layer, x = nn.Linear(5, 4), torch.randn(3, 2, 5) - 0.4
    approximate_(
        layer, multiplier, quantization=bits(multiplier.a.width, multiplier.b.width, activation=scheme), calibration=[x]
    )
    calls = record(layer)
    assert layer(x).shape == (3, 2, 4)
    expected = linear_oracle(calls[0]["product"], calls[0]["rows"].numpy(), layer.weight, layer.bias)
    assert np.array_equal(calls[0]["acc_rows"].numpy(), expected)


@pytest.mark.parametrize(("activation", "weight"), [(16, 8), (8, 16), (9, 2), (7, 11)])
@pytest.mark.parametrize("multiplier", [*wide_variants((16,), choices=1), odd(), odd(closed=False)], ids=label)
def test_sides_of_different_width(multiplier: Multiplier, activation: int, weight: int) -> None:
    seeded()
    layer, x = nn.Linear(7, 3), torch.randn(4, 7)
    approximate_(layer, multiplier, quantization=bits(activation, weight), calibration=[x])
    calls = record(layer)
    layer(x)
    expected = linear_oracle(calls[0]["product"], calls[0]["rows"].numpy(), layer.weight, layer.bias)
    assert np.array_equal(calls[0]["acc_rows"].numpy(), expected)


CONVOLUTIONS: dict[str, tuple[Any, tuple[int, ...], list[tuple[int, int]]]] = {
    "1d": (lambda: nn.Conv1d(3, 4, 3, stride=2, padding=2), (2, 3, 6), [(2, 2)]),
    "2d": (lambda: nn.Conv2d(2, 3, (3, 2), stride=(1, 2), padding=(1, 0), dilation=(1, 2)), (2, 2, 5, 6), [(1, 1), (0, 0)]),
    "3d": (lambda: nn.Conv3d(2, 2, 2, padding=1), (1, 2, 2, 3, 2), [(1, 1)] * 3),
    "groups": (lambda: nn.Conv2d(4, 6, 3, padding=1, groups=2), (1, 4, 3, 4), [(1, 1), (1, 1)]),
    "depthwise": (lambda: nn.Conv2d(4, 4, 3, padding=2, dilation=2, groups=4), (2, 4, 4, 3), [(2, 2), (2, 2)]),
    "reflect": (lambda: nn.Conv2d(2, 2, 3, padding=1, padding_mode="reflect"), (1, 2, 3, 3), [(1, 1), (1, 1)]),
}


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("shape", CONVOLUTIONS)
def test_convolutions_equal_loop(shape: str, closed: bool) -> None:
    """The zero point is not 0, and padded positions hold it: f(Zx, w) is added for each."""
    seeded()
    make, size, padding = CONVOLUTIONS[shape]
    layer, x = make(), torch.randn(size) - 0.4
    approximate_(layer, odd(12, 11, closed), quantization=bits(12, 11), calibration=[x])
    calls = record(layer)
    layer(x)
    acc = calls[0]["acc"]
    if shape == "3d":  # output slices came as images
        acc = acc.unflatten(0, (1, -1)).movedim(1, 2)
    assert int(layer.product("weight").quantizer.zero_point) != 0
    assert np.array_equal(acc.numpy().reshape(-1), conv_oracle(layer, x, padding).reshape(-1))


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
def test_recurrent_layers_equal_loop(kind: Any, closed: bool) -> None:
    """All steps, whose hidden state takes the way through the 8-bit kernels when codes are bytes."""
    seeded()
    layer, x = kind(4, 3, bidirectional=True), torch.randn(3, 2, 4)
    approximate_(layer, odd(12, 12, closed), quantization=bits(12, 10), calibration=[x])
    with torch.no_grad():
        expected = layer(x)[0]
        calls = record(layer)
        assert torch.equal(layer(x)[0], expected)
    assert len(calls) == 2 * (1 + 3)
    for call in calls:
        loop = linear_oracle(call["product"], call["rows"].numpy(), call["weight"], call["bias"])
        assert np.array_equal(call["acc_rows"].numpy(), loop)


def test_without_compiled_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "library", lambda: None)
    seeded()
    layer, x = nn.Linear(6, 3), torch.randn(4, 6)
    approximate_(layer, odd(), quantization=bits(16, 16), calibration=[x])
    calls = record(layer)
    layer(x)
    expected = linear_oracle(calls[0]["product"], calls[0]["rows"].numpy(), layer.weight, layer.bias)
    assert np.array_equal(calls[0]["acc_rows"].numpy(), expected)


@pytest.mark.parametrize("multiplier", ["exact12"])
def test_a_network_equals_torchs_integers(multiplier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trained network of dense and depthwise convolutions, 12-bit activations by 10-bit weights, in torch's own int64."""
    workload = workloads.load("mnist-dscnn")
    inputs, model = workload.test()[0][:16], workload.model()
    approximate_(model, multiplier, quantization=bits(12, 10), calibration=workload.calibration(images=64))
    with torch.no_grad():
        logits = model(inputs)
        products = [product for layer in converted(model) for product in layer.products()]
        for product in products:
            monkeypatch.setattr(product, "images", integer_images(product))
        assert len(products) > 1
        assert torch.equal(logits, model(inputs))


@pytest.mark.parametrize("multiplier", [odd(), odd(closed=False)], ids=["closed form", "functional"])
@pytest.mark.parametrize("groups", [1, 4])
def test_the_operator_is_sound(multiplier: Multiplier, groups: int) -> None:
    """Its fake result has the real one's shape, type and strides, which torch.compile relies on; a copied layer runs, too."""
    seeded()
    layer, x = nn.Conv2d(4, 4, 3, padding=1, groups=groups), torch.randn(2, 4, 5, 6)
    approximate_(layer, multiplier, quantization=bits(12, 12), calibration=[x])
    product = layer.product("weight")
    window = Window((3, 3), padding=(1, 1), end=(1, 1), groups=groups).flat
    arguments = (
        x,
        layer.weight,
        layer.bias,
        product.quantizer.scale,
        product.quantizer.zero_point,
        window,
        product.core.description,
    )
    torch.library.opcheck(torch.ops.goldaxe.product, arguments, test_utils=("test_schema", "test_faketensor"))
    assert torch.equal(deepcopy(layer)(x), layer(x))


@pytest.mark.parametrize("closed", [True, False])
def test_gradients_are_straight_through_and_clipped(closed: bool) -> None:
    seeded()
    layer: Any = nn.Linear(4, 3)
    plain = deepcopy(layer)
    approximate_(layer, odd(12, 12, closed), quantization=bits(12, 12), calibration=[torch.tensor([[-1.0, 2.0, 0.0, 0.0]])])
    x = torch.tensor([[0.5, -5.0, 2.5, 1.0]], requires_grad=True)
    layer(x).sum().backward()
    assert x.grad is not None
    kept = torch.tensor([1.0, 0.0, 0.0, 1.0])
    assert torch.allclose(x.grad, plain.weight.sum(0) * kept)
    assert torch.equal(layer.weight.grad, x.detach().expand(3, 4))
    assert torch.equal(layer.bias.grad, torch.ones(3))


@pytest.mark.parametrize("closed", [True, False])
def test_empty_batches(closed: bool) -> None:
    linear, conv = nn.Linear(3, 2), nn.Conv2d(2, 3, 3, padding=1)
    approximate_(linear, odd(12, 12, closed), quantization=bits(12, 12), calibration=[torch.ones(1, 3)])
    approximate_(conv, odd(12, 12, closed), quantization=bits(12, 12), calibration=[torch.ones(1, 2, 4, 4)])
    assert linear(torch.empty(0, 3)).shape == (0, 2)
    assert conv(torch.empty(0, 2, 4, 5)).shape == (0, 3, 4, 5)


@pytest.mark.parametrize("count", range(9, 17))
@pytest.mark.parametrize("signed", [False, True])
def test_wide_codes(count: int, signed: bool) -> None:
    """Codes in NumPy from the definition, in float32 as stated: round half to even, clamp, and subtract the lowest."""
    low = -(2 ** (count - 1)) if signed else 0
    quantizer = ActivationQuantizer(CodeRange(low, low + 2**count - 1, affine=True))
    quantizer.calibrate(-1.25, 3.0)
    x = torch.linspace(-1.5, 3.5, 5001).reshape(3, 1667).t()
    found = quantizer(x, "x")
    assert found.dtype == torch.int32
    assert found.stride() == x.stride()
    scale, zero_point = quantizer.scale.numpy(), int(quantizer.zero_point)
    expected = np.clip(np.rint(x.numpy() / scale) + np.float32(zero_point), low, low + 2**count - 1) - low
    assert np.array_equal(found.numpy(), expected)
    assert (int(found.min()), int(found.max())) == (0, 2**count - 1)
    with pytest.raises(NonFiniteError, match=r"fc: its input is inf at index \(1,\)"):
        quantizer(torch.tensor([0.0, torch.inf]), "fc")


@pytest.mark.parametrize(("bits_", "warned"), [(9, False), (16, True)])
def test_sums_beyond_32_bits_are_told(bits_: int, warned: bool) -> None:
    """8 products of 9 by 9 bits stay within 32 bits, and two of 16 by 16 bits do not."""
    seeded()
    layer, x = nn.Linear(8, 3), torch.rand(4, 8)
    approximate_(layer, f"exact{bits_}", quantization=bits(bits_, bits_), calibration=[x])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        layer(x)
    assert sum("such sums wrap around" in str(warning.message) for warning in caught) == warned
