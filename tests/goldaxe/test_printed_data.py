"""What is printed is data: brackets and colons stay what they are, in tables, messages, warnings, errors and progress bars."""

import re
from io import StringIO
from pathlib import Path

import pytest
from test_command_line import run

from goldaxe.cli import _console

ODD = "[b, a] [red] [/] [/red] :warning: [link=x]y"


def test_tables_messages_and_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    for console in (_console.output, _console.errors):
        text = StringIO()
        monkeypatch.setattr(console, "_file", text)
        monkeypatch.setattr(console, "_width", 160)
        shown = _console.table(ODD, title=ODD)
        shown.add_row(ODD)
        console.print(ODD, soft_wrap=True)
        console.print(_console.headed(ODD, f": {ODD}"), soft_wrap=True)
        console.print(shown)
        assert text.getvalue().count(ODD) == 6
    with _console.progress_bar() as progress:
        progress.add_task(ODD)
        assert str(progress.columns[0].render(progress.tasks[0])) == ODD  # type: ignore[union-attr]


@pytest.mark.parametrize("odd", ["[b,a]", "[red]", "[/]", "[/red]", ":warning:"])
def test_names_in_errors_and_usage(capsys: pytest.CaptureFixture[str], odd: str, tmp_path: Path) -> None:
    commands: list[tuple[object, ...]] = [("show", odd), ("show", "exact8", odd), (odd,), ("cost", f"{odd}.v"), ("plan", odd)]
    commands += [("evaluate", odd, "-m", "exact8"), ("import", tmp_path / f"{odd}.v"), ("verify", odd), ("prove", odd)]
    for command in commands:
        status, out, err = run(capsys, *command)
        assert (status, out) == (2, "")
        assert odd.rpartition("/")[2] in err, (command, err)


def test_no_command_uses_markup_or_a_console_of_its_own() -> None:
    for path in Path(_console.__file__).parent.glob("*.py"):
        text = path.read_text()
        assert not re.search(r"\[/\]|\[(?:bold|red|green|yellow|dim)\b|from_markup|markup=True", text), path
        assert path.name == "_console.py" or not re.search(r"\bConsole\(|\bTable\(", text), path
