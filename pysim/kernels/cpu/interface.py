"""The C interface of the CPU kernels, as ctypes sees it: the structures of common.h, low_rank.h and table.h, field by field."""

from __future__ import annotations

import ctypes

from torch import Tensor

from ..window import Window
from .build import library
from .isa import PORTABLE, allowed

NO_MEMORY, NOT_FINITE = 1, 2
"""Bits of a kernel's result, as `Failure` in common.h; 0 is success."""

_LONG, _POINTER = ctypes.c_int64, ctypes.c_void_p


def _fields(longs: str = "", pointers: str = "") -> list[tuple[str, type]]:
    return [*((name, _LONG) for name in longs.split()), *((name, _POINTER) for name in pointers.split())]


class Geometry(ctypes.Structure):
    """`Geometry` in common.h."""

    _fields_ = _fields(
        "batch height width channels outputs groups kernel_h kernel_w stride_h stride_w dilation_h dilation_w "
        "pad_top pad_left out_h out_w pad_code x_batch x_row x_column x_channel"
    )


class Quantizer(ctypes.Structure):
    """`Quantizer` in common.h."""

    _fields_ = [*_fields("", "real"), *((name, ctypes.c_float) for name in ("scale", "zero_point", "low", "high"))]


class LowRank(ctypes.Structure):
    """`LowRank` in low_rank.h."""

    _fields_ = [
        ("geometry", Geometry),
        *_fields("planes threads isa", "x left shifts packed constant scale sums scaled"),
        *_fields("y_batch y_pixel y_output"),
        ("quantizer", Quantizer),
    ]


class Table(ctypes.Structure):
    """`Table` in table.h."""

    _fields_ = [
        ("geometry", Geometry),
        *_fields("threads isa", "x weight wide low high constant scale sums scaled"),
        *_fields("y_batch y_pixel y_output saturated least largest"),
    ]


def best_isa() -> int:
    """The best instruction set of this machine that the kernels know."""
    kernels = library()
    return PORTABLE if kernels is None else int(kernels.goldaxe_best_isa())


def isa_in_use() -> int:
    """The instruction set that kernels use."""
    kernels = library()
    return PORTABLE if kernels is None else int(kernels.goldaxe_isa())


def use_isa(isa: int) -> None:
    """Use this instruction set from now on, in this process, for kernels called and products made; raises PysimError.

    Products that were made already keep theirs. Tests use it; for everything else there is `GOLDAXE_ISA`.
    """
    allowed(isa, best_isa())
    if (kernels := library()) is not None:
        kernels.goldaxe_use_isa(isa)


def geometry(x: Tensor, outputs: int, window: Window, pad_code: int) -> Geometry:
    """Geometry of a product of codes x (B, C, H, W), of any strides."""
    batch, channels, height, width = x.shape
    return Geometry(
        *(batch, height, width, channels, outputs, window.groups),
        *(*window.kernel, *window.stride, *window.dilation, *window.padding, *window.output(height, width), pad_code),
        *(x.stride(0), x.stride(2), x.stride(3), x.stride(1)),
    )
