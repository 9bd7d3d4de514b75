"""A layer's product as the array's integers: weight codes, and bias, zero point and batch norm folded behind them.

Batch norm, y = factor * x + offset for each output channel, changes no weight code: it scales the requantiser's factor and
joins the bias. So products and their sums are those of the network before lowering, whatever the multiplier's errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pysim._approximate import ApproximateProduct
from pysim._product import integer_bias
from pysim._quantizer import quantize_weight

from ..fixed_point import INT32_MAX, INT32_MIN, requantization
from ..program import Matrix
from ._quantities import Quantity, of_input

_LARGEST_BIAS = 1 << 30
"""Magnitude up to which the bias of a channel stays; see `Folded.factor`."""


@dataclass(frozen=True)
class Folded:
    """Weight codes (N, K), int32, constants (N,), int32, and what an accumulator's unit is worth in each channel, float64 (N,).

    A channel that batch norm scales down to (nearly) nothing keeps its offset: its factor is raised as far as its bias needs
    to fit 30 bits, which moves its outputs by at most 2**-30 of the offset for each unit of the accumulator.
    """

    codes: Tensor
    constant: np.ndarray
    factor: np.ndarray

    def matrix(self, target: Quantity, shape: tuple[int, int, int, int]) -> Matrix:
        """The product with outputs in the target's codes; raises ValueError where `fits` is False."""
        multiplier, shift = requantization(self.factor / target.scale)
        weight = np.ascontiguousarray(self.codes.numpy().reshape(shape))
        return Matrix(weight, self.constant, multiplier, shift)

    def fits(self, scale: float) -> bool:
        """Whether codes of this scale are coarser than an accumulator's unit, so that the requantiser reaches them."""
        return bool((np.abs(self.factor) < scale * (1 - 2**-31)).all())

    @property
    def coarsest(self) -> float:
        """The largest unit of an accumulator, in real numbers."""
        return float(np.abs(self.factor).max(initial=0))


def fold(product: ApproximateProduct, weight: Tensor, bias: Tensor | None, norm: Any = None) -> Folded:
    """Fold a product with weight (N, ...), bias (N,) and the batch norm behind it."""
    codes, weight_scale = quantize_weight(weight.flatten(1).cpu(), product.operands.weight, product.name)
    source = of_input(product)
    activation_scale, bias = product.quantizer.scale.cpu(), None if bias is None else bias.cpu()
    side = -source.zero_point * codes.sum(1, dtype=torch.int64)
    unit = (activation_scale.double() * weight_scale.double()).numpy()
    if norm is None:
        added = torch.zeros(len(codes), dtype=torch.float64)
        if bias is not None:
            added = integer_bias(bias, activation_scale, weight_scale)
        factor = unit
    else:
        factor, added = _with_norm(unit, bias, norm)
    constant = side + added.clamp(INT32_MIN, INT32_MAX).long()
    return Folded(codes, constant.to(torch.int32).numpy(), factor)


def _with_norm(unit: np.ndarray, bias: Tensor | None, norm: Any) -> tuple[np.ndarray, Tensor]:
    """Factors and integer biases (N,) with batch norm as it is in eval mode."""
    mean, variance = (part.detach().cpu().double().numpy() for part in (norm.running_mean, norm.running_var))
    gamma, beta = (
        np.full_like(mean, default) if part is None else part.detach().cpu().double().numpy()
        for part, default in ((norm.weight, 1.0), (norm.bias, 0.0))
    )
    factor = gamma / np.sqrt(variance + norm.eps)
    offset = beta + factor * ((0 if bias is None else bias.detach().double().numpy()) - mean)
    factor = factor * unit
    floor = np.abs(offset) / _LARGEST_BIAS
    factor = np.where(np.abs(factor) < floor, np.copysign(floor, factor), factor)
    with np.errstate(divide="ignore", invalid="ignore"):
        added = np.where(factor == 0, 0, np.round(offset / factor))
    return factor, torch.from_numpy(added)
