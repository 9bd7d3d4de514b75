"""`goldaxe import FILE`: a user's circuit or table becomes a multiplier that every other command knows."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multipliers import Metrics, Multiplier, MultiplierError, Operand, measure

from ._console import Json, output, print_json

if TYPE_CHECKING:
    from importer import Imported


def import_(
    file: Annotated[Path, typer.Argument(help="Verilog, FILE.v; or a table, .npy, .csv, .h or .bin.")],
    top: Annotated[str | None, typer.Option(help="The module; by default that which no other instantiates.")] = None,
    a: Annotated[str | None, typer.Option("--a", help="Port of the activation; A by default.")] = None,
    b: Annotated[str | None, typer.Option("--b", help="Port of the weight; B by default.")] = None,
    p: Annotated[str | None, typer.Option("--p", help="Port of the product; the output by default.")] = None,
    signed: Annotated[
        bool | None, typer.Option("--signed/--unsigned", help="Of the operands; by default as the ports are declared.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What to call it; by default the module's name.")] = None,
    published: Annotated[
        list[str] | None, typer.Option(help="A figure to check, as MAE%=0.0019; several may be given.", metavar="METRIC=VALUE")
    ] = None,
    order: Annotated[
        str | None, typer.Option(help="Of a table: ab if its first index is the activation, ba if it is the weight.")
    ] = None,
    by_value: Annotated[
        bool, typer.Option("--by-value", help="Of a table: in the order of signed values, not of bits.")
    ] = False,
    dtype: Annotated[str | None, typer.Option(help="What a .bin file holds, as int32.")] = None,
    json: Json = False,
) -> None:
    """Import a combinational multiplier from Verilog, and prove its evaluation equal to its simulation; or a table.

    Anything that is more than combinational logic is refused, by line, before a simulator or compiler sees it.
    """
    from importer import TableError, import_table, import_verilog

    if file.suffix not in (".v", ".sv"):
        if order is None or signed is None:
            raise TableError(f"{file.name}: say --order ab or ba (what its first index is), and --signed or --unsigned")
        _tell_table(import_table(file, order=order, signed=signed, name=name, by_value=by_value, dtype=dtype), json)
        return
    figures = dict(_pair(figure) for figure in published or [])
    done = import_verilog(file, top=top, a=a, b=b, p=p, signed=signed, name=name, published=figures)
    metrics = measure(done.multiplier)
    if json:
        ports = {key: asdict(getattr(done.multiplier, key)) for key in "abp"}
        about: dict[str, Any] = {
            "label": done.multiplier.label,
            "digest": done.digest,
            "top": done.top,
            "modules": done.modules,
        }
        about |= {"verilog_ports": dict(zip("abp", done.ports, strict=True)), "ports": ports, "gates": done.gates}
        about |= {"metrics": asdict(metrics), "published": [asdict(figure) for figure in done.figures]}
        print_json(about | {"verified": done.verification is not None})
        _exit(done)
        return
    output.print(f"[bold]{done.multiplier.label}[/]@{done.digest[:8]}: module {done.top}, {done.gates:,} gates")
    output.print(", ".join(_port(done.multiplier, key, port) for key, port in zip("abp", done.ports, strict=True)))
    output.print(str(done.verification), markup=False, soft_wrap=True)
    output.print(_errors(metrics))
    for figure in done.figures:
        verdict = "reproduced" if figure.reproduced else f"NOT reproduced, measured {figure.measured:.6g}"
        output.print(f"published {figure.metric} = {figure.stated}: {verdict}")
    _exit(done)


def _exit(done: Imported) -> None:
    """Exit status 1 if a figure was not reproduced."""
    if not all(figure.reproduced for figure in done.figures):
        raise typer.Exit(1)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise MultiplierError(f"published figure {text!r} is not of the form METRIC=VALUE, as MAE%=0.0019")
    return name.strip(), value.strip()


def _tell_table(multiplier: Multiplier, json: bool) -> None:
    metrics = measure(multiplier)
    if json:
        ports = {key: asdict(getattr(multiplier, key)) for key in "abp"}
        print_json({"label": multiplier.label, "digest": multiplier.source_hash, "ports": ports, "metrics": asdict(metrics)})
        return
    output.print(f"[bold]{multiplier.label}[/]@{multiplier.source_hash[:8]}: a table, without Verilog")
    output.print(_errors(metrics))


def _errors(metrics: Metrics) -> str:
    return f"MAE {metrics.mae:.6g}, worst error {metrics.wce:,}, share of errors {100 * metrics.ep:.4g}%"


def _port(multiplier: Multiplier, key: str, name: str) -> str:
    port: Operand = getattr(multiplier, key)
    role = {"a": "activation a", "b": "weight b", "p": "product p"}[key]
    return f"{role}: {name}, {port.width} bits {'signed' if port.signed else 'unsigned'}"
