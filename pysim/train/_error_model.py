"""The error model: a layer's product in float, with an error whose mean and variance follow from table and operand histogram.

Under the histogram p of a layer's activation codes (of a group's, in grouped convolutions), each weight code w has the line
that is nearest to its errors,

    e(x, w) is close to alpha[w] + beta[w] * x,      beta[w] = cov(e, x) / var(x),      v[w] = what variance is left

so that, were a layer's activations independent, a sum over k would have

    mean      sum_k (x - Zx) * (w + beta[w])  +  sum_k (alpha[w] + Zx * beta[w])
    variance  sum_k v[w]

The mean is an ordinary product with other weights and another bias, and the variance is a constant of each output: so a step
costs what a float one does and the noise. Noise is drawn from a pool of normal numbers, at a random place for each call.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .._product import code_table
from .._quantization import Operands
from .._quantizer import Settings
from ._call import Call, Weights

POOL = 1 << 22
"""Normal numbers of the pool; larger results repeat it."""


@dataclass(frozen=True, eq=False)
class Lines:
    """alpha, beta and v of each group for each weight code, float64 (groups, B)."""

    alpha: Tensor
    beta: Tensor
    variance: Tensor


def lines(operands: Operands, shares: Tensor) -> Lines:
    """The lines of a multiplier's error under shares (groups, A) of the activation codes; codes that never vary have beta 0."""
    x, w = (np.arange(part.low, part.high + 1) for part in (operands.activation, operands.weight))
    error = torch.from_numpy((code_table(operands) - np.multiply.outer(x, w)).astype(np.float64))
    codes = torch.from_numpy(x.astype(np.float64))
    centre = shares @ codes
    power = shares @ codes**2 - centre**2
    mean, square = shares @ error, shares @ error**2
    covariance = (shares * codes) @ error - centre[:, None] * mean
    beta = torch.where(power[:, None] > 1e-9, covariance / power.clamp_min(1e-9)[:, None], 0.0)
    variance = square - mean**2 - beta**2 * power[:, None]
    return Lines(mean - centre[:, None] * beta, beta, variance.clamp_min(0))


@dataclass(frozen=True, eq=False)
class Modelled:
    """What follows from a weight alone: the mean's weights, its offset (N,) and the noise's deviation (N, 1, 1), if any."""

    weights: Tensor
    offset: Tensor | None = None
    deviation: Tensor | None = None


class ErrorModel:
    """The modelled product of one layer; without lines it is the exact one, in float."""

    def __init__(self, operands: Operands, fitted: Lines | None) -> None:
        self.low, self.lines = operands.weight.low, fitted
        self._table = (
            torch.zeros(3, 0, dtype=torch.float32, device="cpu")
            if fitted is None
            else torch.stack([fitted.alpha, fitted.beta, fitted.variance]).flatten(1)
        )
        self._firsts = torch.empty(0, dtype=torch.float32, device="cpu")
        self.exact = fitted is None or not any(part.any() for part in (fitted.alpha, fitted.beta, fitted.variance))

    def of(self, weights: Weights, settings: Settings) -> Modelled:
        """The model of a weight, with activations of those settings."""
        if self.exact or self.lines is None:
            return Modelled(weights.values)
        codes, unit = weights.codes.cpu(), weights.scale * settings[0]
        picked = self._table.index_select(1, (codes + self._first(len(codes))).flatten()).view(3, len(codes), -1)
        alpha, beta, variance = picked.sum(2)
        mean = weights.values + picked[1].view(codes.shape).to(unit) * weights.scale.view(-1, 1, 1, 1)
        offset = (alpha + settings[1] * beta).to(unit) * unit
        return Modelled(mean, offset, (variance.sqrt().to(unit) * unit).view(-1, 1, 1))

    def _first(self, outputs: int) -> Tensor:
        """Where each output's group has the line of weight code 0: int64 (N, 1, 1, 1)."""
        if len(self._firsts) != outputs:
            groups, codes = self.lines.beta.shape if self.lines is not None else (1, 0)
            self._firsts = (
                torch.arange(outputs, dtype=torch.int64, device="cpu") // max(1, outputs // groups) * codes - self.low
            ).view(-1, 1, 1, 1)
        return self._firsts


def modelled(call: Call, model: Modelled, noisy: bool) -> Tensor:
    """y (B, N, out_h, out_w), float32: the mean, and noise if `noisy`."""
    window, bias = call.window, None if call.bias is None else call.bias.float()
    if model.offset is not None:
        bias = model.offset if bias is None else bias + model.offset
    (top, left), (bottom, right) = window.padding, window.end
    x, inner = call.activations(), (top, left)
    if (bottom, right) != inner:
        x, inner = F.pad(x, (left, right, top, bottom)), (0, 0)
    y = F.conv2d(x, model.weights, bias, window.stride, inner, window.dilation, window.groups)
    return y.addcmul_(model.deviation, normal(y)) if noisy and model.deviation is not None else y


@cache
def _pool() -> Tensor:
    return torch.randn(POOL, generator=torch.Generator().manual_seed(0), dtype=torch.float32, device="cpu")


def normal(like: Tensor) -> Tensor:
    """Normal numbers of a dense tensor's shape and strides: the pool from a place that torch's generator draws."""
    pool, count = _pool().to(like.device), like.numel()
    if count >= POOL:
        pool = pool.repeat(count // POOL + 2)
    start = int(torch.randint(min(POOL, len(pool) - count + 1), ()))
    return pool[start:].as_strided(like.shape, like.stride(), start)
