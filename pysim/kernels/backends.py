"""Which back end computes a product: compiled CPU or GPU kernels by the plan, or torch where there are none."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from .accumulator import Accumulator, Wrapping
from .compiler import compile_plan
from .cost import costs
from .cpu.build import library
from .cpu.products import TableProduct, planes_product
from .gpu import choice as gpu_choice
from .plan import Plan
from .table import TorchProduct
from .window import Window


class Product(Protocol):
    """Products of activation codes with fixed weights."""

    plan: Plan

    def __call__(self, x: Tensor, constant: Tensor, scale: Tensor | None, pad_code: int = 0) -> Tensor:
        """Sums plus `constant` (N,), times `scale` (N,) if given, of code indices x (B, C, H, W): (B, N, out_h, out_w)."""
        ...


def prepare(
    plan: Plan, weight: Tensor, window: Window, accumulator: Accumulator | None = None, gpu: bool | None = None
) -> Product:
    """The fastest product for column indices `weight` (N, C / groups, kernel_h, kernel_w) on the weight's device.

    Without an `accumulator`, sums have 32 bits and wrap around. `gpu` says whether to use the GPU's kernels, None that the
    device decides; on a CPU they run in Triton's interpreter only.
    """
    accumulator = accumulator or Accumulator()
    inner = weight[0].numel() if len(weight) else 0
    gpu = weight.device.type == "cuda" and gpu_choice.usable(weight.device) if gpu is None else gpu
    if accumulator.holds(plan.bound, inner):
        return _unlimited(plan, weight, window, gpu)
    if accumulator.overflow == "saturate":
        return _saturated(plan, weight, window, gpu, accumulator)
    product = _unlimited(plan, weight, window, gpu)
    return product if accumulator.bits == 32 else Wrapping(product, accumulator)


def _saturated(plan: Plan, weight: Tensor, window: Window, gpu: bool, accumulator: Accumulator) -> Product:
    on_gpu = gpu_choice.choose(plan, weight, window, accumulator) if gpu else None
    if on_gpu is not None:
        return on_gpu
    compiled = weight.device.type == "cpu" and library() is not None
    make = TableProduct if compiled else TorchProduct
    return make(plan, weight, window, saturated=accumulator)


def _unlimited(plan: Plan, weight: Tensor, window: Window, gpu: bool) -> Product:
    on_gpu = gpu_choice.choose(plan, weight, window) if gpu else None
    if on_gpu is not None:
        return on_gpu
    if weight.device.type != "cpu" or library() is None:
        return TorchProduct(plan, weight, window)
    if plan.kind == "table" or costs(weight.shape[1] == 1, torch.get_num_threads()).prefers_table(plan):
        return TableProduct(plan, weight, window)
    return planes_product(plan, weight, window)


__all__ = ["Product", "compile_plan", "prepare"]
