"""Pictures of cost against error: a PNG, and a page to hover over."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from ._pareto import Point
from .cost import CostError


def check_names(csv: Path | None, png: Path | None, html: Path | None) -> None:
    """Raise CostError for a file that has another ending, whose folder is missing, or for a page without plotly.

    Asked before minutes are spent on what would be written.
    """
    for path, ending in ((csv, ".csv"), (png, ".png"), (html, ".html")):
        if path is not None and path.suffix.lower() != ending:
            raise CostError(f"file name {str(path)!r} is not allowed; give one that ends in {ending}")
        if path is not None and not path.parent.is_dir():
            raise CostError(f"cannot write {str(path)!r}: there is no folder {str(path.parent)!r}")
    if html is not None and find_spec("plotly") is None:
        raise CostError("a page needs plotly, which is not installed: pip install 'goldaxe[report]'")


def draw_png(points: list[Point], x: str, y: str, path: Path) -> None:
    """Draw all multipliers, those of the Pareto front by name; raises CostError if the file cannot be written."""
    check_names(None, path, None)
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    front = [point for point in points if point.on_front]
    figure, axes = pyplot.subplots(figsize=(9, 6), layout="constrained")
    behind = [point for point in points if not point.on_front]
    axes.plot([point.x for point in behind], [point.y for point in behind], ".", color="silver", label="others")
    axes.plot([point.x for point in front], [point.y for point in front], "o-", drawstyle="steps-post", label="Pareto front")
    for point in front:
        axes.annotate(point.cost.label, (point.x, point.y), xytext=(4, 4), textcoords="offset points", fontsize=7)
    axes.set_yscale("symlog", linthresh=_smallest(points))
    axes.set(xlabel=x_title(points, x), ylabel=y)
    axes.legend()
    try:
        _write(path, lambda partial: figure.savefig(partial, dpi=120))
    finally:
        pyplot.close(figure)


def draw_html(points: list[Point], x: str, y: str, path: Path) -> None:
    """The same as a page that names each multiplier under the pointer, complete in one file.

    Raises CostError if plotly is missing or the file cannot be written.
    """
    check_names(None, None, path)
    import plotly.graph_objects as plotly

    figure = plotly.Figure()
    for name, chosen, mode in (
        ("others", [point for point in points if not point.on_front], "markers"),
        ("Pareto front", [point for point in points if point.on_front], "lines+markers"),
    ):
        figure.add_scatter(
            x=[point.x for point in chosen],
            y=[point.y for point in chosen],
            text=[point.cost.label for point in chosen],
            mode=mode,
            name=name,
            line_shape="hv",
            hovertemplate=f"%{{text}}<br>{x} %{{x:.4g}}<br>{y} %{{y:.4g}}<extra></extra>",
        )
    figure.update_layout(xaxis_title=x_title(points, x), yaxis_title=y, template="simple_white")
    _write(path, lambda partial: figure.write_html(partial, include_plotlyjs=True))


def x_title(points: list[Point], x: str) -> str:
    """What the horizontal axis shows, with its unit."""
    first = points[0].cost
    units = dict(zip(("area", "delay", "energy"), first.units, strict=True))
    what = "energy per operation" if x == "energy" else x
    return f"{what}, {units[x]}" if x in units else what


def write_text(text: str, path: Path) -> None:
    """Write a .csv file; raises CostError if that is impossible."""
    check_names(path, None, None)
    _write(path, lambda partial: partial.write_text(text))


def _smallest(points: list[Point]) -> float:
    """The least error that is not 0: below it the axis is linear, so that the exact multiplier has a place."""
    return min((point.y for point in points if point.y > 0), default=1.0)


def _write(path: Path, save: Callable[[Path], object]) -> None:
    """Write to a temporary name and rename, so that the file appears whole or not at all."""
    partial = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        save(partial)
        partial.replace(path)
    except OSError as error:
        raise CostError(f"cannot write {str(path)!r}: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
