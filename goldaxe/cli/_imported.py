"""`goldaxe list --imported` and `goldaxe remove NAME...`: what was imported, and how to be rid of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ._console import Json, output, print_json, table

if TYPE_CHECKING:
    from importer import Content, Entry


def list_imported(json: bool) -> None:
    """One row for each name, names of the same ports and products together; and what is reached by its hash alone."""
    from importer import by_hash_only, library

    entries, others = library(), by_hash_only()
    if json:
        print_json({"imported": list(map(_plain, entries)), "by_hash_only": list(map(asdict, others))})
        return
    if entries:
        shown = table("name", "aliases", "operands", "hash", "imported (UTC)", "source", "changed since", title="Imported")
        for entry in entries:
            for content in entry.names:
                also = ", ".join(entry.aliases) if content is entry.names[0] else f"= {entry.name}"
                shown.add_row(content.label, also, _operands(entry), *_row(content))
        output.print(shown)
    else:
        output.print("nothing is imported: goldaxe import FILE.v")
    if others:
        labels = ", ".join(content.label for content in others)
        text = f"Reached by hash alone, since they were replaced or given to a command as files: {labels}"
        output.print(text, markup=False, soft_wrap=True)


def remove(
    names: Annotated[list[str], typer.Argument(help="Imported multipliers; or single contents, NAME@HASH.", metavar="NAME...")],
    json: Json = False,
) -> None:
    """Remove imported multipliers, with all that their names ever stood for; files that they came from stay.

    All of them or, if one is unknown, none.
    """
    from importer import remove as remove_all

    gone = remove_all(names)
    if json:
        print_json(list(map(asdict, gone)))
        return
    for content in gone:
        of = f" of {content.file}" if content.file else ""
        at = "" if "@" in content.label else f"@{content.hash[:8]}"
        output.print(f"removed {content.label}{at}{of}, imported {content.date} UTC", markup=False, soft_wrap=True)


def _plain(entry: Entry) -> dict[str, Any]:
    ports = None if entry.ports is None else dict(zip("abp", map(asdict, entry.ports), strict=True))
    about = {"digest": entry.digest, "ports": ports, "verilog": entry.verilog}
    first, *others = ({"name": content.label, **asdict(content)} for content in entry.names)
    return {**first, **about, "aliases": others}


def _operands(entry: Entry) -> str:
    if entry.ports is None:
        return ""
    a, b = (f"{'s' if port.signed else 'u'}{port.width}" for port in entry.ports[:2])
    return f"{a} x {b}{'' if entry.verilog else ', table'}"


def _row(content: Content) -> tuple[str, str, str, str]:
    changed = {True: "CHANGED", False: "no", None: ""}[content.changed]
    return content.hash[:8], content.date, content.file or "", "DAMAGED" if content.damaged else changed
