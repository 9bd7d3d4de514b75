"""Sums of errors over all positions: both codes change with the position, as in a weight's gradient and nowhere else.

Groups of one channel have a kernel of their own. All others are products of which the positions are the channels, and one
operand's codes the weights: tables, which need no preparation, and the operand that fills vectors best as activations.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ...kernels import Plan, Window, prepare
from ...kernels.cpu.build import library
from ...kernels.cpu.correlation import correlation
from ...kernels.window import unfolded
from ._errors import Errors

UNFOLDED = 1 << 22
"""Most unfolded codes at a time."""


def sums_of_windows(index: Tensor, q: Tensor, errors: Errors, window: Window, pad_code: int) -> Tensor:
    """sum_m e(x[m, k], q[m, n]), int64 (N, K), of code indices x (B, C, H, W) and dense q (B, N, out_h, out_w), uint8."""
    if index.shape[1] == window.groups and q.device.type == "cpu" and library() is not None:
        return correlation(index, q, errors.rows, errors.plan.bound, window, pad_code).flatten(1)
    groups, positions = window.groups, q.shape[2] * q.shape[3]
    outputs, channels = q.shape[1] // groups, index.shape[1] // groups
    inner = channels * window.kernel[0] * window.kernel[1]
    turn = _lanes(outputs) * inner < _lanes(inner) * outputs
    part = max(1, UNFOLDED // max(1, groups * inner * positions))
    total = torch.zeros(groups, outputs, inner, dtype=torch.int64, device=q.device)
    for x, codes in zip(index.split(part), q.split(part), strict=True):
        windows = unfolded(x, window, pad_code).permute(3, 4, 5, 6, 0, 1, 2)
        pairs = windows.flatten(4).flatten(1, 3), codes.unflatten(1, (groups, outputs)).permute(1, 2, 0, 3, 4).flatten(2)
        pieces = max(-(-pairs[1].shape[2] // errors.most), torch.get_num_threads() if q.device.type == "cpu" else 1)
        a, b = (_cut(side, pieces, fill) for side, fill in zip(pairs, (0, errors.absent), strict=True))
        sums = _sums(errors.turned, b, a).transpose(1, 2) if turn else _sums(errors.look_up, a, b)
        total += sums.unflatten(0, (groups, pieces)).sum(1)
    return total.flatten(0, 1)


def _cut(side: Tensor, pieces: int, fill: int) -> Tensor:
    """(G, I, M) as (G * pieces, I, M / pieces), with `fill` behind the last of M where that is no whole number.

    The pieces are groups to the kernels: so many threads have work, and no sum wraps.
    """
    rest = -side.shape[2] % pieces
    side = F.pad(side, (0, rest), value=fill) if rest else side
    return side.unflatten(2, (pieces, -1)).transpose(1, 2).flatten(0, 1)


def _sums(plan: Plan, a: Tensor, b: Tensor) -> Tensor:
    """sum_m table[a[g, i, m], b[g, j, m]]: int32 (G, J, I) of code indices (G, I, M) and (G, J, M)."""
    groups, count, positions = b.shape
    product = prepare(plan, b.reshape(groups * count, positions, 1, 1), Window(groups=groups))
    rows = a.transpose(1, 2).reshape(1, groups * positions, -1, 1)
    constant = torch.zeros(groups * count, dtype=torch.int32, device=b.device)
    return product(rows, constant, None)[0, :, :, 0].unflatten(0, (groups, count))


def _lanes(count: int) -> int:
    """What a vector of look-ups makes of so many."""
    return -(-count // 64)
