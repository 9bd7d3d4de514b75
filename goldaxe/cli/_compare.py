"""`goldaxe compare`: retraining methods on multipliers, workloads and seeds, in one resumable run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ._console import Json, errors, headed, output, print_json, progress_bar, quick_results, table
from ._named import Given, Reading, given, takes_files

if TYPE_CHECKING:
    from .._compare import Compared


@takes_files
def compare(
    folder: Annotated[Path, typer.Argument(help="Folder of results; what is there already is not run again.")],
    workload: Annotated[str, typer.Option("--workload", "-w", help="Workloads, joined by commas.")] = "mnist-dscnn",
    multiplier: Annotated[str, typer.Option("--multiplier", "-m", help="Multipliers' labels or files, joined by commas.")] = "",
    method: Annotated[str, typer.Option(help="Methods, joined by commas; parts of one by +.")] = "straight-through",
    seeds: Annotated[int, typer.Option(help="Seeds 0 to this less 1.")] = 3,
    epochs: Annotated[int, typer.Option(help="Passes over the training digits.")] = 10,
    batch: Annotated[int, typer.Option(help="Digits of a step.")] = 64,
    learning_rate: Annotated[float, typer.Option(help="Largest learning rate of AdamW.")] = 1e-3,
    images: Annotated[int | None, typer.Option(help="Training digits to use; all if not given.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", help="Runs at a time, each in a process of one thread.")] = 1,
    png: Annotated[Path | None, typer.Option(help="Draw what is lost to this PNG file.")] = None,
    json: Json = False,
    *,
    reading: Reading,
) -> None:
    """Compare retraining methods: mean and spread over seeds of what is still lost to float.

    Writes `comparison.csv` in the folder. What a step costs is measured once for each line, beside a float32 step. A run that
    fails leaves the others be; the exit status is 1 then.
    """
    from pysim.train import Budget  # here, so that the other commands need not wait for torch

    from .._compare import as_csv
    from .._compare import compare as compare_methods
    from .._compare_plot import draw
    from .._pareto_plots import check_names, write_text

    check_names(None, png, None)
    quick_results(png)
    chosen = given(_names(multiplier), reading=reading) if _names(multiplier) else []
    budget = Budget(epochs, batch, learning_rate)
    with progress_bar() as progress:
        task = progress.add_task("comparing", total=None)

        def told(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total)

        failures: list[str] = []

        def failed(why: str) -> None:
            failures.append(why)
            errors.print(headed("failed:", f" {why}", "bold red"), soft_wrap=True)

        results = compare_methods(
            *(_names(workload), [one.multiplier.label for one in chosen], _names(method), folder),
            seeds=seeds,
            budget=budget,
            images=images,
            jobs=jobs,
            told=told,
            failed=failed,
        )
    write_text(as_csv(results), folder / "comparison.csv")
    if png is not None:
        draw(results, png)
    if json:
        print_json([{**_row(row), **_about(row.multiplier, chosen)} for row in results])
    else:
        _print(results, seeds)
    if failures:
        raise typer.Exit(1)


def _row(row: Compared) -> dict[str, Any]:
    ratios = None if row.step is None else {"time_ratio": row.step.time_ratio, "memory_ratio": row.step.memory_ratio}
    step = None if ratios is None or row.step is None else {**asdict(row.step), **ratios}
    return {**asdict(row), "troubled": row.troubled, "after": row.after, "spread": row.spread, "lost": row.lost, "step": step}


def _about(label: str, chosen: Sequence[Given]) -> dict[str, Any]:
    """What is to be said of the file of the multiplier that ran, which has the signs that the codes need."""
    from pysim import Quantization, operands

    fitted = {operands(one.multiplier, Quantization()).multiplier.label: one for one in chosen}
    return fitted[label].about if label in fitted else {}


def _print(results: Sequence[Compared], seeds: int) -> None:
    for name in dict.fromkeys(row.workload for row in results):
        rows = [row for row in results if row.workload == name]
        title = f"{name}: float {100 * rows[0].float_accuracy:.2f}%"
        shown = table("multiplier", "method", ">before", ">after", ">spread", ">lost", ">step", ">memory", title=title)
        for row in rows:
            accuracies = (f"{100 * value:.2f}%" for value in (row.before, row.after))
            costs = ("", "") if row.step is None else (f"{row.step.time_ratio:.1f}", f"{row.step.memory_ratio:.1f}")
            missing = f" ({len(row.runs)} of {seeds})" if len(row.runs) < seeds else ""
            bad = f" ({row.troubled} in trouble)" if row.troubled else ""
            shown.add_row(
                row.multiplier, row.method + missing + bad, *accuracies, f"{row.spread:.2f}", f"{row.lost:+.2f}", *costs
            )
        output.print(shown)
    if results:
        over = "1 seed" if seeds == 1 else f"{seeds} seeds"
        output.print(f"after, spread and lost (in points): mean and standard deviation over {over}", soft_wrap=True)
    for one in (run for row in results for run in row.runs if run.trouble):
        text = f"{one.workload} {one.multiplier} {one.method} seed {one.seed}: {one.trouble}"
        output.print(headed("in trouble:", f" {text}", "yellow"), soft_wrap=True)
    step = next((row.step for row in results if row.step is not None), None)
    if step is not None:
        threads = "1 thread" if step.threads == 1 else f"{step.threads} threads"
        output.print(f"step and memory: ratios to a float32 training step of {step.batch} digits, {threads}", soft_wrap=True)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
