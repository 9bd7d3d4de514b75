"""Every command takes a file where it takes a multiplier's name, by one resolver; and `list --imported`, `remove`, `import`."""

import json
import sys
import warnings

import numpy as np
import pytest
from verilog_samples import one

from goldaxe.cli import _named, app, main
from multipliers import MultiplierError, get

FILE = "mine.v"
COMMANDS = {
    "show": [FILE],
    "plan": [FILE],
    "cost": [FILE],
    "pareto": [FILE, "--only"],
    "verify": [FILE],
    "prove": [FILE],
    "mutate": [FILE],
    "conform": ["lut.npy", "--against", FILE],
    "evaluate": ["mnist-gru", "-m", FILE],
    "lower": ["mnist-gru", "-m", FILE],
    "cosim": ["mnist-gru", "-m", FILE],
    "export": ["mnist-gru", "-m", FILE, "--out", "replay"],
    "retrain": ["mnist-gru", "-m", FILE],
    "compare": ["runs", "-w", "mnist-gru", "-m", f"{FILE},exact8"],
}
OTHERS = {"list", "import", "remove", "properties", "doctor"}
"""Commands that take no multiplier's name, or names of imported ones alone."""


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["goldaxe", *map(str, arguments)])
    with warnings.catch_warnings():  # `main` shows warnings its own way
        warnings.simplefilter("always")
        with pytest.raises(SystemExit) as ended:
            main()
    captured = capsys.readouterr()
    return ended.value.code or 0, captured.out, captured.err


@pytest.mark.parametrize("command", [command.name for command in app.registered_commands])
def test_every_command_asks_the_one_resolver(command, monkeypatch, capsys, tmp_path):
    if command in OTHERS:
        return
    seen = []

    def resolver(path, reading):
        seen.append((str(path), reading.a, reading.top))
        raise MultiplierError("asked")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(_named, "_verilog", resolver)
    status, _, told = run(monkeypatch, capsys, command, *COMMANDS[command], "--a", "X", "--top", "t")
    assert (status, told, seen) == (2, "error: asked\n", [(FILE, "X", "t")])


@pytest.fixture
def mine(tmp_path, monkeypatch):
    path = tmp_path / FILE
    path.write_text(one("A * B + 1"))
    monkeypatch.chdir(tmp_path)
    return path


def test_a_table_runs_a_network_and_json_names_file_and_hash(tmp_path, monkeypatch, capsys):
    path = tmp_path / "lut.npy"
    np.save(path, np.multiply.outer(range(256), range(256)))
    command = ("evaluate", "mnist-gru", "--images", 20, "-m", path, "exact8", "--json")
    status, _, told = run(monkeypatch, capsys, *command)
    assert (status, told) == (2, "error: lut.npy: say --order ab or ba (what its first index is), and --signed or --unsigned\n")
    status, out, _ = run(monkeypatch, capsys, *command, "--order", "ab", "--unsigned")
    own, exact = json.loads(out)
    assert status == 0
    assert own["imported"]["file"] == str(path)
    assert own["multiplier"] == f"lut@{own['imported']['hash'][:8]}"
    assert own["correct"] == exact["correct"] == own["exact_correct"]
    assert "imported" not in exact
    assert get(own["multiplier"]).digest == get("exact8").digest


def test_import_list_and_remove(mine, monkeypatch, capsys):
    assert run(monkeypatch, capsys, "import", mine)[0] == 0
    first = get("m").source_hash
    mine.write_text(one("A * B + 2"))
    status, _, told = run(monkeypatch, capsys, "show", "m")
    assert (status, told.count("warning: m: ")) == (0, 1)
    assert f"to use the file as it is now: goldaxe import {mine}" in told
    (row,) = json.loads(run(monkeypatch, capsys, "list", "--imported", "--json")[1])["imported"]
    assert (row["name"], row["hash"], row["file"], row["changed"], row["aliases"]) == ("m", first, str(mine), True, [])
    assert "CHANGED" in run(monkeypatch, capsys, "list", "--imported")[1]
    sentence = f"m stood for another content before, with other products, which is m@{first[:8]} from now on"
    assert sentence in run(monkeypatch, capsys, "import", mine)[1]
    status, _, told = run(monkeypatch, capsys, "remove", "m", "n")
    assert (status, told) == (2, "error: no imported multiplier is called 'n'; goldaxe list --imported shows what there is\n")
    status, out, _ = run(monkeypatch, capsys, "remove", "m")
    assert status == 0
    assert f"removed m@{first[:8]} of {mine}" in out
    assert run(monkeypatch, capsys, "list", "--imported")[1] == "nothing is imported: goldaxe import FILE.v\n"


def test_files_that_are_not_there_and_folders(tmp_path, monkeypatch, capsys):
    assert run(monkeypatch, capsys, "show", "none.v")[2] == "error: cannot read 'none.v': no such file\n"
    status, _, told = run(monkeypatch, capsys, "conform", "t.npy", "--against", "other.npy")
    assert (status, told[:36]) == (2, "error: --against other.npy is a tabl")
