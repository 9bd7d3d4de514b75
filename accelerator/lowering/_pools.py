"""Windows of averages that are written without one: adaptive pooling, and the mean over axes."""

from __future__ import annotations

from typing import Any

from ._recognize import refused


def pair(size: Any) -> tuple[int, int]:
    """A size for both dimensions, or one for each."""
    height, width = (size, size) if isinstance(size, int) else size
    return int(height), int(width)


def adaptive_window(output: Any, size: tuple[int, ...], where: str) -> tuple[int, int]:
    """The window that gives `output` from images (C, H, W); raises LoweringError if it does not divide them."""
    wanted = (output, output) if isinstance(output, int) else output
    _, height, width = size
    rows, columns = (part if part is not None else whole for part, whole in zip(wanted, (height, width), strict=True))
    if height % rows or width % columns:
        raise refused(where, "AdaptiveAvgPool2d", f"{rows}x{columns} windows do not divide images of {height}x{width} evenly")
    return height // rows, width // columns


def window_of_mean(axes: Any, size: tuple[int, ...], where: str) -> tuple[int, int]:
    """The window of a mean over height and width of a batch of images (C, H, W); raises LoweringError for other axes."""
    found = sorted(axis % 4 for axis in (axes or ()))
    if found != [2, 3]:
        raise refused(where, "", f"it averages over the axes {axes}, and height and width alone, [2, 3], are averaged over")
    return size[1], size[2]
