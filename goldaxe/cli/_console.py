"""Where the command line writes: results to standard output, all else to standard error; and the `--json` form of results.

What is printed is data: brackets and colons in names, paths and messages stay what they are, in tables and progress bars as
well. Rich's markup is off everywhere; what is to have a style is a `Text`, as `headed` makes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from multipliers._results import replaceable

output = Console(highlight=False, markup=False, emoji=False)
errors = Console(stderr=True, highlight=False, markup=False, emoji=False)
if not output.is_terminal and "COLUMNS" not in os.environ:
    output.width = 160  # of a file or pipe, where labels would be folded to 80 columns

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def print_json(value: Any) -> None:
    """One JSON document on standard output; paths become strings."""
    print(json.dumps(value, indent=2, default=lambda other: str(other) if isinstance(other, Path) else repr(other)))


def headed(head: str, rest: str, style: str = "bold") -> Text:
    """One text whose beginning has a style."""
    return Text.assemble((head, style), rest)


def quick_results(*files: Path | None) -> None:
    """Say of files that the user named and this command makes in seconds, before any work, which of them it will replace.

    Raises ValueError for what cannot be written; what took minutes is refused elsewhere (`multipliers/_results.py`).
    """
    for path in files:
        if path is not None and replaceable(path):
            errors.print(f"{path} is there already and will be replaced", soft_wrap=True)


@contextmanager
def progress_bar(shown: bool = True) -> Iterator[Progress]:
    """A progress bar on standard error, shown on terminals only and gone when done."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=errors, transient=True, disable=not (shown and errors.is_terminal)) as progress:
        yield progress


def table(*columns: str, title: str | None = None) -> Table:
    """A table whose columns are right-aligned where their name starts with '>'."""
    made = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column.lstrip(">"), justify="right" if column.startswith(">") else "left", overflow="fold")
    return made
