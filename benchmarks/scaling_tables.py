"""Results of `benchmarks.scaling` as tables of text and as a picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

Sweep = list[dict[str, Any]]


def sweep(results: dict[str, Any], name: str) -> Sweep:
    """The points of a sweep."""
    return [point for point in results["points"] if point["sweep"] == name]


def ratios(point: dict[str, Any]) -> dict[str, float]:
    """Each variant's time over float32's."""
    seconds = point["seconds"]
    return {name: value / seconds["float32"] for name, value in seconds.items() if name != "float32"}


def tables(results: dict[str, Any]) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """Title, head and rows of every table; times are ratios to float32."""
    ranks = sweep(results, "rank")
    rows = [["float32", *(_milliseconds(point) for point in ranks)]]
    rows += [[name, *(f"{ratios(point)[name]:.2f}" for point in ranks)] for name in ratios(ranks[0])]
    yield "Time against rank", ["multiplier", *(point["shape"] for point in ranks)], rows
    for name in ("threads", "batch", "K"):
        found = sweep(results, name)
        rows = [
            [point["shape"], f"{point['at']:,}", _milliseconds(point), *(f"{ratio:.2f}" for ratio in ratios(point).values())]
            for point in found
        ]
        yield f"Time against {name}", ["layer", name, "float32", *ratios(found[0])], rows
    rows = [[one["shape"], *map(_mebibytes, one["MiB"].values())] for one in results["memory"]]
    yield "Peak memory in MiB", ["layer", *results["memory"][0]["MiB"]], rows


def _milliseconds(point: dict[str, Any]) -> str:
    return f"{1e3 * point['seconds']['float32']:.3f} ms"


def _mebibytes(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1f}"


def draw(results: dict[str, Any], path: Path) -> None:
    """Ratios to float32 against rank, batch and K, a line for each layer and variant, with float32 as the line at 1."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 3, figsize=(11, 4), sharey=True, layout="constrained")
    for index, point in enumerate(sweep(results, "rank")):
        found = ratios(point)
        axes[0].plot(range(len(found)), list(found.values()), "o-", color=f"C{index}", label=point["shape"])
        axes[0].set_xticks(range(len(found)), [name.removeprefix("rank ") for name in found], fontsize=7)
    axes[0].legend(fontsize=7)
    for place, name in zip(axes[1:], ("batch", "K"), strict=True):
        for index, shape in enumerate(dict.fromkeys(point["shape"] for point in results["points"])):
            found = [point for point in sweep(results, name) if point["shape"] == shape]
            for variant, style in zip(ratios(found[0]), ("o-", "s--", "^:"), strict=False):
                values = [ratios(point)[variant] for point in found]
                place.plot([point["at"] for point in found], values, style, color=f"C{index}", label=variant)
        values = sorted({point["at"] for point in sweep(results, name)})
        place.set(xscale="log")
        place.set_xticks(values, [f"{value:,}" for value in values], fontsize=7, rotation=45)
        place.minorticks_off()
    handles, labels = axes[1].get_legend_handles_labels()
    axes[1].legend(handles[:3], labels[:3], fontsize=7)
    for place, label in zip(axes, ("rank of the error", "batch (images or rows)", "K (products in a sum)"), strict=True):
        place.axhline(1, color="black", linewidth=0.8)
        place.set(yscale="log", xlabel=label)
    axes[0].set_ylabel("time / float32 (lower is better)")
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
