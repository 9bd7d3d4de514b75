"""`goldaxe cosim WORKLOAD --multiplier NAME`: a whole network on the Verilog array, every integer and cycle compared."""

from __future__ import annotations

import json as json_text
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from multipliers import cache_folder
from multipliers._cache import write_atomically

from ._console import errors, output, progress_bar, quick_results, table
from ._named import Reading, single, takes_files

if TYPE_CHECKING:
    from ..cosim import Cosimulation, Layer


@takes_files
def cosim(
    workload: Annotated[str, typer.Argument(help="mnist-dscnn, mnist-dscnn-small, mnist-gru or mnist-lstm.")],
    multiplier: Annotated[str, typer.Option("--multiplier", "-m", help="The multiplier's label or file.")],
    images: Annotated[int, typer.Option(help="Test images to run.")] = 10,
    rows: Annotated[int, typer.Option(help="Rows of processing elements, 1 to 256.")] = 16,
    cols: Annotated[int, typer.Option(help="Columns of processing elements, 1 to 256.")] = 16,
    clock: Annotated[float, typer.Option(help="Clock in MHz, for times.")] = 500.0,
    json: Annotated[Path | None, typer.Option("--json", help="File for the result as JSON.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for finished layers and what is found; in the cache if not given.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where the last run of the same was stopped.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Remove another run's layers from the folder of --out.")
    ] = False,
    *,
    reading: Reading,
) -> None:
    """Run a whole network on the array's compiled Verilog: integers against two judges, cycles against the model, energy."""
    from accelerator.schedule import ArraySize

    from ..cosim import cosimulate, explain, lowered, plain

    size = ArraySize(rows, cols)
    quick_results(json)
    chosen = single(multiplier, reading=reading)
    model, program, inputs = lowered(workload, chosen.multiplier, images)
    name = re.sub(r"\W", "_", f"{program.name}-{program.arithmetic.label}-{rows}x{cols}-{images}")
    folder = out or cache_folder("cosim", name)
    with progress_bar() as progress:
        task = progress.add_task(workload, total=None)

        def tell(what: str, done: int, total: int) -> None:
            progress.update(task, description=f"{workload}, {what}", completed=done, total=total)

        result = cosimulate(
            *(program, inputs),
            model=model,
            size=size,
            clock_mhz=clock,
            folder=folder,
            resume=resume,
            overwrite=overwrite or out is None,  # what the cache holds of earlier Verilog is of no use
            progress=tell,
        )
    if result.changed:
        errors.print(f"an earlier run's layers were removed: {result.changed} differ", soft_wrap=True)
    if json is not None:
        write_atomically(json.absolute(), json_text.dumps({**plain(result), **chosen.about}, indent=2).encode())
    _print(result)
    if not result.equal:
        output.print(f"\n{explain(result, folder)}", soft_wrap=True)
        raise typer.Exit(1)


def _print(result: Cosimulation) -> None:
    size = result.size
    label = result.program.arithmetic.label
    title = f"{result.program.name}, {label}, {result.inputs} inputs on {size.rows}x{size.cols} elements in Verilog"
    columns = (
        ">integers",
        "golden",
        "pysim",
        ">RTL cycles",
        ">model",
        ">used",
        f">at {result.clock_mhz:g} MHz",
        ">energy",
        ">to exact",
    )
    shown = table("layer", *columns, title=title)
    for layer in result.layers:
        shown.add_row(*_row(layer, result.clock_mhz))
    output.print(shown)
    energies = [layer.energy for layer in result.layers if layer.energy]
    energy = f", {sum(e.total for e in energies):,.0f} {energies[0].unit} in multipliers" if energies else ""
    moved, spent = sum(layer.dram for layer in result.layers), sum(layer.memory_pj for layer in result.layers)
    chip = sum(layer.sram for layer in result.layers)
    said = "equal" if result.equal else "DIFFERENT"
    output.print(
        f"{said}: {sum(layer.integers for layer in result.layers):,} integers; one input: {result.cycles:,} cycles, "
        f"{result.microseconds:,.1f} us{energy}; {chip:,} B on chip and {moved:,} B DRAM, {spent / 1000:,.1f} nJ at 45 nm",
        soft_wrap=True,
    )
    if result.cycles_per_second:
        output.print(f"simulated at {result.cycles_per_second / 1000:,.0f} thousand cycles a second", soft_wrap=True)


def _row(layer: Layer, clock: float) -> tuple[str, ...]:
    judged = {True: "equal", False: "DIFFERENT", None: ""}
    cycles = ", ".join(f"{count:,}" for count in sorted(set(layer.measured)))
    used = f"{100 * layer.utilization:.0f}%" if layer.products else ""
    energy = ("", "") if layer.energy is None else (f"{layer.energy.total:,.0f}", f"{layer.energy.ratio:.2f}")
    microseconds = f"{layer.cycles / clock:,.1f} us" if layer.cycles else ""
    counted = (cycles, f"{layer.cycles:,}") if layer.cycles else ("", "")
    return (layer.name, f"{layer.integers:,}", judged[layer.golden], judged[layer.pysim], *counted, used, microseconds, *energy)
