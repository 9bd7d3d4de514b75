"""`goldaxe show NAME`: one multiplier's ports, Verilog, metrics, published figures and, as a picture, its error."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from cocotb_tests import stamp_of
from multipliers import Metrics, Multiplier, MultiplierError, Operand, floats, judged, measure, rtl

from ._console import Json, headed, output, print_json, quick_results, table
from ._floats import show_float
from ._named import Given, Reading, is_file, single, takes_files

_MEANING = {
    "mae": "mean absolute error (MAE, MED)",
    "mae_percent": "MAE / 2^(wa+wb), %",
    "nmed": "MAE / largest exact product (NMED)",
    "wce": "worst absolute error (WCE)",
    "wce_percent": "WCE / 2^(wa+wb), %",
    "mse": "mean squared error (MSE)",
    "bias": "mean error (bias)",
    "ep": "share of wrong products (EP)",
    "mre": "mean relative error over non-zero products (MRE)",
    "mre_all": "mean relative error over all pairs, zero products as 0 (MRED)",
    "wcre": "worst relative error (WCRE)",
}


@takes_files
def show(
    name: Annotated[str, typer.Argument(help="A multiplier's label, as drum8_k4, or its file.")],
    plot: Annotated[Path | None, typer.Option(help="Write a heat map of the error to this PNG file.")] = None,
    histogram: Annotated[Path | None, typer.Option(help="Write a histogram of the error to this PNG file.")] = None,
    magnitude: Annotated[Path | None, typer.Option(help="Write the error against the product's size to this PNG file.")] = None,
    json: Json = False,
    *,
    reading: Reading,
) -> None:
    """Show one multiplier: ports, metrics against published figures, and whether its RTL is verified."""
    found = None if is_file(name) else floats.find(name)
    if found is not None:
        if plot or histogram or magnitude:
            raise MultiplierError(f"{name}: pictures are of integer multipliers, such as {found.core.label}")
        show_float(found, json)
        return
    given = single(name, reading=reading)
    multiplier = given.multiplier
    quick_results(plot, histogram, magnitude)
    metrics, published, stamp = measure(multiplier), _published(multiplier), stamp_of(multiplier)
    pictures = {"error heat map": plot, "error histogram": histogram, "error against the product's size": magnitude}
    if any(pictures.values()):
        from .._plots import error_by_magnitude, error_heat_map, error_histogram

        for path, draw in zip(pictures.values(), (error_heat_map, error_histogram, error_by_magnitude), strict=True):
            if path is not None:
                draw(multiplier, path)
    verified = None if stamp is None else "exhaustive" if stamp.exhaustive else "sampled"
    if json:
        about = {"label": multiplier.label, "digest": multiplier.digest, "verified": verified}
        ports = {key: asdict(getattr(multiplier, key)) for key in "abp"}
        print_json(
            {
                **about,
                **given.about,
                "ports": ports,
                "rtl": _files(multiplier),
                "metrics": asdict(metrics),
                "published": published,
                "plot": plot,
            }
        )
        return
    _print(given, metrics, published)
    status = (
        f"verified ({verified})"
        if verified
        else "none"
        if not _files(multiplier)
        else f"not verified: run goldaxe verify {multiplier.label}"
    )
    output.print(f"RTL {status}", soft_wrap=True)
    for what, path in pictures.items():
        if path is not None:
            output.print(f"{what}: {path}", soft_wrap=True)


def _print(given: Given, metrics: Metrics, published: list[dict[str, Any]]) -> None:
    multiplier, family = given.multiplier, given.multiplier.family
    output.print(headed(multiplier.label, f": {family.summary if family else 'imported'}"))
    for imported in given.about.values():
        output.print(f"content {imported['hash']}", soft_wrap=True)
        output.print(f"read from {imported['file'] or 'no file'}", soft_wrap=True)
    if family is not None:
        output.print(f"source: {family.source}")
    ports = (("activation a", multiplier.a), ("weight b", multiplier.b), ("product p", multiplier.p))
    output.print("ports: " + ", ".join(f"{name} {_port(port)}" for name, port in ports))
    output.print(f"Verilog: {', '.join(_files(multiplier)) or 'none'}\n")
    extent = "all pairs" if metrics.exhaustive else "sampled"
    shown = table("metric", ">value", title=f"Error over {metrics.vectors:,} operand pairs ({extent})")
    for key, meaning in _MEANING.items():
        shown.add_row(meaning, f"{getattr(metrics, key):,.6g}")
    output.print(shown)
    output.print()
    if published:
        figures = table("metric", "of", ">published", ">measured", "equal", "source", title="Published figures")
        for row in published:
            note = f"{row['source']}; {row['note']}" if row["note"] else row["source"]
            values = f"{row['published']:g}", f"{row['measured']:.6g}"
            figures.add_row(row["metric"], row["of"], *values, "yes" if row["reproduced"] else "NO", note)
        output.print(figures)
        output.print()


def _port(port: Operand) -> str:
    return f"{port.width} bits {'signed' if port.signed else 'unsigned'}"


def _files(multiplier: Multiplier) -> list[str]:
    """Names of the Verilog files; an imported circuit is called as its module, and a table has none."""
    if multiplier.family is None:
        return [] if multiplier.verilog is None else [multiplier.verilog.top, *(path.name for path in multiplier.verilog.files)]
    return [path.name for path in rtl(multiplier).files]


def _published(multiplier: Multiplier) -> list[dict[str, Any]]:
    """The family's published figures for these parameters, at whatever width they were published, measured again."""
    family = multiplier.family
    if family is None:
        return []
    rows, measured = [], {}
    for figure in family.published:
        if any(multiplier.parameters.get(name) != value for name, value in figure.parameters.items()):
            continue
        variant = judged(family, figure)
        if variant.label not in measured:
            measured[variant.label] = asdict(measure(variant))
        value = measured[variant.label][figure.metric]
        rows.append(
            {
                "metric": figure.metric,
                "of": variant.label,
                "published": figure.value,
                "measured": value,
                "reproduced": abs(value - figure.value) <= figure.tolerance,
                "source": figure.source,
                "note": figure.note,
            }
        )
    return rows
