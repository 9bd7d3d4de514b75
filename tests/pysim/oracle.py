"""The integer core by plain loops, for whole layers: reference sums, then the corrections, each written out once more."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from pysim.kernels import conv_reference, linear_reference
from pysim.kernels.reference import wrap_int32


def record(layer: Any) -> list[dict[str, Any]]:
    """Spy on a layer's products; each call is appended to the list that is returned.

    `codes` (B, C, H, W) and `acc` (B, N, out_h, out_w) are what went in and came out of the integer core; `rows` (M, K) and
    `acc_rows` (M, N) are the same with channels last, as a linear layer sees them. What the layer returned must be the
    accumulators times their scale.
    """
    calls: list[dict[str, Any]] = []
    for product in layer.products():
        inner = product.images

        def spy(x: Tensor, weight: Tensor, bias: Any, window: Any, product: Any = product, inner: Any = inner) -> Tensor:
            y, acc = inner(x, weight, bias, window), product.accumulators(x, weight, bias, window)
            assert torch.equal(y, (acc.float() * product.core.latest.scale.view(-1, 1, 1)).to(y.dtype))
            codes = product.quantizer(x, "x").int() + product.operands.activation.low
            rows, acc_rows = (t.permute(0, 2, 3, 1).reshape(-1, t.shape[1]) for t in (codes, acc))
            call = {"product": product, "codes": codes, "acc": acc, "weight": weight.flatten(1), "bias": bias}
            calls.append({**call, "rows": rows, "acc_rows": acc_rows})
            return y

        product.images = spy
    return calls


def multiply_of(product: Any) -> Any:
    """The golden function on two Python integers, one at a time."""
    multiplier = product.operands.multiplier
    known: dict[tuple[int, int], int] = {}

    def multiply(a: int, b: int) -> int:
        if (a, b) not in known:
            known[a, b] = int(multiplier(a, b))
        return known[a, b]

    return multiply


def weight_codes(product: Any, weight: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Symmetric per-channel codes of weight (N, ...) and their scales, from the definition."""
    flat = weight.detach().reshape(len(weight), -1).numpy()
    high = product.operands.weight.high
    scale = np.array([np.float32(np.abs(row).max()) / np.float32(high) if np.any(row) else 1 for row in flat], np.float32)
    codes = np.clip(np.round(flat / scale[:, None]), -high, high).astype(np.int64)
    return codes.reshape(weight.shape), scale


def corrected(product: Any, sums: np.ndarray, codes: np.ndarray, scale: np.ndarray, bias: Tensor | None) -> np.ndarray:
    """sums (..., N) with zero-point correction and integer bias, as int32."""
    zero_point, unit = int(product.quantizer.zero_point), float(product.quantizer.scale)
    out = np.empty_like(sums)
    for index in np.ndindex(*sums.shape):
        n = index[-1]
        value = int(sums[index]) - zero_point * int(codes[n].sum())
        if bias is not None:
            value += int(np.round(bias[n].item() / (unit * float(scale[n]))))
        out[index] = wrap_int32(value)
    return out


def linear_oracle(product: Any, x: np.ndarray, weight: Tensor, bias: Tensor | None) -> np.ndarray:
    """Accumulators (M, N) of activation codes x (M, K)."""
    codes, scale = weight_codes(product, weight)
    return corrected(product, linear_reference(multiply_of(product), x, codes), codes, scale, bias)


def conv_oracle(layer: Any, x: Tensor, padding: list[tuple[int, int]]) -> np.ndarray:
    """Accumulators (B, N, *output) of a convolution of float x, quantised from the definition."""
    product = layer.product("weight")
    codes, scale = weight_codes(product, layer.weight)
    operand = product.operands.activation
    quantized = np.round(x.numpy() / product.quantizer.scale.numpy()) + int(product.quantizer.zero_point)
    sums = conv_reference(
        multiply_of(product),
        np.clip(quantized, operand.low, operand.high).astype(np.int64),
        codes,
        stride=layer.stride,
        padding=padding,
        dilation=layer.dilation,
        groups=layer.groups,
        padding_mode=layer.padding_mode,
        zero_point=int(product.quantizer.zero_point),
    )
    moved = np.moveaxis(sums, 1, -1)
    return np.moveaxis(corrected(product, moved, codes.reshape(len(codes), -1), scale, layer.bias), -1, 1)


def seeded(seed: int = 0) -> None:
    """The same random numbers in every test."""
    torch.manual_seed(seed)
