"""Windows of convolutions and of averages, which may be written without one: adaptive pooling, and the mean over axes."""

from __future__ import annotations

from typing import Any

from ._recognize import refused


def pair(size: Any) -> tuple[int, int]:
    """A size for both dimensions, or one for each."""
    height, width = (size, size) if isinstance(size, int) else size
    return int(height), int(width)


def _adaptive(output: Any, size: tuple[int, ...], where: str) -> tuple[int, int]:
    """The window that gives `output` from images (C, H, W); raises LoweringError if it does not divide them."""
    wanted = (output, output) if isinstance(output, int) else output
    _, height, width = size
    rows, columns = (part if part is not None else whole for part, whole in zip(wanted, (height, width), strict=True))
    if height % rows or width % columns:
        raise refused(where, "AdaptiveAvgPool2d", f"{rows}x{columns} windows do not divide images of {height}x{width} evenly")
    return height // rows, width // columns


def _mean(axes: Any, size: tuple[int, ...], where: str) -> tuple[int, int]:
    """The window of a mean over height and width of a batch of images (C, H, W); raises LoweringError for other axes."""
    found = sorted(axis % 4 for axis in (axes or ()))
    if found != [2, 3]:
        raise refused(where, "", f"it averages over the axes {axes}, and height and width alone, [2, 3], are averaged over")
    return size[1], size[2]


def average_window(options: dict[str, Any], size: tuple[int, ...], where: str) -> dict[str, Any]:
    """Kernel, stride and padding (before and behind) of an average, for images of a size (C, H, W)."""
    if "adaptive" in options:
        kernel = _adaptive(options["adaptive"], size, where)
        return {"kernel": kernel, "stride": kernel, "padding": (0, 0), "end": (0, 0)}
    if "axes" in options:
        kernel = _mean(options["axes"], size, where)
        return {"kernel": kernel, "stride": kernel, "padding": (0, 0), "end": (0, 0)}
    padding = pair(options["padding"])
    if options["ceil"] or options["divisor"] or (padding != (0, 0) and not options["whole"]):
        raise refused(where, "average pooling", "only ceil_mode=False with the window's own divisor is supported")
    return {"kernel": pair(options["kernel"]), "stride": pair(options["stride"]), "padding": padding, "end": padding}
