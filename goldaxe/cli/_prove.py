"""`goldaxe prove NAME...`: Verilog proved equal to a reference, at widths that no simulation exhausts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from ..formal import Proof
from ..formal import prove as prove_one
from ._console import Json, output, print_json, progress_bar, table
from ._named import Reading, given, single, takes_files

_STYLES = {"proved": "green", "refuted": "red", "not proved": "yellow"}


@takes_files
def prove(
    names: Annotated[
        list[str], typer.Argument(help="Multipliers' labels, as truncated_columns16_v8, or their files.", metavar="NAME...")
    ],
    against: Annotated[str | None, typer.Option(help="A multiplier to whose reference all are to be equal.")] = None,
    seconds: Annotated[float, typer.Option(help="Time limit for each multiplier.")] = 60,
    json: Json = False,
    *,
    reading: Reading,
) -> None:
    """Prove multipliers' Verilog equal, for all operands, to references that are built on a product.

    Exit status 1 unless all are proved.
    """
    chosen = given(names, reading=reading)
    target = None if against is None else single(against, reading=reading).multiplier
    with progress_bar() as progress:
        results = [
            prove_one(found.multiplier, against=target, seconds=seconds)
            for found in progress.track(chosen, description="proving")
        ]
    if json:
        both = zip(results, chosen, strict=True)
        print_json([{**asdict(result), "method": result.method, **found.about} for result, found in both])
    else:
        _print(results, seconds)
    if not all(result.proved for result in results):
        raise typer.Exit(1)


def _print(results: list[Proof], seconds: float) -> None:
    shown = table("multiplier", "verdict", "how", ">equations", ">time")
    for result in results:
        verdict = result.verdict if result.method else f"{result.verdict} within {seconds:g} s"
        checks = str(sum(attempt.checks for attempt in result.attempts)) if result.proved else ""
        shown.add_row(result.label, Text(verdict, _STYLES[result.verdict]), result.method, checks, f"{result.seconds:.1f} s")
    output.print(shown)
    for result in results:
        found = result.counterexample
        if found is not None:
            values = f"the Verilog gives {found.rtl}, the model {found.model}"
            output.print(f"{result.label}: for a = {found.a}, b = {found.b} {values} (by {found.found_by})", soft_wrap=True)
    proved = sum(result.proved for result in results)
    output.print(f"{proved} of {len(results)} proved for all operands")
