"""What a convolution reads: kernel, stride, padding, dilation, groups, and the code that a padded position holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from ..._errors import PysimError

Pair = tuple[int, int]

MOST_PIXELS = (1 << 31) - 1024
"""Output pixels of one call: their numbers, and those that a last tile would have, fit 32 bits."""


@dataclass(frozen=True)
class Geometry:
    """A two-dimensional convolution's geometry, each pair in the order (vertical, horizontal).

    `padding` is (before, after) for each dimension, e.g. `((1, 1), (0, 2))`. A padded position holds the code index
    `pad_code`, 0 ... 255, and its product with the weight is added like any other. One-dimensional convolutions have
    kernel `(1, k)`. Raises PysimError where a number is out of range.
    """

    kernel: Pair = (1, 1)
    stride: Pair = (1, 1)
    padding: tuple[Pair, Pair] = ((0, 0), (0, 0))
    dilation: Pair = (1, 1)
    groups: int = 1
    pad_code: int = 0

    def __post_init__(self) -> None:
        if min(*self.kernel, *self.stride, *self.dilation, self.groups) < 1:
            raise PysimError(f"kernel, stride, dilation and groups must be at least 1: {self}")
        if min(self.padding[0] + self.padding[1]) < 0:
            raise PysimError(f"padding must not be negative: {self}")
        if not 0 <= self.pad_code <= 255:
            raise PysimError(f"pad_code must be a code index, 0 ... 255: {self}")

    @property
    def taps(self) -> int:
        """How many positions the kernel covers."""
        return self.kernel[0] * self.kernel[1]

    def output(self, height: int, width: int) -> Pair:
        """Size of the output for an input of this size; PysimError where the kernel does not fit."""
        sizes = []
        for size, kernel, stride, padding, dilation in zip(
            (height, width), self.kernel, self.stride, self.padding, self.dilation, strict=True
        ):
            room = size + sum(padding) - dilation * (kernel - 1) - 1
            if room < 0:
                raise PysimError(f"the kernel does not fit an input of {height} x {width}: {self}")
            sizes.append(room // stride + 1)
        return sizes[0], sizes[1]


def addresses(x: Tensor, geometry: Geometry, outputs: int) -> tuple[tuple[int, ...], dict[str, int]]:
    """The output's shape (B, OH, OW, N) and the kernels' arguments for addressing a code map x (B, H, W, C).

    Output pixels are numbered 0 ... B * OH * OW - 1; a group has `group_channels` inputs, `group_outputs` outputs and sums
    over `inner` products, ordered by kernel row, kernel column, channel. Raises PysimError where the shapes do not fit.
    """
    batch, height, width, channels = x.shape
    if channels % geometry.groups or outputs % geometry.groups:
        raise PysimError(f"{channels} channels and {outputs} outputs cannot be split into {geometry.groups} groups")
    out_height, out_width = geometry.output(height, width)
    pixels = batch * out_height * out_width
    if pixels > MOST_PIXELS:
        raise PysimError(f"{pixels} output pixels are too many for one call, at most {MOST_PIXELS}: split the batch")
    group_channels = channels // geometry.groups
    return (batch, out_height, out_width, outputs), {
        "bucket": (pixels - 1).bit_length(),  # shapes of one bucket share the tile that the autotuner chose
        "pixels": pixels,
        "inner": geometry.taps * group_channels,
        "channels": channels,
        "group_channels": group_channels,
        "group_outputs": outputs // geometry.groups,
        "groups": geometry.groups,
        "height": height,
        "width": width,
        "out_height": out_height,
        "out_width": out_width,
        "kernel_width": geometry.kernel[1],
        "stride_y": geometry.stride[0],
        "stride_x": geometry.stride[1],
        "dilation_y": geometry.dilation[0],
        "dilation_x": geometry.dilation[1],
        "top": geometry.padding[0][0],
        "left": geometry.padding[1][0],
        "pad_code": geometry.pad_code,
    }


def placed(out: Tensor) -> dict[str, int]:
    """The kernels' arguments for writing a map out (B, OH, OW, N) whose rows follow one another, whatever its strides."""
    _, height, width, _ = out.shape
    assert height == 1 or width == 1 or out.stride(1) == width * out.stride(2)
    pixel = out.stride(2) if width > 1 else out.stride(1)
    return {"area": height * width, "out_batch": out.stride(0), "out_pixel": pixel, "out_output": out.stride(3)}


def grid(sizes: Mapping[str, int], depthwise: bool = False) -> Callable[[Mapping[str, int]], tuple[int]]:
    """How many programs a kernel needs, as a function of its tile; a depthwise one takes all groups together."""
    groups, outputs = sizes["groups"], sizes["group_outputs"]
    if depthwise:
        groups, outputs = 1, groups * outputs

    def programs(tile: Mapping[str, int]) -> tuple[int]:
        return (-(-sizes["pixels"] // tile["BLOCK_M"]) * -(-outputs // tile["BLOCK_N"]) * groups,)

    return programs
