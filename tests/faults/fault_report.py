"""Tables of what a campaign found."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from fault_files import Fault, FaultError

KILLED = ("killed", "timeout")
MARKS = ("<!-- faults: written by make faults -->", "<!-- end of faults -->")


def summary(results: Iterable[tuple[Fault, dict | None]]) -> list[tuple[str, int, int, int, int, int]]:
    """(file, faults, killed, survived, equivalent, not judged) of each file, by name."""
    rows: dict[str, list[int]] = {}
    for fault, result in results:
        row = rows.setdefault(fault.file, [0, 0, 0, 0, 0])
        outcome = result["outcome"] if result else "not run"
        if fault.equivalent:
            row[3] += 1
            continue
        row[0] += 1
        row[1 if outcome in KILLED else 2 if outcome == "survived" else 4] += 1
    return [(file, *row) for file, row in sorted(rows.items())]  # type: ignore[misc]


def markdown(results: list[tuple[Fault, dict | None]]) -> str:
    """The table of files, then survivors and equivalent faults with their reasons."""
    rows = summary(results)
    faults, killed, survived, equivalent, not_judged = (sum(row[column] for row in rows) for column in range(1, 6))
    hangs = sum(1 for _, result in results if result and result["outcome"] == "timeout")
    lines = [
        f"{faults} faults in {len(rows)} files: {killed} killed ({hangs} of them by the time limit), {survived} survived"
        + (f", {not_judged} not judged" if not_judged else "")
        + f". {equivalent} more are equivalent.",
        "",
        "| file | faults | killed | rate | equivalent |",
        "|---|---|---|---|---|",
    ]
    for file, count, dead, _, same, _ in rows:
        lines.append(f"| `{file}` | {count} | {dead} | {f'{100 * dead / count:.0f}%' if count else '-'} | {same or ''} |")
    alive = [fault for fault, result in results if result and result["outcome"] == "survived" and not fault.equivalent]
    if alive:
        lines += ["", "Survived:", "", *(f"- `{fault.file}`: {quoted(fault)}" for fault in alive)]
    same = [fault for fault, _ in results if fault.equivalent]
    if same:
        lines += ["", "Equivalent:", "", *(f"- `{fault.file}`, {quoted(fault)}: {fault.equivalent}" for fault in same)]
    return "\n".join(lines)


def quoted(fault: Fault) -> str:
    """A fault's title, as code where it is code."""
    return fault.name or f"`{fault.title}`"


def write(path: Path, text: str) -> None:
    """Put the report between the marks of a page; the rest of the page stays."""
    page = path.read_text()
    if any(page.count(mark) != 1 for mark in MARKS):
        raise FaultError(f"{path} has no lines {MARKS[0]} and {MARKS[1]} to write between")
    between = re.compile(re.escape(MARKS[0]) + ".*" + re.escape(MARKS[1]), re.DOTALL)
    path.write_text(between.sub(lambda _: f"{MARKS[0]}\n{text}\n{MARKS[1]}", page))
