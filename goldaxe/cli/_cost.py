"""`goldaxe cost NAME...`: area, critical path and energy of multipliers, from synthesis of their Verilog."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from multipliers import Multiplier

from ..cost import Cost, CostError, Stream, read_stream, uniform
from ..cost import cost as cost_of
from ._console import Json, output, print_json, progress_bar, table
from ._floats import circuit, exact_of
from ._named import Reading, given, takes_files

FILES = (".npz", ".npy")
"""Suffixes of recorded streams."""

Names = Annotated[
    list[str], typer.Argument(help="Multipliers' labels, as drum8_k4; Verilog files, or folders of them.", metavar="NAME...")
]
Liberty = Annotated[Path | None, typer.Option(help="Liberty file of the cells; goldaxe's unit-gate library if not given.")]
StreamOption = Annotated[
    str | None,
    typer.Option(
        help="Operands: a file of a and b (.npz, .npy), or a workload, as mnist-dscnn or mnist-dscnn:stem; else uniform."
    ),
]


@takes_files
def cost(
    names: Names,
    liberty: Liberty = None,
    stream: StreamOption = None,
    vectors: Annotated[int, typer.Option(help="Operations of the uniform stream.")] = 4096,
    seed: Annotated[int, typer.Option(help="Seed of the uniform stream, or of a layer's weights.")] = 0,
    timeout: Annotated[float, typer.Option(help="Seconds that one synthesis may take.")] = 120,
    json: Json = False,
    *,
    reading: Reading,
) -> None:
    """Synthesize multipliers to a library of cells: area, critical path, and energy per operation from their toggles.

    Ratios are to the exact multiplier of the same width and signs, or of the same float format and rounding. Glitches, wires
    and leakage are not counted.
    """
    results, chosen = [], given(names, circuit, reading)
    with progress_bar() as progress:
        for found in progress.track([one.multiplier for one in chosen], description="synthesizing"):
            exact = exact_of(found)
            if exact is not None and stream is not None and Path(stream).suffix not in FILES:
                raise CostError(f"{found.label}: a workload's operands are integers; give a file of bit patterns as its stream")
            multiplier, operands = with_stream(found, stream, vectors, seed)
            results.append(cost_of(multiplier, liberty=liberty, stream=operands, seconds=timeout, exact=exact))
    if json:
        print_json([{**asdict(result), **one.about} for result, one in zip(results, chosen, strict=True)])
    else:
        print_costs(results)


def with_stream(multiplier: Multiplier, stream: str | None, vectors: int, seed: int) -> tuple[Multiplier, Stream]:
    """A multiplier, with a network's signs if the stream is a workload's, and the operands that it is to see."""
    if stream is None:
        return multiplier, uniform(multiplier, vectors, seed)
    if Path(stream).suffix in FILES:
        return multiplier, read_stream(Path(stream))
    from workloads import load, names  # here, so that other streams need not wait for torch

    from ..cost._layer_stream import layer_stream, suited

    workload, _, layer = stream.partition(":")
    if workload not in names() and Path(stream).exists():
        raise CostError(f"stream {stream!r} is not understood; give a file that ends in .npz or .npy, or a workload's name")
    load(workload)
    fitted = suited(multiplier)
    return fitted, layer_stream(workload, layer, fitted.a.signed, seed)


def print_costs(results: list[Cost]) -> None:
    """One row for each multiplier, absolute values and ratios."""
    first = results[0]
    area, delay, energy = first.units
    title = f"Cost in cells of {first.library}: area in {area}, delay in {delay}, energy per operation in {energy}"
    shown = table("multiplier", ">cells", ">area", ">ratio", ">delay", ">ratio", ">energy", ">ratio", title=title)
    for result in results:
        values = [
            text
            for value, ratio in (
                (result.area, result.area_ratio),
                (result.delay, result.delay_ratio),
                (result.energy, result.energy_ratio),
            )
            for text in (f"{value:,.4g}" if value < 1000 else f"{value:,.0f}", f"{ratio:.2f}")
        ]
        shown.add_row(result.label, str(result.cells), *values)
    output.print(shown)
    for name, vectors in dict.fromkeys((result.stream, result.vectors) for result in results):
        output.print(f"Operands: {name}, {vectors:,} operations, at each of which netlist and model agree.", soft_wrap=True)
    exacts = ", ".join(dict.fromkeys(result.exact for result in results))
    output.print(f"Ratios are to {exacts}. Glitches, wires and leakage are not counted.", soft_wrap=True)
