"""Products of activation codes with fixed weights by the compiled CPU kernels."""

from __future__ import annotations

import ctypes
from abc import ABC, abstractmethod
from collections.abc import Sequence
from ctypes import byref
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..accumulator import Accumulator
from ..plan import Plan
from ..window import Window, empty_output
from . import interface
from .build import library
from .interface import NO_MEMORY, LowRank, Quantizer, Table
from .isa import AVX512, allowed

_KEPT = 64
"""Shapes of activations whose geometry a product keeps."""


@dataclass(frozen=True)
class _Shape:
    """What follows from the shape of activations: the C structure without its pointers, the output, and if all is read."""

    problem: Any
    output: tuple[int, ...]
    stride: tuple[int, ...]
    reads_all: bool

    def empty(self, dtype: torch.dtype) -> Tensor:
        """Memory for the output."""
        return torch.empty_strided(self.output, self.stride, dtype=dtype, device="cpu")


class Product(ABC):
    """What both kinds share: the constants of each output, and the call with its result's memory."""

    def __init__(self, plan: Plan, weight: Tensor, window: Window, isa: int | None) -> None:
        self.plan, self.window = plan, window
        self.isa = interface.isa_in_use() if isa is None else allowed(isa, interface.best_isa())
        self.outputs = weight.shape[0]
        self.weight = weight.to(torch.uint8).contiguous()
        self.constant = torch.zeros(self.outputs, dtype=torch.int32, device="cpu")
        self.inner = int(weight[0].numel()) if len(weight) else 0
        self._shapes: dict[tuple[object, ...], _Shape] = {}
        self._total: tuple[Tensor, int, Tensor] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Without the shapes, whose problems point into this object."""
        return {**self.__dict__, "_shapes": {}, "_total": None}

    @property
    def _kernels(self) -> Any:
        """The library, which is no part of the object's state: a product can be copied."""
        return library()

    def __call__(self, x: Tensor, constant: Tensor, scale: Tensor | None, pad_code: int = 0) -> Tensor:
        """Sums plus `constant`, and times `scale` if given, of code indices x (B, C, H, W), uint8 of any strides.

        `constant` is int32 (N,), `scale` contiguous float32 (N,). Returns int32, or float32 if scaled, of shape
        (B, N, out_h, out_w).
        """
        out = self._shape(x, pad_code).empty(torch.int32 if scale is None else torch.float32)
        self._multiply(x, out, constant, scale, pad_code)
        return out

    def _shape(self, x: Tensor, pad_code: int) -> _Shape:
        key = x.shape, x.stride(), pad_code
        known = self._shapes.get(key)
        if known is None:
            if len(self._shapes) >= _KEPT:
                self._shapes.clear()
            out = empty_output(x, self.weight, self.window, torch.uint8)
            reads_all = self.window.reads_all(x.shape[2])
            known = self._shapes[key] = _Shape(self._problem(x, pad_code), tuple(out.shape), out.stride(), reads_all)
        return known

    def _multiply(
        self, x: Tensor, out: Tensor, constant: Tensor, scale: Tensor | None, pad_code: int, quantizer: Quantizer | None = None
    ) -> bool:
        """Compute `out`, of real activations if there is a quantiser for them; False if they are not finite."""
        if not out.numel():
            return True
        total = self._added(constant)
        problem = self.bound(x, out, total, scale, pad_code)
        if quantizer is not None:
            problem.quantizer = quantizer
        failed = self._run(byref(problem))
        if failed & NO_MEMORY:
            raise MemoryError(f"no memory for the expanded activations of an input of shape {tuple(x.shape)}")
        return not failed

    def _added(self, constant: Tensor) -> Tensor:
        """All that is added to each output's sums; that of the last call is kept, as a layer's does not change."""
        version = -1 if constant.is_inference() else constant._version
        known = self._total
        if known is None or known[0] is not constant or known[1] != version or version < 0:
            known = self._total = constant, version, (self.constant + constant).contiguous()
        return known[2]

    def bound(self, x: Tensor, out: Tensor, total: Tensor, scale: Tensor | None, pad_code: int = 0) -> Any:
        """The C structure of a product of x into `out`; `total` (N,) is all that is added. The tensors have to outlive it."""
        known = self._shape(x, pad_code).problem
        problem = type(known).from_buffer_copy(known)  # one for each call: threads of the caller may share this object
        problem.threads, problem.isa = torch.get_num_threads(), self.isa
        problem.x, problem.constant = x.data_ptr(), total.data_ptr()
        problem.y_batch, problem.y_output = out.stride(0), out.stride(1)
        problem.y_pixel = out.stride(3) if out.shape[3] > 1 else out.stride(2)
        if scale is None:
            problem.sums = out.data_ptr()
        else:
            problem.scale, problem.scaled = scale.data_ptr(), out.data_ptr()
        return problem

    @abstractmethod
    def _problem(self, x: Tensor, pad_code: int) -> Any:
        """The C structure with everything that only this kind of product has."""

    @abstractmethod
    def _run(self, problem: Any) -> int:
        """Call the kernel; not 0 if there is no memory."""


