"""The operands that a layer of a workload sends through one multiplier of a weight-stationary array.

There a multiplier keeps one weight w[n, k] while the activations x[m, k] of all positions m pass it, image by image and row by
row; then it is given the next weight. The stream is that of `_VISITS` weights, drawn by a seed from all of the layer. Codes are
recorded from the network on exact products, so that every multiplier is judged on the same operands.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from multipliers import Multiplier, get
from pysim import Quantization, approximate_, converted
from pysim._quantizer import quantize_weight
from pysim.layers import ApproximateLayer, Geometry
from workloads import load

from ._errors import CostError
from ._streams import Stream

IMAGES = 8
"""Test images that pass."""
_VISITS = 64


@lru_cache(maxsize=4)
def layer_stream(workload: str, layer: str = "", a_signed: bool = False, seed: int = 0) -> Stream:
    """The stream of a convolution or linear layer of `workload`, of the one with most products if it is not named.

    Weights are signed 8-bit codes; activations are unsigned (affine) or, with `a_signed`, signed (symmetric) ones.
    Raises ValueError for an unknown workload and CostError for an unknown layer.
    """
    chosen = load(workload)
    model = chosen.model()
    exact = get("exact", width=8, a_signed=a_signed, b_signed=True)
    approximate_(model, exact, quantization=Quantization(), calibration=chosen.calibration())
    layers = {found.name: found for found in converted(model) if isinstance(found, nn.Conv2d | nn.Linear)}
    if layer and layer not in layers:
        raise CostError(f"{workload} has no convolution or linear layer {layer!r}; it has {', '.join(layers)}")
    inputs: dict[str, Tensor] = {}
    for name, found in layers.items():
        found.register_forward_pre_hook(lambda module, arguments, name=name: inputs.update({name: arguments[0]}))
    with torch.no_grad():
        model(chosen.test()[0][:IMAGES])
    recorded = {name: operand_codes(layers[name], inputs[name]) for name in ([layer] if layer else layers)}
    name, (x, w) = max(recorded.items(), key=lambda item: item[1][0].shape[2] * item[1][1].size)
    rng = np.random.default_rng(seed)
    places = rng.choice(w.size, min(_VISITS, w.size), replace=False)
    a, b = visits(x, w, places)
    return Stream(f"{workload}:{name}, weight-stationary", a, b)


def visits(x: np.ndarray, w: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What passes weights `w.flat[places]` (P,) of codes as from `operand_codes`: int64 `a` and `b` of shape (P * M,)."""
    rows, taps = np.unravel_index(places, w.shape)
    groups = rows * len(x) // len(w)
    return x[groups, taps].ravel(), np.repeat(w[rows, taps], x.shape[2])


def operand_codes(layer: ApproximateLayer, x: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Codes of a layer's operands: activations (groups, K, M) and weights (N, K), int64.

    M counts the positions of all images; a group's activations meet N / groups rows of weights. Padding is the code of zero.
    """
    product, module = layer.product("weight"), _torch(layer)
    quantizer, codes = product.quantizer, product.operands.activation
    geometry = Geometry.of(module) if isinstance(module, nn.Conv2d) else None
    if geometry is not None and geometry.mode != "constant":
        x, geometry = geometry.pad(x), geometry.padded()
    shifted = (quantizer(x, layer.name).double() + codes.low) - int(quantizer.zero_point)  # 0 is the code that pads
    if geometry is not None:
        (top, bottom), (left, right) = geometry.padding
        padded = nn.functional.pad(shifted, (left, right, top, bottom))
        columns = nn.functional.unfold(padded, geometry.kernel, geometry.dilation, 0, geometry.stride)
    else:
        columns = shifted.reshape(-1, module.weight.shape[1], 1)
    groups = 1 if geometry is None else geometry.groups
    columns = columns.unflatten(1, (groups, -1)).permute(1, 2, 0, 3).flatten(2)
    weights, _ = quantize_weight(module.weight.flatten(1), product.operands.weight, layer.name)
    return (columns.long() + int(quantizer.zero_point)).numpy(), weights.long().numpy()


def _torch(layer: Any) -> nn.Conv2d | nn.Linear:
    assert isinstance(layer, nn.Conv2d | nn.Linear)
    return layer


def suited(multiplier: Multiplier) -> Multiplier:
    """The same multiplier with the signs that a network's codes need."""
    from pysim import operands

    return operands(multiplier, Quantization()).multiplier
