"""Pictures of cost against error: a PNG, and a page to hover over."""

from __future__ import annotations

from collections.abc import Callable, Collection
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

from multipliers._files import atomically

from ._labels import place_labels
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


def draw_png(points: list[Point], x: str, y: str, path: Path, named: Collection[str] = ()) -> None:
    """Draw all multipliers, those of the Pareto front and those `named` with their labels.

    Raises CostError if the file cannot be written.
    """
    check_names(None, path, None)
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(10, 6.5))
    for title, chosen, style in _groups(points, named):
        line = {"drawstyle": "steps-post", "linewidth": 1} if style["line"] else {"linestyle": "none"}
        axes.plot(*_places(chosen), color=style["color"], marker="o", markersize=style["size"], label=title, **line)
    axes.set_yscale("symlog", linthresh=_smallest(points))
    axes.set(xlabel=x_title(points, x), ylabel=y_title(y))
    axes.margins(x=0.08, y=0.08)
    axes.grid(color="gainsboro", linewidth=0.5)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)
    axes.legend(frameon=False)
    figure.tight_layout()
    labelled = [(point.x, point.y, point.cost.label) for point in points if point.on_front or point.cost.label in named]
    front = [point for point in points if point.on_front]
    corners = [corner for start, end in pairwise(front) for corner in ((start.x, start.y), (end.x, start.y), (end.x, end.y))]
    place_labels(figure, axes, labelled, [(point.x, point.y) for point in points], corners)
    try:
        write_png(figure, path)
    finally:
        pyplot.close(figure)


def draw_html(points: list[Point], x: str, y: str, path: Path, named: Collection[str] = ()) -> None:
    """The same as a page that names each multiplier under the pointer, complete in one file.

    Raises CostError if plotly is missing or the file cannot be written.
    """
    check_names(None, None, path)
    import plotly.graph_objects as plotly

    figure = plotly.Figure()
    for title, chosen, style in _groups(points, named):
        across, up = _places(chosen)
        figure.add_scatter(
            x=across,
            y=up,
            text=[point.cost.label for point in chosen],
            customdata=[[point.cost.area_ratio, point.cost.delay_ratio, point.cost.energy_ratio] for point in chosen],
            mode="lines+markers" if style["line"] else "markers",
            name=title,
            line_shape="hv",
            line_width=1,
            marker={"color": style["color"], "size": 2 * style["size"]},
            hovertemplate=f"<b>%{{text}}</b><br>{x} %{{x:.4g}}<br>{y} %{{y:.4g}}<br>of the exact multiplier's area "
            "%{customdata[0]:.2f}, delay %{customdata[1]:.2f}, energy %{customdata[2]:.2f}<extra></extra>",
        )
    figure.update_layout(xaxis_title=x_title(points, x), yaxis_title=y_title(y), template="simple_white")
    scales = [{"label": name, "method": "relayout", "args": [{"yaxis.type": name}]} for name in ("linear", "log")]
    figure.update_layout(updatemenus=[{"type": "buttons", "direction": "right", "x": 1, "y": 1.08, "buttons": scales}])
    _write(path, lambda partial: figure.write_html(partial, include_plotlyjs=True))


def _groups(points: list[Point], named: Collection[str]) -> list[tuple[str, list[Point], dict[str, Any]]]:
    """What is drawn alike, in the order of drawing: its name in the legend, its points, its colour, line and mark's size."""
    front, own = [point for point in points if point.on_front], [point for point in points if point.cost.label in named]
    behind = [point for point in points if not point.on_front and point.cost.label not in named]
    groups = [
        ("others", behind, {"color": "#a9a9a9", "line": False, "size": 4}),
        ("Pareto front", front, {"color": "#1f77b4", "line": True, "size": 5}),
        ("named", own, {"color": "#ff7f0e", "line": False, "size": 4}),
    ]
    return [group for group in groups if group[1]]


def _places(points: list[Point]) -> tuple[list[float], list[float]]:
    return [point.x for point in points], [point.y for point in points]


def y_title(y: str) -> str:
    """What the vertical axis shows."""
    return f"{_ERRORS[y]} ({y})"


_ERRORS = {
    "mae": "mean absolute error",
    "nmed": "mean absolute error, share of the largest product",
    "wce": "worst absolute error",
    "mse": "mean squared error",
    "bias": "magnitude of the mean error",
    "ep": "share of products that are wrong",
    "mre": "mean relative error of non-zero products",
    "mre_all": "mean relative error",
    "wcre": "worst relative error",
}


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


def write_png(figure: Any, path: Path) -> None:
    """Write a matplotlib figure; raises CostError if that is impossible."""
    check_names(None, path, None)
    _write(path, lambda partial: figure.savefig(partial, dpi=120))


def _smallest(points: list[Point]) -> float:
    """The least error that is not 0: below it the axis is linear, so that the exact multiplier has a place."""
    return min((point.y for point in points if point.y > 0), default=1.0)


def _write(path: Path, save: Callable[[Path], object]) -> None:
    """Write to a temporary name and rename, so that the file appears whole or not at all."""
    try:
        with atomically(path) as partial:
            save(partial)
    except OSError as error:
        raise CostError(f"cannot write {str(path)!r}: {error.strerror or error}") from error
