"""Pictures of a multiplier's error, as PNG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from multipliers import Multiplier, MultiplierError, measure
from multipliers._files import atomically

from ._error_profile import by_magnitude, histogram

_MOST = 512
"""Points along an axis; wider operands are drawn at every n-th value."""


def error_heat_map(multiplier: Multiplier, path: Path) -> Path:
    """Draw E(a, b) = f(a, b) - a*b over all operand pairs; the file appears whole or not at all.

    Raises MultiplierError if the path does not end in .png or cannot be written.
    """
    from matplotlib.colors import CenteredNorm

    figure, axes = _axes(path, (7, 5.6))
    a, b = (_axis(port.low, port.high) for port in (multiplier.a, multiplier.b))
    error = multiplier(a[:, None], b[None, :]) - a[:, None] * b[None, :]
    metrics = measure(multiplier)
    image = axes.imshow(
        error.T,
        origin="lower",
        extent=(a[0] - 0.5, a[-1] + 0.5, b[0] - 0.5, b[-1] + 0.5),
        cmap="RdBu_r",
        norm=CenteredNorm(halfrange=max(int(np.abs(error).max()), 1)),
        interpolation="nearest",
    )
    extent = "all pairs" if metrics.exhaustive else f"sampled, {metrics.vectors:,} pairs"
    figures = f"MAE {metrics.mae:.4g}   MRE {100 * metrics.mre:.3g}%   bias {metrics.bias:.4g}   worst {metrics.wce:,}"
    axes.set(xlabel="activation a", ylabel="weight b")
    axes.set_title(f"{multiplier.label}: error f(a, b) - a\N{MULTIPLICATION SIGN}b")
    figure.text(0.5, -0.05, f"{figures}   ({extent})", ha="center")  # below all else; the picture grows around it
    figure.colorbar(image, label="error")
    return _save(figure, path)


def error_histogram(multiplier: Multiplier, path: Path) -> Path:
    """Draw how often errors of each size occur; raises MultiplierError as `error_heat_map` does."""
    figure, axes = _axes(path, (7, 4.5))
    found = histogram(multiplier)
    axes.stairs(100 * found.shares, found.edges - 0.5 * (found.edges[1] - found.edges[0] <= 1), fill=True)
    axes.set_yscale("log")
    axes.set(xlabel="error f(a, b) - a\N{MULTIPLICATION SIGN}b", ylabel="operand pairs, %", title=multiplier.label)
    return _save(figure, path)


def error_by_magnitude(multiplier: Multiplier, path: Path) -> Path:
    """Draw the relative error against the exact product's size; raises MultiplierError as `error_heat_map` does."""
    figure, axes = _axes(path, (7, 4.5))
    found = by_magnitude(multiplier)
    axes.plot(found.bits, 100 * found.worst, "o-", label="worst")
    axes.plot(found.bits, 100 * found.mean, "o-", label="mean")
    axes.set(xlabel="bits of |a\N{MULTIPLICATION SIGN}b|", ylabel="relative error, %", title=multiplier.label, ylim=(0, None))
    axes.legend()
    return _save(figure, path)


def _axes(path: Path, size: tuple[float, float]) -> Any:
    """A figure and its axes, once it is clear that the file's name is that of a picture."""
    if path.suffix.lower() != ".png":
        raise MultiplierError(f"plot file {str(path)!r} is not allowed; give a name that ends in .png")
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    return pyplot.subplots(figsize=size, layout="constrained")


def _save(figure: Any, path: Path) -> Path:
    """Write a figure to a temporary name and rename it; the figure is closed."""
    from matplotlib import pyplot

    try:
        with atomically(path) as partial:
            figure.savefig(partial, dpi=120, bbox_inches="tight", pad_inches=0.1)
    except OSError as error:
        raise MultiplierError(f"cannot write the plot {str(path)!r}: {error.strerror}") from error
    finally:
        pyplot.close(figure)
    return path


def _axis(low: int, high: int) -> np.ndarray:
    return np.arange(low, high + 1, max((high - low + 1) // _MOST, 1))
