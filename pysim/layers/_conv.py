"""Convolutions of one, two and three dimensions on an approximate multiplier; groups and depthwise in one call."""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd

from ..kernels import Window
from ._base import ApproximateLayer


class ApproximateConv(ApproximateLayer, _ConvNd):
    """nn.Conv1d, Conv2d or Conv3d with approximate products; every stride, dilation, group count and padding mode."""

    def forward(self, input: Tensor) -> Tensor:
        """y (B, N, *output) of x (B, C, *size), or both without B; raises UncalibratedError or NonFiniteError."""
        dimensions, product = len(self.kernel_size), self.product("weight")
        if input.dim() not in (dimensions + 1, dimensions + 2) or input.shape[-dimensions - 1] != self.in_channels:
            raise ValueError(f"{product.name}: input of shape {tuple(input.shape)} does not have {self.in_channels} channels")
        if input.dim() == dimensions + 1:
            return self.forward(input[None])[0]
        if product.observer is not None:
            product.observe(input)
            padded = F.pad(input, self._reversed_padding_repeated_twice, mode=self._mode)
            convolve = (F.conv1d, F.conv2d, F.conv3d)[dimensions - 1]
            return convolve(padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)
        return self._approximate(input, dimensions)

    @property
    def _mode(self) -> str:
        return "constant" if self.padding_mode == "zeros" else self.padding_mode

    def _approximate(self, x: Tensor, dimensions: int) -> Tensor:
        """Zero padding is left to the kernels, which pad with the code of zero; other modes pad the real numbers first."""
        padding = self._reversed_padding_repeated_twice
        if self._mode != "constant" or dimensions == 3:
            x, padding = F.pad(x, padding, mode=self._mode), [0] * len(padding)
        if dimensions == 3:
            return self._volume(x)
        if dimensions == 1:
            window = self._window((1, *self.kernel_size), (1, *self.stride), (1, *self.dilation), [*padding, 0, 0])
            return self._product(x[:, :, None], window)[:, :, 0]
        return self._product(x, self._window(self.kernel_size, self.stride, self.dilation, padding))

    def _volume(self, x: Tensor) -> Tensor:
        """Three dimensions as two: a window's slices of depth become channels, and output slices become images."""
        span, stride, dilation = self.dilation[0] * (self.kernel_size[0] - 1) + 1, self.stride[0], self.dilation[0]
        if x.shape[2] < span:
            raise ValueError(f"{self.name}: a kernel that spans {span} does not fit the padded input size {x.shape[2]}")
        slices = x.unfold(2, span, stride)[..., ::dilation].permute(0, 2, 1, 5, 3, 4)
        window = self._window(self.kernel_size[1:], self.stride[1:], self.dilation[1:], [0] * 4)
        y = self._product(slices.flatten(0, 1).flatten(1, 2), window)
        return y.unflatten(0, slices.shape[:2]).movedim(1, 2)

    def _window(self, kernel: Any, stride: Any, dilation: Any, padding: list[int]) -> Window:
        """`padding` is torch's: left, right, top, bottom."""
        left, right, top, bottom = padding
        return Window(tuple(kernel), tuple(stride), tuple(dilation), (top, left), (bottom, right), self.groups)

    def _product(self, x: Tensor, window: Window) -> Tensor:
        try:
            window.output(x.shape[2], x.shape[3])
        except ValueError as error:
            raise ValueError(f"{self.name}: {error}") from None
        return self.product("weight").images(x, self.weight, self.bias, window)

    @staticmethod
    def keys(module: nn.Module) -> list[str]:
        """The products of a layer."""
        return ["weight"]
