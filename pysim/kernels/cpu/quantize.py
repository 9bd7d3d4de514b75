"""Quantisation of activations and weights by the compiled kernel, bit for bit what torch computes."""

from __future__ import annotations

import threading
from ctypes import byref, c_float, c_int64, c_void_p

import torch
from torch import Tensor

from .build import library
from .interface import Quantizer


def quantize_on_cpu(x: Tensor, scale: float, zero_point: int, low: int, high: int, reuse: bool = False) -> Tensor | None:
    """Code indices of float32 x, uint8 of its shape and strides; None if x is elsewhere, has gaps, or is not finite.

    With `reuse`, the codes lie in memory that this thread's next call with `reuse` overwrites.
    """
    dense = x.is_contiguous() or x.permute(*_by_stride(x)).is_contiguous()
    kernels = library() if x.device.type == "cpu" and dense else None
    if kernels is None:
        return None
    codes = _room(x) if reuse else torch.empty_like(x, dtype=torch.uint8)
    quantizer = Quantizer(x.data_ptr(), scale, zero_point, low, high)
    bad = kernels.goldaxe_quantize(
        byref(quantizer), c_int64(x.numel()), c_void_p(codes.data_ptr()), c_int64(torch.get_num_threads())
    )
    return None if bad else codes


def quantize_weight_on_cpu(weight: Tensor, high: int, smallest: float) -> tuple[Tensor, Tensor, Tensor] | None:
    """Symmetric codes of a float32 weight (N, K), int32, with a scale for each row, float32 (N,), and what they stand for.

    A scale is the row's largest magnitude by `high`, `smallest` at least, and 1 for a row of zeros. None if the weight is
    elsewhere, has gaps, or is not finite.
    """
    kernels = library() if weight.device.type == "cpu" and weight.is_contiguous() else None
    if kernels is None:
        return None
    codes, values = torch.empty_like(weight, dtype=torch.int32), torch.empty_like(weight)
    scale = torch.empty(len(weight), dtype=torch.float32, device="cpu")
    pointers = [c_void_p(part.data_ptr()) for part in (weight, codes, scale, values)]
    sizes = c_int64(weight.shape[0]), c_int64(weight.shape[1])
    bad = kernels.goldaxe_quantize_weight(pointers[0], *sizes, c_float(high), c_float(smallest), *pointers[1:])
    return None if bad else (codes, scale, values)


_kept = threading.local()
_KEPT = 64 << 20
"""Most bytes of codes that a thread keeps; fresh memory can cost more than what is written to it."""


def _room(x: Tensor) -> Tensor:
    """Memory for the codes of a dense x, the same at each call if it is large enough."""
    if x.numel() > _KEPT:
        return torch.empty_like(x, dtype=torch.uint8)
    if getattr(_kept, "codes", None) is None or _kept.codes.numel() < x.numel():
        _kept.codes = torch.empty(x.numel(), dtype=torch.uint8, device="cpu")
    codes: Tensor = _kept.codes
    return codes.as_strided(x.shape, x.stride())


def _by_stride(x: Tensor) -> list[int]:
    return sorted(range(x.dim()), key=x.stride, reverse=True)
