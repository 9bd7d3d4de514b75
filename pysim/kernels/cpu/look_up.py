"""What codes stand for, in training: by a table, or of real numbers at once; compiled where that can be had."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref, c_float, c_int64, c_void_p

import torch
from torch import Tensor

from .build import library
from .interface import Quantizer


def look_up(codes: Tensor, table: Tensor) -> Tensor:
    """table[codes], float32 of the codes' shape and strides, for codes uint8 and a contiguous float32 `table` (256,)."""
    out = torch.empty_like(codes, dtype=torch.float32)
    kernels = library() if codes.device.type == "cpu" and out.stride() == codes.stride() else None
    if kernels is None:
        return out.copy_(table[codes.long()])
    pointers = [c_void_p(tensor.data_ptr()) for tensor in (codes, table, out)]
    kernels.goldaxe_look_up(pointers[0], c_int64(codes.numel()), pointers[1], pointers[2], c_int64(torch.get_num_threads()))
    return out


def scaled_codes(codes: Tensor, offset: int, scale: float) -> Tensor:
    """scale * (codes + offset), float32 of the codes' shape and strides, for codes uint8."""
    out = torch.empty_like(codes, dtype=torch.float32)
    kernels = library() if codes.device.type == "cpu" and out.stride() == codes.stride() else None
    if kernels is None:
        return out.copy_(codes.int() + offset).mul_(scale)
    count, threads = c_int64(codes.numel()), c_int64(torch.get_num_threads())
    pointers = [c_void_p(tensor.data_ptr()) for tensor in (codes, out)]
    kernels.goldaxe_scaled(pointers[0], count, c_int64(offset), c_float(scale), pointers[1], threads)
    return out


def quantized_values(x: Tensor, quantizer: Sequence[float]) -> Tensor | None:
    """scale * (code of x - zero point), float32 of x's shape and strides; None if x is elsewhere, has gaps, or is not finite.

    `quantizer` is scale, zero point, and lowest and highest code.
    """
    if x.dtype != torch.float32 or x.device.type != "cpu":
        return None
    out = torch.empty_like(x)
    kernels = library() if out.stride() == x.stride() else None
    if kernels is None:
        return None
    arguments = Quantizer(x.data_ptr(), *quantizer)
    threads = c_int64(torch.get_num_threads())
    bad = kernels.goldaxe_values(byref(arguments), c_int64(x.numel()), c_void_p(out.data_ptr()), threads)
    return None if bad else out
