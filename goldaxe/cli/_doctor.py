"""`goldaxe doctor`: cache, tools, kernels and leftovers of this machine, and what to do about what is wrong."""

from __future__ import annotations

from dataclasses import asdict

import typer

from .._doctor import examine
from ._console import Json, output, print_json


def doctor(json: Json = False) -> None:
    """Show the cache folder, tools and their versions, the CPU kernels' instruction set, locks and leftovers.

    Each finding says what to do. Exit status 1 if there is one.
    """
    facts, found = examine()
    if json:
        print_json({**facts, "findings": [asdict(finding) for finding in found]})
    else:
        for part, values in facts.items():
            output.print(f"{part}:", markup=False)
            for name, value in values.items():
                output.print(f"  {name}: {_said(value)}", markup=False, soft_wrap=True)
        for finding in found:
            output.print(f"wrong: {finding.what}; {finding.todo}", style="red", markup=False, soft_wrap=True)
        output.print(f"{len(found)} findings" if found else "nothing is wrong")
    if found:
        raise typer.Exit(1)


def _said(value: object) -> str:
    if value is None or value == [] or value == {}:
        return "none"
    if isinstance(value, dict):
        return ", ".join(f"{one:,} {name}" if isinstance(one, int) else f"{name} by {one}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:,}" if type(value) is int else str(value)