class PlanesProduct(Product):
    """Products by a plan's planes, which also take activations that are not quantised yet."""

    def __init__(self, plan: Plan, weight: Tensor, window: Window, isa: int | None = None) -> None:
        """`weight` holds column indices (N, C / groups, kernel_h, kernel_w); raises ValueError for a plan without planes."""
        super().__init__(plan, weight, window, isa)
        planes = plan.planes
        if not planes:
            raise ValueError(f"a plan of kind {plan.kind!r} without planes cannot be multiplied; look its table up")
        left = np.tile(np.arange(256, dtype=np.uint8), (len(planes), 1))  # where no code is, anything may be
        self._right = np.zeros((len(planes), 256), np.int8)
        for p, plane in enumerate(planes):
            left[p, : len(plane.left)] = plane.left + plane.offset
            self._right[p, : len(plane.right)] = plane.right
        self._left = torch.from_numpy(left)
        self._shifts = torch.tensor([plane.shift for plane in planes], dtype=torch.int64, device="cpu")
        self.constant = torch.from_numpy(plan.correction)[self.weight.long()].flatten(1).sum(1).to(torch.int32)
        self._packed = self._pack()

    def of_reals(
        self, x: Tensor, quantizer: Sequence[float], constant: Tensor, scale: Tensor, pad_code: int = 0
    ) -> Tensor | None:
        """The same of float32 x, quantised as it is read; None if x is not finite, is not all read, or lies with gaps.

        `quantizer` is scale, zero point, and lowest and highest code.
        """
        dense = x.dtype == torch.float32 and x.device.type == "cpu" and 1 in (x.stride(1), x.stride(3))
        shape = self._shape(x, pad_code) if dense else None
        if shape is None or not shape.reads_all:
            return None
        out = shape.empty(torch.float32)
        return out if self._multiply(x, out, constant, scale, pad_code, Quantizer(x.data_ptr(), *quantizer)) else None

    @abstractmethod
    def _pack(self) -> Tensor:
        """The weights' factors in the order in which the kernel reads them."""

    def _problem(self, x: Tensor, pad_code: int) -> LowRank:
        problem = LowRank(interface.geometry(x, self.outputs, self.window, pad_code), len(self.plan.planes))
        problem.left, problem.shifts = self._left.data_ptr(), self._shifts.data_ptr()
        problem.packed = self._packed.data_ptr()
        return problem


