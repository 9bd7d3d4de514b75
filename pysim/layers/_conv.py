"""Convolutions of one, two and three dimensions on an approximate multiplier; groups and depthwise in one call."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd

from ..kernels.table import TILE
from ._base import ApproximateLayer


class ApproximateConv(ApproximateLayer, _ConvNd):
    """nn.Conv1d, Conv2d or Conv3d with approximate products; every stride, dilation, group count and padding mode."""

    def forward(self, input: Tensor) -> Tensor:
        """y (B, N, *output) of x (B, C, *size), or both without B; raises UncalibratedError or NonFiniteError."""
        dimensions = len(self.kernel_size)
        if input.dim() not in (dimensions + 1, dimensions + 2) or input.shape[-dimensions - 1] != self.in_channels:
            product = self.product("weight")
            raise ValueError(f"{product.name}: input of shape {tuple(input.shape)} does not have {self.in_channels} channels")
        if input.dim() == dimensions + 1:
            return self.forward(input[None])[0]
        product = self.product("weight")
        # Zero padding before quantisation gives padded positions the code of zero, the zero point.
        mode = "constant" if self.padding_mode == "zeros" else self.padding_mode
        padded = F.pad(input, self._reversed_padding_repeated_twice, mode=mode)
        if product.observer is not None:
            product.observe(input)
            convolve = (F.conv1d, F.conv2d, F.conv3d)[dimensions - 1]
            return convolve(padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)
        weight = self.weight.view(self.groups, self.out_channels // self.groups, -1)
        windows = self._windows(product.codes(padded))
        tile = max(1, TILE // max(windows[:1].numel(), 1))
        acc = torch.cat([product.accumulate(part.flatten(-dimensions - 1), weight, self.bias) for part in windows.split(tile)])
        return product.scaled(acc, input.dtype).movedim(-1, 1)

    def _windows(self, x: Tensor) -> Tensor:
        """im2col as a view: x (B, C, *size) to (B, *output, G, C / G, *kernel)."""
        dimensions = len(self.kernel_size)
        for d, (kernel, stride, dilation) in enumerate(zip(self.kernel_size, self.stride, self.dilation, strict=True)):
            span = dilation * (kernel - 1) + 1
            if x.shape[2 + d] < span:
                name = self.product("weight").name
                raise ValueError(f"{name}: a kernel that spans {span} does not fit the padded input size {x.shape[2 + d]}")
            x = x.unfold(2 + d, span, stride)[..., ::dilation]
        x = x.movedim(1, dimensions + 1)
        return x.unflatten(dimensions + 1, (self.groups, self.in_channels // self.groups))

    @staticmethod
    def keys(module: nn.Module) -> list[str]:
        """The products of a layer."""
        return ["weight"]
