"""`goldaxe lower WORKLOAD --multiplier NAME...`: a network as a program of integers only, and the accuracy that it keeps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from ._console import Json, output, print_json, progress_bar, table

if TYPE_CHECKING:
    from .._integer_only import IntegerOnly


def lower(
    workload: Annotated[str, typer.Argument(help="mnist-dscnn, mnist-gru or mnist-lstm.")],
    more: Annotated[list[str] | None, typer.Argument(help="Further multipliers.", metavar="[NAME]...", hidden=True)] = None,
    multiplier: Annotated[
        list[str] | None, typer.Option("--multiplier", "-m", help="Multipliers' labels; several may follow.", metavar="NAME...")
    ] = None,
    images: Annotated[int | None, typer.Option(help="Test images to use; all if not given.")] = None,
    activation_bits: Annotated[int, typer.Option(help="Bits of activation codes, 2 to 16.")] = 8,
    weight_bits: Annotated[int, typer.Option(help="Bits of weight codes, 2 to 16.")] = 8,
    activation: Annotated[str | None, typer.Option(help="affine or symmetric; affine if operand a is unsigned.")] = None,
    listing: Annotated[bool, typer.Option("--print", help="Print each program, an operation a line.")] = False,
    file: Annotated[Path | None, typer.Option("--output", "-o", help="File for the program, of one multiplier.")] = None,
    json: Json = False,
) -> None:
    """Lower a network to integers only, run its test images, and compare with the simulation that keeps float scales."""
    from accelerator import ProgramError, save  # here, so that the other commands need not wait for torch
    from pysim import Quantization

    from .._integer_only import integer_only

    names = [*(multiplier or []), *(more or [])]
    if not names:
        raise ProgramError("no multiplier was named; give --multiplier NAME, as in --multiplier drum8_k4")
    if file is not None and len(names) > 1:
        raise ProgramError(f"--output takes the program of one multiplier, not of {len(names)}")
    if file is not None and not file.absolute().parent.is_dir():
        raise ProgramError(f"cannot write {file}: its folder does not exist")
    with progress_bar() as progress:
        task = progress.add_task(workload, total=None)

        def tell(what: str, done: int, total: int) -> None:
            progress.update(task, description=f"{workload} on {what}", completed=done, total=total)

        quantization = Quantization(activation_bits, weight_bits, cast(Any, activation))
        results = integer_only(workload, names, quantization=quantization, images=images, progress=tell)
    if file is not None:
        save(results[0].program, file)
    if json:
        print_json([_plain(result) for result in results])
        return
    if listing:
        for result in results:
            output.print(str(result.program), soft_wrap=True, markup=False)
    _print(results)


def _plain(result: IntegerOnly) -> dict[str, Any]:
    return {
        "workload": result.workload,
        "multiplier": result.program.arithmetic.label,
        "images": result.images,
        "simulated_correct": result.simulated_correct,
        "integer_correct": result.integer_correct,
        "agreeing": result.agreeing,
        "loss": result.loss,
        "program_hash": result.program.hash,
        "seconds": result.seconds,
    }


def _print(results: list[IntegerOnly]) -> None:
    first = results[0]
    title = f"{first.workload}: {first.images:,} test images"
    shown = table("multiplier", ">simulated", ">integers", ">lost", ">same", ">time", title=title)
    for result in results:
        simulated, integer, same = (
            f"{100 * count / result.images:.2f}%"
            for count in (result.simulated_correct, result.integer_correct, result.agreeing)
        )
        lost = f"{100 * result.loss:+.2f} points"
        shown.add_row(result.program.arithmetic.label, simulated, integer, lost, same, f"{result.seconds:.1f} s")
    output.print(shown)
    output.print("simulated: float scales around integer sums; same: images with the same answer in both", soft_wrap=True)
