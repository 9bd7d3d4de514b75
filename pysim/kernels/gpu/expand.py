"""Activation codes looked up before a product: left factors of all planes, written out once for all that multiply them."""

from __future__ import annotations

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from . import _device, _tuning


def pack(left: Tensor) -> Tensor:
    """Left factors int8 (P, 256), P > 0, in words of four planes, so that one look-up gives four: int32 (ceil(P / 4), 256)."""
    planes = F.pad(left, (0, 0, 0, -len(left) % 4)).view(-1, 4, 256)
    return planes.transpose(1, 2).contiguous().view(torch.int32)[..., 0]


def expand(x: Tensor, words: Tensor, planes: int, out: Tensor, offsets: tuple[int, ...], pitch: int) -> None:
    """out[row * pitch + offsets[p] + column] = left[p, x[image, pixel, column]], row = image * pixels + pixel.

    `x` is uint8 (images, pixels, columns) of any strides, `words` what `pack` makes of left, `out` int8. Offsets are multiples
    of 16, and rows are written up to such a multiple, with anything.
    """
    images, area, columns = x.shape
    filled = -(-columns // 16) * 16
    m, k = _tuning.EXPAND if images * area > 1 else (1, _tuning.EXPAND_ROW)
    programs = -(-images * area // m) * -(-filled // k)
    arguments = (x, words, as_tensor(offsets, torch.int64, x.device), out, planes, images * area, columns, filled, area)
    _device.kernel("expand", (x, words, out))[(programs,)](*arguments, *x.stride(), pitch, BLOCK_M=m, BLOCK_K=k)


@lru_cache(maxsize=1024)
def as_tensor(values: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """A few numbers on a device, copied there once."""
    return torch.tensor(values, dtype=dtype, device=device)


def steps(shifts: tuple[int, ...]) -> tuple[int, ...]:
    """How far Horner's scheme shifts after each of these shifts, which do not increase."""
    return tuple(shift - after for shift, after in zip(shifts, (*shifts[1:], 0), strict=True))
