"""Windows over images for pooling, in integers."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def windows(
    x: Tensor, kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int], dilation: tuple[int, int], fill: int
) -> Tensor:
    """Windows (B, C, out_h, out_w, kernel_h, kernel_w), a view, of x (B, C, H, W) padded with `fill`."""
    x = F.pad(x, (padding[1], padding[1], padding[0], padding[0]), value=fill)
    for d in (0, 1):
        x = x.unfold(2 + d, dilation[d] * (kernel[d] - 1) + 1, stride[d])[..., :: dilation[d]]
    return x
