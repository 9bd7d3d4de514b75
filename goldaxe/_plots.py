"""Pictures of a multiplier's error, as PNG."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from multipliers import Multiplier, MultiplierError, measure

_MOST = 512
"""Points along an axis; wider operands are drawn at every n-th value."""


def error_heat_map(multiplier: Multiplier, path: Path) -> Path:
    """Draw E(a, b) = f(a, b) - a*b over all operand pairs; the file appears whole or not at all.

    Raises MultiplierError if the path does not end in .png or cannot be written.
    """
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot
    from matplotlib.colors import CenteredNorm

    if path.suffix.lower() != ".png":
        raise MultiplierError(f"plot file {str(path)!r} is not allowed; give a name that ends in .png")
    a, b = (_axis(port.low, port.high) for port in (multiplier.a, multiplier.b))
    error = multiplier(a[:, None], b[None, :]) - a[:, None] * b[None, :]
    metrics = measure(multiplier)
    figure, axes = pyplot.subplots(figsize=(7, 5.6), layout="constrained")
    image = axes.imshow(
        error.T,
        origin="lower",
        extent=(a[0] - 0.5, a[-1] + 0.5, b[0] - 0.5, b[-1] + 0.5),
        cmap="RdBu_r",
        norm=CenteredNorm(halfrange=max(int(np.abs(error).max()), 1)),
        interpolation="nearest",
    )
    axes.set(xlabel="activation a", ylabel="weight b", title=f"{multiplier.label}: error f(a, b) - a\N{MULTIPLICATION SIGN}b")
    extent = "all pairs" if metrics.exhaustive else f"sampled, {metrics.vectors:,} pairs"
    axes.text(
        0.5,
        -0.13,
        f"MAE {metrics.mae:.4g}   MRE {100 * metrics.mre:.3g}%   bias {metrics.bias:.4g}   worst {metrics.wce:,}   ({extent})",
        transform=axes.transAxes,
        ha="center",
    )
    figure.colorbar(image, label="error")
    partial = path.with_name(f".{path.stem}.part.png")
    try:
        figure.savefig(partial, dpi=120)
        partial.replace(path)
    except OSError as error_:
        raise MultiplierError(f"cannot write the plot {str(path)!r}: {error_.strerror}") from error_
    finally:
        partial.unlink(missing_ok=True)
        pyplot.close(figure)
    return path


def _axis(low: int, high: int) -> np.ndarray:
    return np.arange(low, high + 1, max((high - low + 1) // _MOST, 1))