class LowRankProduct(PlanesProduct):
    """int8 products of expanded codes, over the channels of a group."""

    def _pack(self) -> Tensor:
        channels = self.weight.shape[1] * self.window.groups
        geometry = interface.Geometry(
            *(1, 1, 1, channels, self.outputs, self.window.groups), *self.window.kernel, 1, 1, *self.window.dilation
        )
        planes, right = ctypes.c_int64(len(self.plan.planes)), torch.from_numpy(self._right)
        self._kernels.goldaxe_packed_bytes.restype = ctypes.c_int64
        packed = torch.empty(self._kernels.goldaxe_packed_bytes(byref(geometry), planes), dtype=torch.int8, device="cpu")
        pointers = (ctypes.c_void_p(part.data_ptr()) for part in (right, self.weight, packed))
        self._kernels.goldaxe_pack(byref(geometry), planes, *pointers)
        return packed

    def _run(self, problem: Any) -> int:
        return int(self._kernels.goldaxe_low_rank(problem))


class DepthwiseProduct(PlanesProduct):
    """int8 products of expanded codes, over the taps of one channel: for groups of one channel each."""

    def _pack(self) -> Tensor:
        """int8 of shape (N, P, kernel_h, kernel_w rounded up to 4)."""
        factors = self._right[:, self.weight[:, 0].numpy()].swapaxes(0, 1)
        rest = -factors.shape[3] % 4
        return torch.from_numpy(np.ascontiguousarray(np.pad(factors, [(0, 0), (0, 0), (0, 0), (0, rest)])))

    def _run(self, problem: Any) -> int:
        return int(self._kernels.goldaxe_depthwise(problem))


def planes_product(plan: Plan, weight: Tensor, window: Window, isa: int | None = None) -> PlanesProduct:
    """The product by planes that suits a weight of indices (N, C / groups, kernel_h, kernel_w)."""
    return (DepthwiseProduct if weight.shape[1] == 1 else LowRankProduct)(plan, weight, window, isa)


@dataclass(frozen=True, eq=False)
class _Columns:
    """A plan's table by columns, (B, 256): whole entries, int32, and what they are above the `least`, as low and high bytes.

    There are no bytes if 16 bits do not hold that. Made once for a plan: training prepares a product anew at each step.
    """

    wide: Tensor
    least: int
    low: Tensor | None = None
    high: Tensor | None = None

    @staticmethod
    @lru_cache(maxsize=64)
    def of(plan: Plan) -> _Columns:
        codes, count = plan.table.shape
        wide = np.zeros((count, 256), np.int32)
        wide[:, :codes] = plan.table.T
        least, largest = int(plan.table.min()), int(plan.table.max())
        if largest - least >= 1 << 16:
            return _Columns(torch.from_numpy(wide), least)
        above = np.zeros_like(wide)
        above[:, :codes] = plan.table.T - least
        low, high = (torch.from_numpy(part.astype(np.uint8)) for part in (above & 255, above >> 8))
        return _Columns(torch.from_numpy(wide), least, low, high)


class TableProduct(Product):
    """Table look-ups."""

    def __init__(
        self,
        plan: Plan,
        weight: Tensor,
        window: Window,
        isa: int | None = None,
        saturated: Accumulator | None = None,
    ) -> None:
        """`weight` holds column indices (N, C / groups, kernel_h, kernel_w); `saturated` clamps after each product."""
        super().__init__(plan, weight, window, isa)
        self.saturated = saturated
        columns = _Columns.of(plan)
        self._wide, self._low, self._high = columns.wide, None, None
        if self.isa == AVX512 and columns.low is not None and saturated is None:
            self._low, self._high = columns.low, columns.high
            self.constant = (
                torch.tensor([columns.least * self.inner], dtype=torch.int64, device="cpu").to(torch.int32).expand(self.outputs)
            )

    def _problem(self, x: Tensor, pad_code: int) -> Table:
        problem = Table(interface.geometry(x, self.outputs, self.window, pad_code))
        problem.weight, problem.wide = self.weight.data_ptr(), self._wide.data_ptr()
        if self._low is not None and self._high is not None:
            problem.low, problem.high = self._low.data_ptr(), self._high.data_ptr()
        if self.saturated is not None:
            problem.saturated, problem.least, problem.largest = 1, self.saturated.low, self.saturated.high
        return problem

    def _run(self, problem: Any) -> int:
        return int(self._kernels.goldaxe_table(problem))
