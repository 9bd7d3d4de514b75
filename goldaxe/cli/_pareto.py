"""`goldaxe pareto`: cost against error over the default variants."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ._console import Json, output, print_json, progress_bar, table
from ._cost import Liberty, StreamOption, with_stream


def pareto(
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
) -> None:
    """Find the 8-bit default variants for which no other is as good in both cost and error and better in one.

    Costs are those of `goldaxe cost`; errors are over all operand pairs, whatever the stream.
    """
    from .._pareto import as_csv, variants
    from .._pareto import pareto as pareto_of
    from .._pareto_plots import check_names, draw_html, draw_png, write_text, x_title

    check_names(csv, png, html)
    chosen = dict(with_stream(multiplier, stream, vectors, seed) for multiplier in variants(signed))
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
    for path, write in (
        (csv, lambda path: write_text(as_csv(points), path)),
        (png, lambda path: draw_png(points, x, y, path)),
        (html, lambda path: draw_html(points, x, y, path)),
    ):
        if path is not None:
            write(path)
    if json:
        print_json([asdict(point) for point in points])
        return
    shown = table("multiplier", f">{x}", f">{y}", "front", title=f"{x_title(points, x)}, against {y}")
    for point in points:
        shown.add_row(point.cost.label, f"{point.x:,.5g}", f"{point.y:,.5g}", "*" if point.on_front else "")
    output.print(shown)
    front = sum(point.on_front for point in points)
    output.print(f"{front} of {len(points)} are on the Pareto front (*). Operands: {points[0].cost.stream}.", soft_wrap=True)
