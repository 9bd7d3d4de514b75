"""Convolutions of one, two and three dimensions on an approximate multiplier; groups and depthwise in one call."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd

from ._base import ApproximateLayer
from ._geometry import Geometry


class ApproximateConv(ApproximateLayer, _ConvNd):
    """nn.Conv1d, Conv2d or Conv3d with approximate products; every stride, dilation, group count and padding mode."""

    def forward(self, input: Tensor) -> Tensor:
        """y (B, N, *output) of x (B, C, *size), or both without B; raises UncalibratedError or NonFiniteError.

        Attributes count as they are now, those that torch's own forward reads. Raises ValueError where they do not fit.
        """
        dimensions, product = self.weight.dim() - 2, self.product("weight")
        channels = self.weight.shape[1] * self.groups
        if input.dim() not in (dimensions + 1, dimensions + 2) or input.shape[-dimensions - 1] != channels:
            raise ValueError(f"{product.name}: input of shape {tuple(input.shape)} does not have {channels} channels")
        if input.dim() == dimensions + 1:
            return self.forward(input[None])[0]
        try:
            geometry = Geometry.of(self)
        except ValueError as error:
            raise ValueError(f"{product.name}: {error}") from None
        if product.observer is not None:
            product.observe(input)
            convolve = (F.conv1d, F.conv2d, F.conv3d)[dimensions - 1]
            stride, dilation = geometry.stride, geometry.dilation
            return convolve(geometry.pad(input), self.weight, self.bias, stride, 0, dilation, geometry.groups)
        return self._approximate(input, geometry)

    def _approximate(self, x: Tensor, geometry: Geometry) -> Tensor:
        """Zero padding is left to the kernels, which pad with the code of zero; other modes pad the real numbers first."""
        dimensions = len(geometry.kernel)
        if geometry.mode != "constant" or dimensions == 3:
            x, geometry = geometry.pad(x), geometry.padded()
        if dimensions == 3:
            return self._volume(x, geometry)
        if dimensions == 1:
            return self._product(x[:, :, None], geometry)[:, :, 0]
        return self._product(x, geometry)

    def _volume(self, x: Tensor, geometry: Geometry) -> Tensor:
        """Three dimensions as two: a window's slices of depth become channels, and output slices become images."""
        stride, dilation = geometry.stride[0], geometry.dilation[0]
        span = dilation * (geometry.kernel[0] - 1) + 1
        if x.shape[2] < span:
            raise ValueError(f"{self.name}: a kernel that spans {span} does not fit the padded input size {x.shape[2]}")
        slices = x.unfold(2, span, stride)[..., ::dilation].permute(0, 2, 1, 5, 3, 4)
        y = self._product(slices.flatten(0, 1).flatten(1, 2), geometry)
        return y.unflatten(0, slices.shape[:2]).movedim(1, 2)

    def _product(self, x: Tensor, geometry: Geometry) -> Tensor:
        window = geometry.window
        try:
            window.output(x.shape[2], x.shape[3])
        except ValueError as error:
            raise ValueError(f"{self.name}: {error}") from None
        return self.product("weight").images(x, self.weight, self.bias, window)

    @staticmethod
    def keys(module: nn.Module) -> list[str]:
        """The products of a layer."""
        return ["weight"]
