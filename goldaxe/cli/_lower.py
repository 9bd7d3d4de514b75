"""`goldaxe lower WORKLOAD --multiplier NAME...`: a network as a program of integers only, and the accuracy that it keeps."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from ._console import Json, output, print_json, progress_bar, quick_results, table
from ._named import Reading, given, takes_files

if TYPE_CHECKING:
    from accelerator import Program
    from accelerator.schedule import Schedule

    from .._integer_only import IntegerOnly
    from ..cosim import LayerEnergy


@takes_files
def lower(
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
    listing: Annotated[bool, typer.Option("--print", help="Print each program, an operation a line.")] = False,
    array: Annotated[str | None, typer.Option(help="Cost on a systolic array of this size, as 16x16.")] = None,
    energy: Annotated[bool, typer.Option("--energy", help="With --array: energy of products, and of bytes.")] = False,
    file: Annotated[Path | None, typer.Option("--output", "-o", help="File for the program, of one multiplier.")] = None,
    json: Json = False,
    *,
    reading: Reading,
) -> None:
    """Lower a network to integers only, run its test images, and compare with the simulation that keeps float scales."""
    from accelerator import ProgramError, save  # here, so that the other commands need not wait for torch
    from accelerator.schedule import ArraySize, schedule
    from pysim import Quantization

    from .._integer_only import integer_only

    names = [*(multiplier or []), *(more or [])]
    if not names:
        raise ProgramError("no multiplier was named; give --multiplier NAME, as in --multiplier drum8_k4")
    size = None if array is None else ArraySize(*_sizes(array))
    if energy and size is None:
        raise ProgramError("--energy needs the size of an array; give --array, as in --array 16x16")
    chosen = given(names, reading=reading)
    wanted = [one.multiplier for one in chosen]
    if file is not None and len(wanted) > 1:
        raise ProgramError(f"--output takes the program of one multiplier, not of {len(wanted)}")
    quick_results(file)
    with progress_bar() as progress:
        task = progress.add_task(workload, total=None)

        def tell(what: str, done: int, total: int) -> None:
            progress.update(task, description=f"{workload} on {what}", completed=done, total=total)

        quantization = Quantization(activation_bits, weight_bits, cast(Any, activation))
        results = integer_only(workload, wanted, quantization=quantization, images=images, progress=tell)
    if file is not None:
        save(results[0].program, file)
    plan = None if size is None else schedule(results[0].program, size)
    energies = _energies(results[0].program, plan) if energy and plan is not None else {}
    if json:
        costs = None if plan is None else {"cycles": plan.cycles, **asdict(plan)}
        if costs is not None and energies:
            costs["energy"] = {name: {**asdict(each), "total": each.total} for name, each in energies.items()}
        both = zip(results, chosen, strict=True)
        print_json([{**_plain(result), **one.about, "schedule": costs} for result, one in both])
        return
    if listing:
        for result in results:
            output.print(str(result.program), soft_wrap=True)
    _print(results)
    if plan is not None:
        _print_schedule(plan, energies)


def _sizes(text: str) -> list[int]:
    from accelerator import ProgramError

    parts = text.lower().split("x")
    if len(parts) != 2 or not all(part.isdecimal() for part in parts):
        raise ProgramError(f"array = {text!r} is not allowed; give rows x columns, as 16x16")
    return [int(part) for part in parts]


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


def _energies(program: Program, plan: Schedule) -> dict[str, LayerEnergy]:
    """Energy of each operation with products, on the first test images; empty where Yosys is missing."""
    from accelerator import run
    from accelerator.program import Product, Recurrent
    from workloads import load

    from ..cosim import layer_energy

    values = run(program, load(program.name).test()[0][:8]).values
    found = {}
    for operation, cost in zip(program.operations, plan.costs, strict=True):
        if isinstance(operation, Product | Recurrent):
            energy = layer_energy(program, operation, values, cost.products)
            if energy is not None:
                found[operation.name] = energy
    return found


def _print_schedule(plan: Schedule, energies: dict[str, LayerEnergy]) -> None:
    size = plan.size
    title = f"\none input on {size.rows}x{size.cols} elements, weight stationary"
    more = (">energy", ">to exact") if energies else ()
    shown = table("operation", ">products", ">tiles", ">cycles", ">used", ">on chip", ">DRAM", *more, title=title)
    for cost in plan.costs:
        if cost.cycles or cost.traffic.dram:
            traffic, used = cost.traffic, f"{100 * cost.utilization:.0f}%" if cost.products else ""
            counts = f"{cost.products:,}", f"{cost.tiles:,}", f"{cost.cycles:,}"
            spent = energies.get(cost.name)
            said = (f"{spent.total:,.0f}", f"{spent.ratio:.2f}") if spent else ()
            shown.add_row(cost.name, *counts, used, f"{traffic.sram:,} B", f"{traffic.dram:,} B", *said)
    total, tiles = plan.traffic, sum(cost.tiles for cost in plan.costs)
    counts, used = (f"{plan.products:,}", f"{tiles:,}", f"{plan.cycles:,}"), f"{100 * plan.utilization:.0f}%"
    whole = (f"{sum(spent.total for spent in energies.values()):,.0f}",) if energies else ()
    shown.add_row("all", *counts, used, f"{total.sram:,} B", f"{total.dram:,} B", *whole)
    output.print(shown)
    if energies:
        from ..cosim import memory_energy

        unit = next(iter(energies.values())).unit
        memory = memory_energy(total) / 1000
        output.print(f"energy: {unit} in multipliers; bytes cost {memory:,.1f} nJ by figures for 45 nm", soft_wrap=True)
