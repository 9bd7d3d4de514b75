"""A picture of compared retraining methods: what each leaves lost, multiplier by multiplier."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from ._compare import Compared
from ._pareto_plots import write_png


def draw(results: Sequence[Compared], path: Path) -> None:
    """Two panels a workload: points lost before, and after each method, with the spread over seeds; and what its step costs.

    Time and memory are ratios to a float32 step: the mean over multipliers, with the least and the greatest.
    """
    from matplotlib.figure import Figure

    workloads = list(dict.fromkeys(row.workload for row in results))
    methods = list(dict.fromkeys(row.method for row in results))
    figure = Figure(figsize=(12, 3.2 * len(workloads)), layout="constrained")
    panels = figure.subplots(len(workloads), 2, squeeze=False, width_ratios=(3, 1))
    for (panel, costs), workload in zip(panels, workloads, strict=True):
        rows = [row for row in results if row.workload == workload]
        labels = list(dict.fromkeys(row.multiplier for row in rows))
        before = {row.multiplier: 100 * (row.float_accuracy - row.before) for row in rows}
        panel.plot(range(len(labels)), [before[label] for label in labels], "k_", markersize=24, label="before")
        for i, name in enumerate(methods):
            found = {row.multiplier: row for row in rows if row.method == name}
            at = [labels.index(label) + (i + 1) / (len(methods) + 1) - 0.5 for label in found]
            lost, spread = [row.lost for row in found.values()], [row.spread for row in found.values()]
            panel.errorbar(at, lost, spread, fmt="o", capsize=3, label=name, color=f"C{i + 1}")
        panel.axhline(1, color="grey", linewidth=0.8, linestyle=":")
        panel.set_yscale("symlog", linthresh=1)
        panel.set_xlim(-0.6, len(labels) - 0.4)
        panel.margins(y=0.1)
        panel.set_xticks(range(len(labels)), labels, rotation=20, ha="right", fontsize=8)
        panel.set_title(workload, loc="left")
        panel.set_ylabel("points lost to float")
        _draw_costs(costs, rows, methods)
    if workloads:
        handles, names = panels[0, 0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside upper center", fontsize=8, ncols=min(5, len(names)))
    write_png(figure, path)


def _draw_costs(panel: Any, rows: Sequence[Compared], methods: Sequence[str]) -> None:
    for attribute, marker, offset in (("time_ratio", "o", -0.12), ("memory_ratio", "s", 0.12)):
        for i, name in enumerate(methods):
            found = [getattr(row.step, attribute) for row in rows if row.method == name and row.step is not None]
            if found:
                middle = mean(found)
                ends = [[middle - min(found)], [max(found) - middle]]
                panel.errorbar([i + offset], [middle], ends, fmt=marker, capsize=3, color=f"C{i + 1}")
        panel.plot([], [], f"k{marker}", label=attribute.removesuffix("_ratio"))
    panel.axhline(1, color="grey", linewidth=0.8, linestyle=":")
    panel.set_ylim(bottom=0)
    panel.set_xlim(-0.6, len(methods) - 0.4)
    panel.set_xticks(range(len(methods)), methods, rotation=20, ha="right", fontsize=8)
    panel.set_title("a step, to float32's", loc="left")
    panel.legend(fontsize=8)
