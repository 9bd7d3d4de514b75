"""Products on the array by pysim's kernels: accumulators of a whole batch, integer for integer."""

from __future__ import annotations

import torch
from torch import Tensor

from pysim._product import code_table
from pysim.kernels import Product, WideProduct, Window, compile_plan, compile_wide, prepare, prepare_wide

from ..fixed_point import requantize
from ..program import Arithmetic, Matrix


class ArrayProduct:
    """A program's product, ready to run: `Matrix` on the program's multiplier."""

    def __init__(self, arithmetic: Arithmetic, matrix: Matrix, window: Window) -> None:
        operands = arithmetic.operands
        weight = torch.from_numpy(matrix.weight) - operands.weight.low
        accumulator = operands.quantization.accumulator
        if operands.wide:
            wide = compile_wide(operands.multiplier, operands.activation.codes, operands.weight.codes)
            self._product: Product | WideProduct = prepare_wide(wide, weight, window, accumulator)
        else:
            plan = compile_plan(code_table(operands), operands.activation.low, operands.weight.low)
            self._product = prepare(plan, weight, window, accumulator)
        self._low, self._index = operands.activation.low, torch.int32 if operands.activation.wide else torch.uint8
        self._constant = torch.from_numpy(matrix.constant)
        self._multiplier, self._shift = torch.from_numpy(matrix.multiplier), torch.from_numpy(matrix.shift)

    def images(self, x: Tensor, zero_point: int) -> Tensor:
        """Accumulators, int32 (B, N, out_h, out_w), of codes x (B, C, H, W) whose zero is `zero_point`."""
        return self._product((x - self._low).to(self._index), self._constant, None, zero_point - self._low)

    def rows(self, x: Tensor) -> Tensor:
        """Accumulators, int32 (..., N), of codes x (..., K)."""
        images = x.reshape(1, -1, 1, x.shape[-1]).permute(0, 3, 1, 2)
        return self.images(images, self._low).permute(0, 2, 3, 1).reshape(*x.shape[:-1], -1)

    def requantized(self, acc: Tensor, zero_point: int, low: int, high: int, axis: int = -1) -> Tensor:
        """Codes, int32, of accumulators whose output channels are along `axis`."""
        return requantize(acc, self._multiplier, self._shift, zero_point, low, high, axis)
