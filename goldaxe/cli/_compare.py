"""`goldaxe compare`: retraining methods on multipliers, workloads and seeds, in one resumable run."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ._console import Json, output, print_json, progress_bar, table


def compare(
    folder: Annotated[Path, typer.Argument(help="Folder of results; what is there already is not run again.")],
    workload: Annotated[str, typer.Option("--workload", "-w", help="Workloads, joined by commas.")] = "mnist-dscnn",
    multiplier: Annotated[str, typer.Option("--multiplier", "-m", help="Multipliers' labels, joined by commas.")] = "",
    method: Annotated[str, typer.Option(help="Methods, joined by commas; parts of one by +.")] = "straight-through",
    seeds: Annotated[int, typer.Option(help="Seeds 0 to this less 1.")] = 3,
    epochs: Annotated[int, typer.Option(help="Passes over the training digits.")] = 10,
    batch: Annotated[int, typer.Option(help="Digits of a step.")] = 64,
    learning_rate: Annotated[float, typer.Option(help="Largest learning rate of AdamW.")] = 1e-3,
    images: Annotated[int | None, typer.Option(help="Training digits to use; all if not given.")] = None,
    png: Annotated[Path | None, typer.Option(help="Draw what is lost to this PNG file.")] = None,
    json: Json = False,
) -> None:
    """Compare retraining methods: mean and spread over seeds of what is still lost to float.

    Writes `comparison.csv` in the folder.
    """
    from pysim.train import Budget  # here, so that the other commands need not wait for torch

    from .._compare import as_csv
    from .._compare import compare as compare_methods
    from .._compare_plot import draw
    from .._pareto_plots import check_names, write_text

    check_names(None, png, None)
    budget = Budget(epochs, batch, learning_rate)
    with progress_bar() as progress:
        task = progress.add_task("comparing", total=None)

        def told(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total)

        results = compare_methods(
            *(_names(workload), _names(multiplier), _names(method), folder),
            seeds=seeds,
            budget=budget,
            images=images,
            told=told,
        )
    write_text(as_csv(results), folder / "comparison.csv")
    if png is not None:
        draw(results, png)
    if json:
        print_json([{**asdict(row), "after": row.after, "spread": row.spread, "lost": row.lost} for row in results])
        return
    for name in dict.fromkeys(row.workload for row in results):
        rows = [row for row in results if row.workload == name]
        title = f"{name}: float {100 * rows[0].float_accuracy:.2f}%"
        shown = table("multiplier", "method", ">before", ">after", ">spread", ">lost", ">a step", title=title)
        for row in rows:
            accuracies = (f"{100 * value:.2f}%" for value in (row.before, row.after))
            step = f"{row.step_milliseconds:.0f} ms" if row.step_milliseconds else ""
            shown.add_row(row.multiplier, row.method, *accuracies, f"{row.spread:.2f}", f"{row.lost:+.2f}", step)
        output.print(shown)
    output.print(f"after, spread and lost (in points): mean and standard deviation over {seeds} seeds", soft_wrap=True)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
