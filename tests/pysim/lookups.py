"""Convolutions judged by NumPy alone: every product looked up in the raw table and summed in 64 bits, in one expression.

Also the tables and memory layouts that such judging is worth while on.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from pysim.kernels import Window


def table_of_rank(rank: int, shape: tuple[int, int], entries: int, seed: int) -> np.ndarray:
    """An int64 table whose rank is `rank` by construction: factors with triangular blocks, so of full rank themselves."""
    rng = np.random.default_rng(seed)
    factors = []
    for size in shape:
        block = np.tril(rng.integers(-entries, entries + 1, (rank, rank)))
        np.fill_diagonal(block, rng.integers(1, entries + 1, rank))
        rest = rng.integers(-entries, entries + 1, (size - rank, rank))
        factors.append(rng.permutation(np.concatenate([block, rest])))
    return factors[0] @ factors[1].T


def sums(table: np.ndarray, x: Tensor, weight: Tensor, window: Window, pad_code: int) -> np.ndarray:
    """int64 (B, N, out_h, out_w), never wrapped, of row indices x (B, C, H, W) and column indices (N, C / groups, h, w)."""
    (top, left), (bottom, right) = window.padding, window.end
    padded = np.pad(x.numpy(), ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=pad_code)
    taps = []
    for size, kernel, stride, dilation in zip(padded.shape[2:], window.kernel, window.stride, window.dilation, strict=True):
        first = np.arange(0, size - dilation * (kernel - 1), stride)
        taps.append(first[:, None] + dilation * np.arange(kernel))
    patches = padded[:, :, taps[0][:, None, :, None], taps[1][None, :, None, :]]  # (B, C, out_h, out_w, h, w)
    channels, per_group = weight.shape[1], len(weight) // window.groups
    outputs = []
    for n, columns in enumerate(weight.numpy()):
        group = n // per_group
        part = patches[:, group * channels : (group + 1) * channels]
        outputs.append(table[part, columns[:, None, None]].sum((1, 4, 5), dtype=np.int64))
    return np.stack(outputs, 1)


def wrapped(values: np.ndarray) -> Tensor:
    """int32: what is left of integers modulo 2**32."""
    return torch.from_numpy(((values + (1 << 31)) % (1 << 32) - (1 << 31)).astype(np.int32))


def _within(x: Tensor) -> Tensor:
    """The same values inside a larger tensor, every second row of it, from an odd address on."""
    larger = torch.full((*x.shape[:2], 2 * x.shape[2] + 1, x.shape[3] + 3), 255, dtype=x.dtype)
    part = larger[:, :, 1::2, 1:-2]
    return part.copy_(x)


LAYOUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "contiguous": lambda x: x.contiguous(),
    "channels last": lambda x: x.contiguous(memory_format=torch.channels_last),
    "transposed": lambda x: x.mT.contiguous().mT,
    "channels outermost": lambda x: x.transpose(0, 1).contiguous().transpose(0, 1),
    "sliced": _within,
    "expanded batch": lambda x: x[:1].expand(x.shape) if len(x) else x,
    "expanded channels": lambda x: x[:, :1].expand(x.shape),
    "expanded rows": lambda x: x[:, :, :1].expand(x.shape),
    "one code": lambda x: x[:1, :1, :1, :1].expand(x.shape) if len(x) else x,
    "overlapping": lambda x: torch.as_strided(x.contiguous(), x.shape, (1, 1, 1, 1)) if x.numel() else x,
}
"""Ways to lay an input out in memory; the last five also change its values, so judge what they return."""
