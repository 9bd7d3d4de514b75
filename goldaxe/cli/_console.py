"""Where the command line writes: results to standard output, all else to standard error; and the `--json` form of results."""

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

output = Console(highlight=False)
errors = Console(stderr=True, highlight=False)
if not output.is_terminal and "COLUMNS" not in os.environ:
    output.width = 160  # of a file or pipe, where labels would be folded to 80 columns

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def print_json(value: Any) -> None:
    """One JSON document on standard output; paths become strings."""
    print(json.dumps(value, indent=2, default=lambda other: str(other) if isinstance(other, Path) else repr(other)))


@contextmanager
def progress_bar(shown: bool = True) -> Iterator[Progress]:
    """A progress bar on standard error, shown on terminals only and gone when done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True, disable=not (shown and errors.is_terminal)) as progress:
        yield progress


def table(*columns: str, title: str | None = None) -> Table:
    """A table whose columns are right-aligned where their name starts with '>'."""
    made = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column.lstrip(">"), justify="right" if column.startswith(">") else "left", overflow="fold")
    return made
