"""What a command may write over: what is made in seconds, and it says so; never, unasked, what took minutes."""

import json
import sys
from pathlib import Path

import pytest
from test_command_line import run

import benchmarks.gpu.__main__
import benchmarks.layers
import benchmarks.scaling
from benchmarks.results import keep, refuse_unless_new

PLOTS = [
    ("show", "exact2", "--plot"),
    ("show", "exact2", "--histogram"),
    ("show", "exact2", "--magnitude"),
]
BENCHMARKS = [benchmarks.layers, benchmarks.scaling, benchmarks.gpu.__main__]


@pytest.mark.parametrize("command", PLOTS, ids=" ".join)
def test_a_picture_replaces_one_and_says_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, command: tuple[str, ...]
) -> None:
    path = tmp_path / "picture.png"
    status, _, err = run(capsys, *command, path)
    assert (status, err) == (0, "")
    path.write_bytes(b"old")
    status, out, err = run(capsys, *command, path, "--json")
    assert (status, err) == (0, f"{path} is there already and will be replaced\n")
    assert json.loads(out)
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "command",
    [
        ("lower", "nonesuch", "-m", "exact8us", "--output"),
        ("cosim", "nonesuch", "-m", "exact8us", "--json"),
        ("pareto", "nonesuch", "--csv"),
        ("pareto", "nonesuch", "--png"),
        ("pareto", "nonesuch", "--html"),
        ("compare", "runs", "-m", "nonesuch", "--png"),
    ],
    ids=" ".join,
)
def test_each_command_says_what_it_would_replace(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """Before any work: here a mistake ends it, and the file stays."""
    monkeypatch.chdir(tmp_path)
    path = Path(f"result.{command[-1].strip('-')}")
    path.write_bytes(b"kept")
    status, out, err = run(capsys, *command, path)
    first, *rest = err.splitlines()
    assert (status, out, first) == (2, "", f"{path} is there already and will be replaced")
    assert "nonesuch" in "".join(rest)
    assert path.read_bytes() == b"kept"


def test_what_is_in_the_way_of_a_quick_result(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    status, _, err = run(capsys, "show", "exact2", "--plot", tmp_path / "folder.png")
    assert (status, err) == (2, f"error: cannot write {tmp_path / 'folder.png'}: it is there and is no file\n")
    status, _, err = run(capsys, "show", "exact2", "--plot", tmp_path / "missing" / "a.png")
    assert (status, err) == (2, f"error: cannot write {tmp_path / 'missing' / 'a.png'}: its folder does not exist\n")


@pytest.mark.parametrize("benchmark", BENCHMARKS, ids=lambda one: one.__name__)
def test_measured_times_are_not_replaced_unasked(benchmark, capsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is measured."""
    path = tmp_path / "times.json"
    path.write_text("kept")
    monkeypatch.setattr(sys, "argv", ["benchmark", "--json", str(path)])
    with pytest.raises(SystemExit) as ended:
        benchmark.main()
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert (
        said.err == f"error: {path} is there already, and took long to make: --overwrite replaces it, or name another place\n"
    )
    assert path.read_text() == "kept"


def test_measured_times_are_replaced_when_asked(capsys, tmp_path: Path) -> None:
    path = tmp_path / "times.json"
    path.write_text("old")
    refuse_unless_new(path, overwrite=True)
    keep(path, [1])
    assert json.loads(path.read_text()) == [1]
    with pytest.raises(SystemExit) as ended:
        refuse_unless_new(tmp_path / "missing" / "times.json", overwrite=True)
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"error: cannot write {tmp_path / 'missing' / 'times.json'}: its folder does not exist\n"
