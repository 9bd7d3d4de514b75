"""Sums over all positions of a table's entries for two codes that both change with the position, for one channel in a group."""

from __future__ import annotations

import ctypes
from ctypes import byref

import torch
from torch import Tensor

from ..window import Window
from . import interface
from .build import library
from .interface import NO_MEMORY, Geometry


class _Correlation(ctypes.Structure):
    """`Correlation` in correlation.cpp."""

    _fields_ = [
        ("geometry", Geometry),
        *((name, ctypes.c_int64) for name in ("threads", "run")),
        *((name, ctypes.c_void_p) for name in ("x", "q")),
        *((name, ctypes.c_int64) for name in ("q_batch", "q_pixel", "q_output")),
        *((name, ctypes.c_void_p) for name in ("table", "sums")),
    ]


def correlation(x: Tensor, q: Tensor, rows: Tensor, bound: int, window: Window, pad_code: int) -> Tensor:
    """sums[n, k] over all positions m of rows[q[m, n], x[m, k]], int64 of a weight's shape (N, 1, kernel_h, kernel_w).

    x (B, C, H, W) and q (B, N, out_h, out_w) are code indices, uint8, x of any strides and q dense with pixels or outputs
    neighbours; `rows` is a contiguous int32 table (256, 256) of magnitudes up to `bound`. Groups have one channel each.
    Raises MemoryError, or RuntimeError where kernels are not compiled.
    """
    kernels = library()
    if kernels is None:
        raise RuntimeError("correlations need compiled kernels; install g++")
    sums = torch.zeros(q.shape[1], 1, *window.kernel, dtype=torch.int64, device="cpu")
    geometry, run = interface.geometry(x, q.shape[1], window, pad_code), (2**31 - 1) // max(1, bound)
    problem = _Correlation(geometry, torch.get_num_threads(), run, x.data_ptr(), q.data_ptr())
    problem.q_batch, problem.q_output = q.stride(0), q.stride(1)
    problem.q_pixel = q.stride(3) if q.shape[3] > 1 else q.stride(2)
    problem.table, problem.sums = rows.data_ptr(), sums.data_ptr()
    if x.numel() and q.numel() and kernels.goldaxe_correlation(byref(problem)) & NO_MEMORY:
        raise MemoryError(f"no memory for the padded maps of an input of shape {tuple(x.shape)}")
    return sums
