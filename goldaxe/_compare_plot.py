"""A picture of compared retraining methods: what each leaves lost, multiplier by multiplier."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ._compare import Compared
from ._pareto_plots import write_png


def draw(results: Sequence[Compared], path: Path) -> None:
    """A panel a workload: points lost before, and after each method, with the spread over seeds."""
    from matplotlib.figure import Figure

    workloads = list(dict.fromkeys(row.workload for row in results))
    methods = list(dict.fromkeys(row.method for row in results))
    figure = Figure(figsize=(9, 3.2 * len(workloads)))
    panels = figure.subplots(len(workloads), 1, squeeze=False)
    for panel, workload in zip(panels[:, 0], workloads, strict=True):
        rows = [row for row in results if row.workload == workload]
        labels = list(dict.fromkeys(row.multiplier for row in rows))
        before = {row.multiplier: 100 * (row.float_accuracy - row.before) for row in rows}
        panel.plot(range(len(labels)), [before[label] for label in labels], "k_", markersize=24, label="before")
        for i, name in enumerate(methods):
            found = {row.multiplier: row for row in rows if row.method == name}
            at = [labels.index(label) + (i + 1) / (len(methods) + 1) - 0.5 for label in found]
            lost, spread = [row.lost for row in found.values()], [row.spread for row in found.values()]
            panel.errorbar(at, lost, spread, fmt="o", capsize=3, label=name)
        panel.axhline(1, color="grey", linewidth=0.8, linestyle=":")
        panel.set_yscale("symlog", linthresh=1)
        panel.set_xticks(range(len(labels)), labels, rotation=20, ha="right", fontsize=8)
        panel.set_title(workload, loc="left")
        panel.set_ylabel("points lost to float")
    panels[0, 0].legend(fontsize=8, ncols=2)
    figure.tight_layout()
    write_png(figure, path)
