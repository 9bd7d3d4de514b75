"""Real numbers to operand codes and back: x is close to scale * (code - zero_point)."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from ._errors import NonFiniteError, UncalibratedError
from ._quantization import CodeRange
from .kernels.cpu.quantize import quantize_on_cpu, quantize_weight_on_cpu

_SMALLEST_SCALE = 2.0**-100
"""Keeps products of two scales, and quotients by them, normal float32 numbers."""


Settings = tuple[float, int, int, int]
"""Scale, zero point, and lowest and highest code."""


class ActivationQuantizer(nn.Module):
    """Per-tensor quantiser: code = clamp(round(x / scale) + zero_point), round half to even, in float32.

    `scale` (float32, NaN until calibrated) and `zero_point` (int32) are buffers, so a state_dict carries the calibration.
    """

    scale: Tensor
    zero_point: Tensor

    def __init__(self, codes: CodeRange) -> None:
        super().__init__()
        self.codes = codes
        self.register_buffer("scale", torch.tensor(math.nan, dtype=torch.float32, device="cpu"))
        self.register_buffer("zero_point", torch.tensor(0, dtype=torch.int32, device="cpu"))

    def _apply(self, fn: Any, recurse: bool = True) -> ActivationQuantizer:
        """As `nn.Module.to` and its like ask: the device may change, but `half()` would round the scale, to zero even."""
        exact = self.scale
        super()._apply(fn, recurse)
        if self.scale.dtype != torch.float32:
            self.scale = exact.to(self.scale.device)
        return self

    @property
    def calibrated(self) -> bool:
        """Whether a range was ever set."""
        return not math.isnan(self.scale.item())

    def calibrate(self, low: float, high: float) -> None:
        """Choose scale and zero point for values in [low, high], low <= 0 <= high, so that 0.0 has an exact code.

        Values that are all zero, as behind a ReLU that never opens, get scale 1: the bias is an integer in the unit of this
        scale and the weight's, and a tiny unit would leave nothing of it in 32 bits.
        """
        codes = self.codes
        if codes.affine:
            scale = max((high - low) / (codes.high - codes.low), _SMALLEST_SCALE) if high > low else 1.0
            zero_point = min(max(round(codes.low - low / scale), codes.low), codes.high)
        else:
            scale, zero_point = max(max(-low, high) / codes.high, _SMALLEST_SCALE) if high > low else 1.0, 0
        self.scale.fill_(scale)
        self.zero_point.fill_(zero_point)

    def forward(self, x: Tensor, name: str, reuse: bool = False) -> Tensor:
        """Code indices, code - low, of a float tensor: of the same shape and strides; uint8, or int32 for more than 256.

        With `reuse`, they may lie in memory that this thread's next call with `reuse` overwrites.
        Raises NonFiniteError or UncalibratedError naming `name`.
        """
        return quantize_activation(x, self.scale, self.zero_point, self.codes, name, reuse)


def learned_scale(first: Tensor, log_scale: Tensor) -> Tensor:
    """A scale in training, by its logarithm to the calibrated one; one below the smallest allowed counts as that."""
    return (first * log_scale.exp()).clamp_min(_SMALLEST_SCALE)


def quantize_activation(
    x: Tensor,
    scale: Tensor,
    zero_point: Tensor,
    codes: CodeRange,
    name: str,
    reuse: bool = False,
    known: Settings | None = None,
) -> Tensor:
    """Code indices of x with that scale (float32) and zero point (int32), see `ActivationQuantizer.forward`.

    `known` are their numbers, if the caller has them: to read them again would wait for a GPU.
    """
    x = x.detach().float()
    known = known or settings(scale, zero_point, codes, name)
    index = None if codes.wide else quantize_on_cpu(x, *known, reuse)
    if index is None:
        check_finite(x, f"{name}: its input")
        inside = (torch.round(x / scale) + zero_point).clamp_(codes.low, codes.high)
        index = (inside - codes.low).to(torch.int32 if codes.wide else torch.uint8)
    return index


def settings(scale: Tensor, zero_point: Tensor, codes: CodeRange, name: str) -> Settings:
    """Numbers that a quantiser needs; raises UncalibratedError naming `name`."""
    step = scale.item()
    if math.isnan(step):
        raise UncalibratedError(f"{name} is not calibrated; call calibrate_(model, batches) before running the model")
    return step, int(zero_point), codes.low, codes.high


def quantize_weight(weight: Tensor, codes: CodeRange, name: str) -> tuple[Tensor, Tensor]:
    """Symmetric per-channel codes of a weight (N, ...): int32 of the same shape, and float32 scales (N,).

    A channel of zeros gets scale 1. Raises NonFiniteError naming `name`.
    """
    return quantized_weight(weight, codes, name)[:2]


def quantized_weight(weight: Tensor, codes: CodeRange, name: str) -> tuple[Tensor, Tensor, Tensor]:
    """The same, and what the codes stand for, float32 of the weight's shape."""
    flat = weight.detach().float().flatten(1).contiguous()
    known = quantize_weight_on_cpu(flat, codes.high, _SMALLEST_SCALE)
    if known is not None:
        return known[0].view(weight.shape), known[1], known[2].view(weight.shape)
    check_finite(weight, f"{name}: its weight")
    largest = flat.abs().amax(1) if flat.shape[1] else flat.new_zeros(flat.shape[0])
    scale = torch.where(largest > 0, (largest / codes.high).clamp(min=_SMALLEST_SCALE), torch.ones_like(largest))
    quantized = torch.round(flat / scale[:, None]).clamp_(codes.low, codes.high).to(torch.int32)
    return quantized.view(weight.shape), scale, (quantized * scale[:, None]).view(weight.shape)


def check_finite(x: Tensor, what: str) -> None:
    """Raise NonFiniteError if `x` holds NaN or infinity, with the first such value and its index."""
    finite = torch.isfinite(x)
    if not bool(finite.all()):
        index = tuple((~finite).nonzero()[0].tolist())
        raise NonFiniteError(f"{what} is {x[index].item()} at index {index}; finite numbers are needed")
