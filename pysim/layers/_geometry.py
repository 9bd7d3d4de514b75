"""A convolution's hyper-parameters as they are at a call: read where torch's own forward reads them.

That is the weight's shape, not `kernel_size` or `in_channels`; and `padding` for zeros, but what the constructor made of it
(`_reversed_padding_repeated_twice`) for other modes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ..kernels import Window


@dataclass(frozen=True)
class Geometry:
    """Sizes for each dimension, outermost first; padding of each before and after; `mode` as in `torch.nn.functional.pad`.

    `window` is that of the last two dimensions; one dimension is a width, with height 1.
    """

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    groups: int
    mode: str
    window: Window

    @staticmethod
    def of(layer: Any) -> Geometry:
        """The geometry of an nn.Conv1d, Conv2d or Conv3d now; raises ValueError for values that are not allowed.

        Worked out once for equal attributes: it would take as long as the rest of a small layer's call.
        """
        if torch.compiler.is_compiling() or layer.padding_mode != "zeros":
            return _geometry(layer)
        key = layer.weight.shape, layer.stride, layer.padding, layer.dilation, layer.groups
        try:
            known = _KNOWN.get(key)
        except TypeError:  # lists, which torch takes too
            return _geometry(layer)
        if known is None:
            known = _geometry(layer)
            if len(_KNOWN) >= _MOST:
                _KNOWN.clear()
            _KNOWN[key] = known
        return known

    def pad(self, x: Tensor) -> Tensor:
        """x (..., *size) with its padding, of real numbers, around it."""
        return F.pad(x, [size for pair in reversed(self.padding) for size in pair], mode=self.mode)

    def padded(self) -> Geometry:
        """The same of an input that is padded already."""
        return _with_window(self.kernel, self.stride, self.dilation, ((0, 0),) * len(self.kernel), self.groups, "constant")


_MOST = 1024
_KNOWN: dict[tuple[object, ...], Geometry] = {}


def _geometry(layer: Any) -> Geometry:
    kernel = tuple(layer.weight.shape[2:])
    stride, dilation = (_each(layer, name, len(kernel), 1) for name in ("stride", "dilation"))
    mode = "constant" if layer.padding_mode == "zeros" else layer.padding_mode
    if mode != "constant":
        flat = layer._reversed_padding_repeated_twice
        padding = tuple((flat[i], flat[i + 1]) for i in range(len(flat) - 2, -1, -2))
    elif layer.padding == "same":
        if any(step != 1 for step in stride):
            raise ValueError(f"padding = 'same' is not allowed with stride = {stride}; use stride 1")
        whole = [distance * (size - 1) for distance, size in zip(dilation, kernel, strict=True)]
        padding = tuple((total // 2, total - total // 2) for total in whole)
    elif layer.padding == "valid":
        padding = ((0, 0),) * len(kernel)
    else:
        padding = tuple((size, size) for size in _each(layer, "padding", len(kernel), 0))
    if not isinstance(layer.groups, int) or layer.groups < 1 or len(layer.weight) % layer.groups:
        raise ValueError(f"groups = {layer.groups} is not allowed; use a divisor of the {len(layer.weight)} output channels")
    return _with_window(kernel, stride, dilation, padding, layer.groups, mode)


def _with_window(
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
    padding: tuple[tuple[int, int], ...],
    groups: int,
    mode: str,
) -> Geometry:
    starts, ends = (_two([pair[side] for pair in padding], 0) for side in (0, 1))
    window = Window(_two(kernel, 1), _two(stride, 1), _two(dilation, 1), starts, ends, groups)
    return Geometry(kernel, stride, dilation, padding, groups, mode, window)


def _each(layer: Any, name: str, dimensions: int, least: int) -> tuple[int, ...]:
    """A size for each dimension, of one for all or one for each, as torch takes them."""
    value = getattr(layer, name)
    sizes = (value,) * dimensions if isinstance(value, int) else value
    if isinstance(sizes, Sequence) and len(sizes) == 1:
        sizes = (*sizes,) * dimensions
    allowed = isinstance(sizes, Sequence) and len(sizes) == dimensions
    if not allowed or not all(isinstance(size, int) and size >= least for size in sizes):
        raise ValueError(f"{name} = {value!r} is not allowed; use whole numbers from {least}, one or {dimensions} of them")
    return tuple(sizes)


def _two(sizes: Sequence[int], missing: int) -> tuple[int, int]:
    first, last = sizes[-2:] if len(sizes) > 1 else (missing, sizes[0])
    return first, last
