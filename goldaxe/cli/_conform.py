"""`goldaxe conform TABLE --against FILE.v`: whether a table is a circuit, and if not, what happened to it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from multipliers import MultiplierError

from ._console import Json, headed, output, print_json, table
from ._named import TABLES, Reading, single, takes_files


@takes_files
def conform(
    file: Annotated[Path, typer.Argument(metavar="TABLE", help="The table: .npy, .csv, .h or .bin.")],
    against: Annotated[str, typer.Option(help="The circuit: FILE.v, or a multiplier's label.")],
    order: Annotated[str, typer.Option(help="ab if the table's first index is the activation, ba if it is the weight.")] = "ab",
    by_value: Annotated[bool, typer.Option("--by-value", help="Rows are in the order of signed values, not of bits.")] = False,
    dtype: Annotated[str | None, typer.Option(help="What a .bin file holds, as int32.")] = None,
    json: Json = False,
    *,
    reading: Reading,
) -> None:
    """Tell whether a table is a circuit, transposed, sign-folded, zero-point-shifted, or wrong.

    Exit status 1 unless they are equal.
    """
    from importer import conform as compare
    from importer import read_table

    if Path(against).suffix in TABLES:
        raise MultiplierError(f"--against {against} is a table; give FILE.v or a label, which goldaxe import makes of a table")
    chosen = single(against, reading=reading)
    circuit = chosen.multiplier
    values = read_table(file, order=order, signed=circuit.a.signed, by_value=by_value, dtype=dtype)
    found = compare(values, circuit)
    if json:
        print_json({"table": file, "circuit": circuit.label, **chosen.about, **asdict(found)})
    else:
        output.print(headed(found.verdict, f": {found.detail}"), soft_wrap=True)
        output.print(f"{found.differing:,} of {found.entries:,} entries differ from {circuit.label}")
        for where, count in found.by_sign.items():
            output.print(f"  {where}: {count:,}")
        if found.first:
            shown = table(">a", ">b", ">table", ">circuit", title="First differences")
            for one in found.first:
                shown.add_row(*map(str, (one.a, one.b, one.table, one.circuit)))
            output.print(shown)
            output.print(f"mean absolute error: {found.table_mae:.6g}, the circuit's {found.circuit_mae:.6g}")
            output.print(f"worst error: {found.table_wce:,}, the circuit's {found.circuit_wce:,}")
    if not found.conforms:
        raise typer.Exit(1)
