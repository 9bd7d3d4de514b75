"""All 18 circuits in whole layers: every sum is a loop over the circuit's published table, one look-up at a time."""

from typing import Any

import numpy as np
import pytest
import torch
from evoapprox8 import circuits
from oracle import corrected, record, seeded, weight_codes
from torch import Tensor, nn

from multipliers import Multiplier, Operand
from pysim import Quantization, approximate_, calibrate_
from pysim.kernels import conv_reference, linear_reference

SIGNED = [name for name in circuits() if name.startswith("mul8s")]
UNSIGNED = [name for name in circuits() if name.startswith("mul8u")]
CASES = [
    *((name, activation, scheme) for name in UNSIGNED for activation, scheme in (("u", "affine"), ("s", "symmetric"))),
    *((name, "s", scheme) for name in SIGNED for scheme in ("affine", "symmetric")),
]
"""Circuit, its activation operand (a mul8u multiplies signed codes by sign and magnitude), and the activations' scheme."""


def looked_up(name: str, a: int, b: int) -> int:
    """The circuit's product of two integers."""
    table = circuits()[name]
    if name in SIGNED:
        return int(table[a + 128, b + 128])
    sign = (-1 if a < 0 else 1) * (-1 if b < 0 else 1)
    return sign * int(table[abs(a), abs(b)])


def multiplier(name: str, activation: str) -> Multiplier:
    """The circuit as a user would bring it: a function over arrays."""
    table = circuits()[name]

    def function(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        if name in SIGNED:
            return table[a + 128, b + 128]
        products = table[np.abs(a), np.abs(b)]
        return np.where((a < 0) != (b < 0), -products, products)

    return Multiplier(name, Operand(8, activation == "s"), Operand(8, True), Operand(18, True), function)


def converted(layer: Any, case: tuple[str, str, str], *batch: Any) -> list[dict[str, Any]]:
    """The layer on the circuit, calibrated; and what its products will have done."""
    name, activation, scheme = case
    approximate_(layer, multiplier(name, activation), quantization=Quantization(activation=scheme))  # type: ignore[arg-type]
    calibrate_(layer, [batch])
    for product in layer.products():
        assert product.operands.activation.affine == (scheme == "affine")
        assert product.operands.activation.low == (-127 if scheme == "symmetric" else 0 if activation == "u" else -128)
    return record(layer)


def rows_by_loop(call: dict[str, Any], name: str, bias: Tensor | None) -> np.ndarray:
    codes, scale = weight_codes(call["product"], call["weight"])
    sums = linear_reference(lambda a, b: looked_up(name, a, b), call["rows"].numpy(), codes)
    return corrected(call["product"], sums, codes, scale, bias)


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_linear(case: tuple[str, str, str]) -> None:
    seeded()
    layer, x = nn.Linear(37, 5), torch.randn(3, 37) - 0.3
    calls = converted(layer, case, x)
    y = layer(x)
    expected = rows_by_loop(calls[0], case[0], layer.bias)
    assert np.array_equal(calls[0]["acc_rows"].numpy(), expected)
    quantizer = calls[0]["product"].quantizer
    scale = quantizer.scale * torch.from_numpy(weight_codes(calls[0]["product"], layer.weight)[1])
    assert torch.equal(y, torch.from_numpy(expected).float() * scale)


@pytest.mark.parametrize("groups", [1, 4])
@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_convolution(case: tuple[str, str, str], groups: int) -> None:
    """Dense and depthwise, padded with the code of zero, which most of these circuits do not multiply to nothing."""
    seeded()
    layer, x = nn.Conv2d(4, 8, (3, 2), (1, 2), (1, 2), (2, 1), groups=groups), torch.randn(2, 4, 5, 5) - 0.3
    calls = converted(layer, case, x)
    layer(x)
    product = calls[0]["product"]
    codes, scale = weight_codes(product, layer.weight)
    sums = conv_reference(
        lambda a, b: looked_up(case[0], a, b),
        calls[0]["codes"].numpy(),
        codes,
        stride=(1, 2),
        padding=[(1, 1), (2, 2)],
        dilation=(2, 1),
        groups=groups,
        zero_point=int(product.quantizer.zero_point),
    )
    expected = corrected(product, np.moveaxis(sums, 1, -1), codes.reshape(8, -1), scale, layer.bias)
    assert np.array_equal(calls[0]["acc"].numpy(), np.moveaxis(expected, -1, 1))


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_lstm(case: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Both gate products of every step; then the same network in one compiled call, which nobody can look into."""
    seeded()
    layer: Any = nn.LSTM(5, 6)
    x = torch.randn(4, 3, 5)
    calls = converted(layer, case, x)
    with torch.no_grad():
        compiled, _ = layer(x)
        monkeypatch.setattr(type(layer), "_compiled", lambda *_: None)
        calls.clear()
        single, _ = layer(x)
    for call in calls:
        key = next(key for key, product in layer.approximation.items() if product is call["product"])
        expected = rows_by_loop(call, case[0], getattr(layer, f"bias_{key}"))
        assert np.array_equal(call["acc_rows"].numpy(), expected)
    assert len(calls) == 1 + 4
    assert torch.equal(compiled, single)
