"""Table back end in vectorised torch: for devices and machines without compiled kernels.

The weights are known before the activations, so each weight picks its column of the table once: `columns[g, k, a, n] =
T[a, w[g, n, k]]`. An output row is then the sum over k of the rows `columns[g, k, x[k]]`, which is what torch's embedding
bag computes without writing out a (M, K, N) intermediate. It adds in float32; sums are cut into chunks of k whose
magnitude stays below 2**24, where float32 integers are exact, and the chunks are added as int32.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from .accumulator import Accumulator
from .plan import Plan
from .window import Window, empty_output, unfolded

COLUMN_BYTES = 1 << 28
"""Most memory that the columns of one layer may take; wider layers build them anew, a slice of the outputs at a time."""

TILE = 1 << 22
"""Most operand codes that are indexed at a time."""


class TorchProduct:
    """Products of activation codes with fixed weights, by convolution of any geometry: windows first, then table sums."""

    def __init__(self, plan: Plan, weight: Tensor, window: Window, saturated: Accumulator | None = None) -> None:
        """`weight` holds column indices (N, C / groups, kernel_h, kernel_w); `saturated` clamps after each product."""
        self.plan, self.window, self.weight = plan, window, weight
        self.outputs = weight.shape[0]
        table = torch.tensor(plan.table, dtype=torch.int32, device=weight.device)
        columns = weight.reshape(window.groups, self.outputs // window.groups, -1).long()
        self._sums: Callable[[Tensor], Tensor] = (
            TableSums(table, columns) if saturated is None else SaturatingSums(table, columns, saturated)
        )

    def __call__(self, x: Tensor, constant: Tensor, scale: Tensor | None, pad_code: int = 0) -> Tensor:
        """Sums plus `constant`, and times `scale` if given, of code indices x (B, C, H, W), uint8.

        `constant` is int32 (N,), `scale` float32 (N,). Returns int32, or float32 if scaled, of shape (B, N, out_h, out_w).
        """
        height, width = self.window.output(x.shape[2], x.shape[3])
        windows = unfolded(x.int(), self.window, pad_code)
        tile = max(1, TILE // max(windows[:1].numel(), 1))
        sums = torch.cat([self._sums(part.flatten(-3)) for part in windows.split(tile)]) + constant.view(self.window.groups, -1)
        sums = sums.view(x.shape[0], height, width, self.outputs).permute(0, 3, 1, 2)
        out = empty_output(x, self.weight, self.window, torch.int32 if scale is None else torch.float32)
        return out.copy_(sums if scale is None else sums.float() * scale.view(-1, 1, 1))


class SaturatingSums:
    """acc[..., g, n] of the products table[x[..., g, k], w[g, n, k]], added in order of k and clamped after each."""

    def __init__(self, table: Tensor, weight: Tensor, accumulator: Accumulator) -> None:
        self.table, self.weight, self.accumulator = table, weight, accumulator

    def __call__(self, x: Tensor) -> Tensor:
        """Accumulators of row indices `x` (..., G, K): int32 of shape (..., G, N)."""
        sums = torch.zeros((*x.shape[:-1], self.weight.shape[1]), dtype=torch.int64, device=x.device)
        for k in range(x.shape[-1]):
            sums += self.table[x[..., k, None].long(), self.weight[..., k]]
            sums.clamp_(self.accumulator.low, self.accumulator.high)
        return sums.to(torch.int32)


class TableSums:
    """acc[..., g, n] = sum_k table[x[..., g, k], w[g, n, k]], int32 that wraps around, for fixed weights.

    `table` is int32 of shape (A, B); `weight` is integer of shape (G, N, K), holding column indices 0 ... B-1. Groups are
    independent products; a depthwise convolution has N = 1.
    """

    def __init__(self, table: Tensor, weight: Tensor) -> None:
        self.table, self.weight = table, weight
        largest = max(int(table.abs().max()), 1) if table.numel() else 1
        # A table that itself exceeds float32's integers (it takes operands wider than 8 bits) is summed in float64.
        self.dtype, exact = (torch.float32, 1 << 24) if largest <= 1 << 24 else (torch.float64, 1 << 53)
        self.chunk = exact // largest
        groups, outputs, inner = weight.shape
        bytes_per_output = self.dtype.itemsize * groups * inner * table.shape[0]
        self.slice = max(1, min(outputs, COLUMN_BYTES // max(bytes_per_output, 1)))
        self.columns = self._columns(weight) if self.slice >= outputs else None

    def __call__(self, x: Tensor) -> Tensor:
        """Accumulators of row indices `x` (..., G, K) in 0 ... A-1: int32 of shape (..., G, N)."""
        groups, outputs, _ = self.weight.shape
        if not x.numel() or not outputs:
            return torch.zeros((*x.shape[:-2], groups, outputs), dtype=torch.int32, device=x.device)
        if self.columns is not None:
            return self._sum(x, self.columns, outputs)
        slices = [self.weight[:, start : start + self.slice] for start in range(0, outputs, self.slice)]
        return torch.cat([self._sum(x, self._columns(part), part.shape[1]) for part in slices], dim=-1)

    def _columns(self, weight: Tensor) -> Tensor:
        """Float of shape (G * K * A, N): the table's columns, chosen by each weight."""
        groups, outputs, inner = weight.shape
        rows = self.table.to(self.dtype)
        picked = [rows.index_select(1, weight[group].T.reshape(-1)) for group in range(groups)]
        stacked = torch.stack(picked).view(groups, -1, inner, outputs)
        return stacked.transpose(1, 2).reshape(-1, outputs).contiguous()

    def _sum(self, x: Tensor, columns: Tensor, outputs: int) -> Tensor:
        rows = x.reshape(-1, *x.shape[-2:])
        tiles = [self._tile(part, columns) for part in rows.split(max(1, TILE // rows[0].numel()))]
        return torch.cat(tiles).view(*x.shape[:-1], outputs)

    def _tile(self, x: Tensor, columns: Tensor) -> Tensor:
        groups, _, inner = self.weight.shape
        height = self.table.shape[0]
        end = groups * inner * height
        offset = torch.arange(0, end, height, dtype=torch.int32 if end < 1 << 31 else torch.int64, device=x.device)
        offset = offset.view(groups, inner)
        total: Tensor | None = None
        for start in range(0, inner, self.chunk):
            index = x[..., start : start + self.chunk] + offset[:, start : start + self.chunk]
            part = F.embedding_bag(index.reshape(-1, index.shape[-1]), columns, mode="sum")
            part = (part if self.dtype == torch.float32 else part.long()).to(torch.int32)
            total = part if total is None else total + part
        return columns.new_zeros(len(x) * groups, columns.shape[1], dtype=torch.int32) if total is None else total
