"""Floating-point multipliers on the command line."""

import json
import sys

import numpy as np
import pytest

from goldaxe.cli import main
from multipliers import floats


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: object) -> tuple[object, str, str]:
    """Exit status, standard output and standard error of one command."""
    monkeypatch.setattr(sys, "argv", ["goldaxe", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    captured = capsys.readouterr()
    return ended.value.code or 0, captured.out, captured.err


def test_show_verify_show(capsys, monkeypatch, tmp_path) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("GOLDAXE_CACHE", str(tmp_path))
        status, out, _ = run(capsys, monkeypatch, "show", "e4m3fn_mitchell4")
    assert status == 0
    assert "e4m3fn product, significands multiplied by mitchell4" in out
    assert "RTL not verified: run goldaxe verify e4m3fn_mitchell4" in out
    status, out, _ = run(capsys, monkeypatch, "verify", "e4m3fn_mitchell4")
    assert (status, "RTL equals model on 65,536 pairs (exhaustive" in out) == (0, True)
    shown = json.loads(run(capsys, monkeypatch, "show", "e4m3fn_mitchell4", "--json")[1])
    assert (shown["verified"], shown["format"], shown["significands"]) == ("exhaustive", "e4m3fn", "mitchell4")
    assert shown["metrics"]["mre"] == floats.measure(floats.get("e4m3fn_mitchell4")).mre
    assert "float_multiplier.v" in shown["rtl"]


def test_list_has_the_default_variants(capsys, monkeypatch) -> None:
    monkeypatch.setattr("goldaxe.cli._list.defaults", lambda: [])  # the integer multipliers, which take seconds
    listed = json.loads(run(capsys, monkeypatch, "list", "--json")[1])["floats"]
    assert list(listed) == [multiplier.label for multiplier in floats.defaults()]
    row = next(line for line in run(capsys, monkeypatch, "list")[1].splitlines() if line.startswith("bf16_mitchell8"))
    assert row.split()[1:] == ["3.849", "-3.849", "11.111", "92.822"]


def test_all_means_floats_too(capsys, monkeypatch) -> None:
    asked = []
    monkeypatch.setattr("cocotb_tests.verify_many", lambda chosen, **_: asked.extend(chosen) or [])
    assert run(capsys, monkeypatch, "verify", "--all")[0] == 0
    assert {multiplier.label for multiplier in floats.defaults()} < {multiplier.label for multiplier in asked}


def test_costs_are_those_of_the_format(yosys: None, capsys, monkeypatch, tmp_path) -> None:
    np.savez(tmp_path / "s.npz", a=np.arange(256), b=np.arange(256)[::-1])
    command = ("cost", "e4m3fn_exact4", "e4m3fn_rz_ftz_exact4", "--stream", tmp_path / "s.npz", "--json")
    kept, flushed = json.loads(run(capsys, monkeypatch, *command)[1])
    assert (kept["exact"], kept["area_ratio"]) == ("e4m3fn_exact4", 1)
    assert (flushed["exact"], flushed["energy_ratio"]) == ("e4m3fn_rz_ftz_exact4", 1)
    assert flushed["area"] < kept["area"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["show", "bf16_drum7_k4"], "drum7_k4 cannot multiply the significands of bf16, which are unsigned and have 8 bits"),
        (["show", "bf16_drum8_k4", "--plot", "x.png"], "bf16_drum8_k4: pictures are of integer multipliers, such as drum8_k4"),
        (["verify", "e9m3_exact4"], "a float format's exponent has 2 to 8 bits, not 9"),
        (["cost", "bf16_exact8", "--stream", "mnist-dscnn"], "bf16_exact8: a workload's operands are integers; give a file"),
        (["evaluate", "mnist-gru", "-m", "bf16_drum8_k4"], "unknown multiplier 'bf16_drum8_k4'; did you mean drum8_k4"),
    ],
)
def test_bad_input_is_one_sentence(arguments: list[str], sentence: str, capsys, monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = run(capsys, monkeypatch, *arguments)
    assert (status, out) == (2, "")
    assert err.startswith(f"error: {sentence}")
    assert len(err.splitlines()) == 1
    assert not list(tmp_path.iterdir())
