"""`goldaxe import FILE...`: users' circuits and tables become multipliers that every other command knows."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from multipliers import MultiplierError
from multipliers._import_index import read

from ._console import Json, print_json, progress_bar
from ._import_report import circuit_json, many_json, tell_circuit, tell_many, tell_table

if TYPE_CHECKING:
    from importer import Imported


def import_(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Verilog, FILE.v, several or a folder of them; or a table, .npy, .csv, .h or .bin.", metavar="FILE..."
        ),
    ],
    top: Annotated[str | None, typer.Option(help="The module; by default that which no other instantiates.")] = None,
    a: Annotated[str | None, typer.Option("--a", help="Port of the activation; A by default.")] = None,
    b: Annotated[str | None, typer.Option("--b", help="Port of the weight; B by default.")] = None,
    p: Annotated[str | None, typer.Option("--p", help="Port of the product; the output by default.")] = None,
    signed: Annotated[
        bool | None,
        typer.Option("--signed/--unsigned", help="Of the operands; by default as the ports are declared, or as in mul8s_NAME."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="What to call it; by default the module's name.")] = None,
    published: Annotated[
        list[str] | None, typer.Option(help="A figure to check, as MAE%=0.0019; several may be given.", metavar="METRIC=VALUE")
    ] = None,
    exhaustive: Annotated[
        bool, typer.Option("--exhaustive", help="Measure published figures on all pairs of 13 to 16 bits too: minutes.")
    ] = False,
    order: Annotated[
        str | None, typer.Option(help="Of a table: ab if its first index is the activation, ba if it is the weight.")
    ] = None,
    by_value: Annotated[
        bool, typer.Option("--by-value", help="Of a table: in the order of signed values, not of bits.")
    ] = False,
    dtype: Annotated[str | None, typer.Option(help="What a .bin file holds, as int32.")] = None,
    json: Json = False,
) -> None:
    """Import combinational multipliers from Verilog, and prove their evaluation equal to their simulation; or a table.

    Anything that is more than combinational logic is refused, by line, before a simulator or compiler sees it. Of several
    files, those that are refused are named at the end, and the others imported.

    A name that is taken stands for the new content from then on; what it stood for before is reached as NAME@HASH.
    """
    from importer import ReadingWarning, TableError, import_many, import_table, import_verilog, verilog_files
    from importer._library import aliases, replaced

    warnings.simplefilter("ignore", ReadingWarning)  # they stand in the report
    if len(files) > 1 or files[0].is_dir():
        given = {"--top": top, "--a": a, "--b": b, "--p": p, "--name": name, "--published": published, "--order": order}
        for option, value in given.items():
            if value:
                raise MultiplierError(f"{option} is for one file, and {len(files)} or a folder are given")
        paths = verilog_files(files)
        with progress_bar() as progress:
            task = progress.add_task("importing", total=len(paths))
            attempts = import_many(paths, signed=signed, exhaustive=exhaustive, progress=lambda _: progress.advance(task))
        if json:
            print_json(many_json(attempts))
        else:
            tell_many(attempts)
        if any(attempt.imported is None for attempt in attempts):
            raise typer.Exit(2)
        _exit(attempt.imported for attempt in attempts if attempt.imported is not None)
        return
    file = files[0]
    if file.suffix not in (".v", ".sv"):
        if order is None or signed is None:
            raise TableError(f"{file.name}: say --order ab or ba (what its first index is), and --signed or --unsigned")
        before = read()
        multiplier = import_table(file, order=order, signed=signed, name=name, by_value=by_value, dtype=dtype)
        label, digest = multiplier.label, multiplier.digest
        earlier = [key for key in before.current(label) if key != multiplier.source_hash]
        tell_table(multiplier, by_value, replaced(label, earlier, digest), aliases(label, digest), json)
        return
    figures = dict(_pair(figure) for figure in published or [])
    done = import_verilog(file, top=top, a=a, b=b, p=p, signed=signed, name=name, published=figures, exhaustive=exhaustive)
    if json:
        print_json(circuit_json(done))
    else:
        tell_circuit(done)
    _exit([done])


def _exit(imported: Iterable[Imported]) -> None:
    """Exit status 1 if a figure is wrong; one that was cut, not rounded, is only told."""
    if any(figure.refuted for done in imported for figure in done.figures):
        raise typer.Exit(1)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise MultiplierError(f"published figure {text!r} is not of the form METRIC=VALUE, as MAE%=0.0019")
    return name.strip(), value.strip()
