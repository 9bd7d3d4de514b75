"""Gradients as signed codes, with a scale for each output: compiled on a CPU, the same numbers by torch elsewhere."""

from __future__ import annotations

import ctypes
from ctypes import byref, c_float, c_void_p

import torch
from torch import Tensor

from .build import library


class _Gradients(ctypes.Structure):
    """`Gradients` in signed_codes.cpp."""

    _fields_ = [
        ("x", c_void_p),
        *((name, ctypes.c_int64) for name in ("batch", "outputs", "pixels", "outputs_last", "threads")),
    ]


def dense(x: Tensor) -> Tensor:
    """float32 x (B, N, H, W) without gaps, pixels or outputs neighbours in memory; itself if it is so already."""
    x = x.float()
    return x if x.is_contiguous() or x.permute(0, 2, 3, 1).is_contiguous() else x.contiguous()


def largest(x: Tensor) -> Tensor:
    """The largest magnitude of each output of a dense x (B, N, H, W): float32 (N,)."""
    kernels = library() if x.device.type == "cpu" and x.numel() else None
    if kernels is None:
        return x.abs().amax((0, 2, 3)) if x.numel() else x.new_zeros(x.shape[1])
    found = torch.zeros(x.shape[1], dtype=torch.int32, device="cpu")
    kernels.goldaxe_largest(byref(_gradients(x)), c_void_p(found.data_ptr()))
    return found.view(torch.float32)


def signed_codes(x: Tensor, factor: Tensor, high: int, offset: int) -> Tensor:
    """clamp(round(x * factor), -high, high) + offset, uint8 of a dense x's shape and strides; `factor` is float32 (N,)."""
    kernels = library() if x.device.type == "cpu" and x.numel() else None
    if kernels is None:
        return ((x * factor.view(-1, 1, 1)).round().nan_to_num(-high).clamp(-high, high) + offset).to(torch.uint8)
    codes, factor = torch.empty_like(x, dtype=torch.uint8), factor.contiguous()
    pointers = [c_void_p(tensor.data_ptr()) for tensor in (factor, codes)]
    kernels.goldaxe_signed_codes(byref(_gradients(x)), pointers[0], c_float(high), c_float(offset), pointers[1])
    return codes


def _gradients(x: Tensor) -> _Gradients:
    batch, outputs, height, width = x.shape
    return _Gradients(x.data_ptr(), batch, outputs, height * width, not x.is_contiguous(), torch.get_num_threads())
