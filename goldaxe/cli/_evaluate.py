"""`goldaxe evaluate WORKLOAD --multiplier NAME...`: what accuracy a network keeps on approximate multipliers."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from ._console import Json, output, print_json, progress_bar, table
from ._named import Reading, given, takes_files

if TYPE_CHECKING:
    from .._evaluate import Evaluation


@takes_files
def evaluate(
    workload: Annotated[str, typer.Argument(help="mnist-dscnn, mnist-dscnn-small, mnist-gru or mnist-lstm.")],
    more: Annotated[list[str] | None, typer.Argument(help="Further multipliers.", metavar="[NAME]...", hidden=True)] = None,
    multiplier: Annotated[
        list[str] | None,
        typer.Option("--multiplier", "-m", help="Multipliers' labels or files; several may follow.", metavar="NAME..."),
    ] = None,
    images: Annotated[int | None, typer.Option(help="Test images to use; all if not given.")] = None,
    activation_bits: Annotated[int, typer.Option(help="Bits of activation codes, 2 to 16.")] = 8,
    weight_bits: Annotated[int, typer.Option(help="Bits of weight codes, 2 to 16.")] = 8,
    activation: Annotated[str | None, typer.Option(help="affine or symmetric; affine if operand a is unsigned.")] = None,
    calibration: Annotated[str, typer.Option(help="minmax or percentile.")] = "minmax",
    percentile: Annotated[float, typer.Option(help="Share of magnitudes that percentile calibration keeps.")] = 99.9,
    accumulator_bits: Annotated[int, typer.Option(help="Bits that products are summed in, 8 to 32.")] = 32,
    overflow: Annotated[str, typer.Option(help="wrap or saturate: what a sum does that does not fit.")] = "wrap",
    require_verified: Annotated[bool, typer.Option(help="Exit with status 1 if an RTL is not verified.")] = False,
    json: Json = False,
    *,
    reading: Reading,
) -> None:
    """Evaluate a network on real test data: in float, on exact integers, and on each approximate multiplier."""
    from pysim import Accumulator, PysimError, Quantization  # here, so that the other commands need not wait for torch

    from .._evaluate import evaluate as evaluate_workload

    names = [*(multiplier or []), *(more or [])]
    if not names:
        raise PysimError("no multiplier was named; give --multiplier NAME, as in --multiplier drum8_k4")
    chosen = given(names, reading=reading)
    wanted = [one.multiplier for one in chosen]
    accumulator = Accumulator(accumulator_bits, cast(Any, overflow))
    said = None if accumulator == Accumulator() else accumulator
    scheme, range_ = cast(Any, activation), cast(Any, calibration)
    quantization = Quantization(activation_bits, weight_bits, scheme, range_, percentile, said)
    with progress_bar() as progress:
        task = progress.add_task(workload, total=None)

        def tell(what: str, done: int, total: int) -> None:
            progress.update(task, description=f"{workload} on {what}", completed=done, total=total)

        results = evaluate_workload(workload, wanted, quantization=quantization, images=images, progress=tell)
    if json:
        rows = [{**asdict(result), "accuracy": result.accuracy, "loss": result.loss} for result in results]
        print_json([{**row, **one.about} for row, one in zip(rows, chosen, strict=True)])
    else:
        _print(results)
    if require_verified and not all(result.verified for result in results):
        raise typer.Exit(1)


def _print(results: list[Evaluation]) -> None:
    first = results[0]
    bits = f"{first.activation_bits}-bit activations, {first.weight_bits}-bit weights"
    title = f"{first.workload}: {first.images:,} test images, {bits}"
    shown = table("multiplier", ">accuracy", ">lost to float", "RTL", ">time", title=title)

    def row(name: str, correct: int, *rest: str) -> None:
        lost = 100 * (first.float_correct - correct) / first.images
        shown.add_row(name, f"{100 * correct / first.images:.2f}%", f"{lost:+.2f} points", *rest)

    row("none, float32", first.float_correct)
    for label, correct in dict.fromkeys((result.exact, result.exact_correct) for result in results):
        row(f"{label}, exact integers", correct)
    for result in results:
        verified = f"verified ({result.verified})" if result.verified else "not verified"
        row(result.used, result.correct, verified, f"{result.seconds:.1f} s")
    output.print(shown)
    unverified = dict.fromkeys(result.used for result in results if not result.verified)
    if unverified:
        output.print(f"To verify the RTL: goldaxe verify {' '.join(unverified)}", soft_wrap=True)
