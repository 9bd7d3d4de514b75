"""`goldaxe properties [MODULE...]`: what the array's and the vector unit's control never does, proved."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from ..formal import CHECKS, HOLDS, FormalError, Verdict, check_properties
from ._console import Json, output, print_json, progress_bar, table


def properties(
    modules: Annotated[
        list[str] | None,
        typer.Argument(help="Modules, as matrix_unit; all that have properties by default.", metavar="[MODULE]..."),
    ] = None,
    json: Json = False,
) -> None:
    """Prove control properties of clocked modules for all inputs in all cycles, by k-induction with z3.

    Exit status 1 if one fails or is not proved.
    """
    known = sorted({check.module for check in CHECKS})
    for module in modules or ():
        if module not in known:
            raise FormalError(f"{module!r} has no properties; these have: {', '.join(known)}")
    verdicts: list[Verdict] = []
    chosen = [check for check in CHECKS if not modules or check.module in modules]
    with progress_bar() as progress:
        task = progress.add_task("properties", total=len(chosen))
        for check in chosen:
            verdicts.append(check_properties(check))
            progress.advance(task)
    if json:
        print_json([{**asdict(verdict), "check": str(verdict.check)} for verdict in verdicts])
    else:
        shown = table("module", "verdict", ">seconds", title="Control properties, for all inputs in all cycles")
        for verdict in verdicts:
            said = verdict.verdict + (f" at {verdict.assertion}" if verdict.assertion else "")
            shown.add_row(str(verdict.check), said, f"{verdict.seconds:.1f}")
        output.print(shown)
    if not all(verdict.verdict == HOLDS for verdict in verdicts):
        raise typer.Exit(1)
