"""`goldaxe pareto`: cost against error over the default variants, and a user's own multipliers among them."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from multipliers import Multiplier, Operand

from ..cost import CostError
from ._console import Json, output, print_json, progress_bar, quick_results, table
from ._cost import Liberty, StreamOption, with_stream
from ._named import Given, Reading, given, takes_files


@takes_files
def pareto(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Multipliers to compare with the default variants: labels, Verilog files, or folders of them."),
    ] = None,
    only: Annotated[bool, typer.Option("--only", help="Those named, without the default variants.")] = False,
    x: Annotated[str, typer.Option(help="Cost: area, cells, delay or energy.")] = "energy",
    y: Annotated[str, typer.Option(help="Error: mae, nmed, wce, mse, bias, ep, mre, mre_all or wcre.")] = "mae",
    signed: Annotated[bool, typer.Option(help="Variants of signed operands; else of unsigned ones.")] = False,
    liberty: Liberty = None,
    stream: StreamOption = None,
    vectors: Annotated[int, typer.Option(help="Operations of the uniform stream.")] = 4096,
    seed: Annotated[int, typer.Option(help="Seed of the uniform stream, or of a layer's weights.")] = 0,
    csv: Annotated[Path | None, typer.Option(help="Write all costs and errors to this CSV file.")] = None,
    png: Annotated[Path | None, typer.Option(help="Draw the plot to this PNG file.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the plot as a page to this HTML file; needs plotly.")] = None,
    json: Json = False,
    *,
    reading: Reading,
) -> None:
    """Find the multipliers for which no other is as good in both cost and error and better in one.

    They are the 8-bit default variants and those that are named.

    Costs are those of `goldaxe cost`; errors are over all operand pairs, whatever the stream.
    """
    from .._pareto import as_csv, variants
    from .._pareto import pareto as pareto_of
    from .._pareto_plots import check_names, draw_html, draw_png, write_text, x_title

    check_names(csv, png, html)
    quick_results(csv, png, html)
    named = given(names or [], reading=reading) if names or only else []
    own = [one.multiplier for one in named]
    others = [] if only else variants(signed)
    a, b = _ports(others or own, signed)
    unlike = [found for found in own if (found.a, found.b) != (a, b)]
    candidates = {found.label: found for found in [*others, *own] if found not in unlike}
    chosen = dict(with_stream(multiplier, stream, vectors, seed) for multiplier in candidates.values())
    abouts = {fitted.label: about for fitted, about in zip(chosen, _abouts(candidates, named), strict=True)}
    with progress_bar() as progress:
        task = progress.add_task("synthesizing", total=len(chosen))
        points = pareto_of(
            x,
            y,
            multipliers=list(chosen),
            liberty=liberty,
            stream=chosen.__getitem__,
            progress=lambda: progress.advance(task),
        )
    labels = {found.label for found in chosen if found.label in {one.label for one in own}} if not only else set()
    for path, write in (
        (csv, lambda path: write_text(as_csv(points), path)),
        (png, lambda path: draw_png(points, x, y, path, labels)),
        (html, lambda path: draw_html(points, x, y, path, labels)),
    ):
        if path is not None:
            write(path)
    if json:
        print_json([{**asdict(point), **abouts[point.cost.label]} for point in points])
        return
    shown = table("multiplier", f">{x}", f">{y}", "front", title=f"{x_title(points, x)}, against {y}")
    for point in points:
        shown.add_row(point.cost.label, f"{point.x:,.5g}", f"{point.y:,.5g}", "*" if point.on_front else "")
    output.print(shown)
    front = sum(point.on_front for point in points)
    if unlike:
        kind = f"{a.width} x {b.width} bits, {'signed' if signed else 'unsigned'}"
        output.print(f"Left out, not {kind}: {', '.join(found.label for found in unlike)}", soft_wrap=True)
    output.print(f"{front} of {len(points)} are on the Pareto front (*). Operands: {points[0].cost.stream}.", soft_wrap=True)


def _abouts(candidates: dict[str, Multiplier], named: list[Given]) -> list[dict[str, dict[str, str | None]]]:
    """What is to be said of each candidate's file, in order."""
    said = {one.multiplier.label: one.about for one in named}
    return [said.get(label, {}) for label in candidates]


def _ports(multipliers: list[Multiplier], signed: bool) -> tuple[Operand, Operand]:
    """The operand ports that most multipliers of those signs have; raises CostError if there are none."""
    ports = Counter((found.a, found.b) for found in multipliers if found.a.signed == found.b.signed == signed)
    if not ports:
        raise CostError(f"none of the multipliers is {'signed' if signed else 'unsigned: say --signed'}")
    return ports.most_common(1)[0][0]
