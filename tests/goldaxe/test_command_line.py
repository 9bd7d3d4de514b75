"""The command line as a user or a script meets it: output, JSON, exit status, and one sentence for bad input."""

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np
import pytest

from goldaxe.cli import main
from multipliers import families, get, measure


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of one command."""
    before, shown = sys.argv, warnings.showwarning
    sys.argv = ["goldaxe", *map(str, arguments)]
    try:
        main()
        status: Any = 0
    except SystemExit as stop:
        status = stop.code or 0
    finally:
        sys.argv, warnings.showwarning = before, shown
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_list_names_every_family_and_its_metrics(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "list")
    assert status == 0
    assert all(name in out for name in families())
    assert "4096" in next(line for line in out.splitlines() if line.startswith("mitchell8 "))
    data = json.loads(run(capsys, "list", "--json")[1])
    assert [family["name"] for family in data["families"]] == list(families())
    assert data["variants"]["drum8_k4"]["mae"] == measure(get("drum8_k4")).mae
    for name in families():
        assert any(label.startswith(f"{name}8") for label in data["variants"]), "also of families without unsigned defaults"


def test_show_puts_published_beside_measured(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "show", "udm8")
    assert status == 0
    row = next(line for line in out.splitlines() if line.startswith("ep ") and " udm8 " in line)
    assert "0.4673" in row
    assert " yes " in row
    data = json.loads(run(capsys, "show", "drum8us_k4", "--json")[1])
    assert data["ports"]["p"] == {"width": 17, "signed": True}
    assert data["metrics"]["vectors"] == 65536
    assert {row["of"] for row in data["published"]} == {"drum16_k4"}
    assert all(row["reproduced"] for row in data["published"])


def test_show_draws_the_error(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """White where there is no error, coloured where there is: the exact multiplier's map is blank, Mitchell's is not."""
    saturation = {}
    for name in ("exact8", "mitchell8", "drum12_k3"):
        path = tmp_path / f"{name}.png"
        assert run(capsys, "show", name, "--plot", path)[0] == 0
        inside = matplotlib.image.imread(path)[150:400, 150:400, :3]
        saturation[name] = float(np.ptp(inside, axis=-1).max())
    assert saturation["exact8"] < 0.05
    assert min(saturation["mitchell8"], saturation["drum12_k3"]) > 0.2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["drum12_k3.png", "exact8.png", "mitchell8.png"]


def test_evaluate_reports_float_exact_and_approximate(capsys: pytest.CaptureFixture[str]) -> None:
    command = ("evaluate", "mnist-gru", "--images", 100, "--multiplier", "exact8", "truncated_columns8_v7", "-m", "drum8s_k4")
    status, out, _ = run(capsys, *command)
    assert status == 0
    for label in ("none, float32", "exact8us, exact integers", "drum8s_k4", "truncated_columns8us_v7"):
        assert any(line.startswith(label) for line in out.splitlines()), label
    rows = json.loads(run(capsys, *command, "--json")[1])
    assert [row["used"] for row in rows] == ["exact8us", "drum8s_k4", "truncated_columns8us_v7"]
    assert [row["multiplier"] for row in rows] == ["exact8", "drum8s_k4", "truncated_columns8_v7"]
    for row in rows:
        assert row["images"] == 100
        assert row["accuracy"] == row["correct"] / 100 > 0.9
        assert row["loss"] == pytest.approx((row["float_correct"] - row["correct"]) / 100)
    exact = next(row for row in rows if row["multiplier"] == "exact8")
    assert exact["correct"] == exact["exact_correct"]


def test_require_verified(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path))
    command = ("evaluate", "mnist-gru", "--images", 10, "--multiplier", "drum4_k3", "--activation-bits", 4, "--weight-bits", 4)
    status, out, _ = run(capsys, *command, "--require-verified")
    assert status == 1
    assert "goldaxe verify drum4us_k3" in out
    assert run(capsys, "verify", "drum4us_k3")[0] == 0
    status, out, _ = run(capsys, *command, "--require-verified")
    assert status == 0
    assert "verified (exhaustive)" in out


def test_verify_prints_and_returns_what_it_found(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "verify", "exact4", "mitchell4s", "--jobs", 1)
    assert status == 0
    assert "exact4: RTL equals model on 256 pairs (exhaustive" in out
    assert "2 of 2 multipliers verified, 512 operand pairs" in out
    rows = json.loads(run(capsys, "verify", "exact4", "--json")[1])
    assert rows[0]["label"] == "exact4"
    assert rows[0]["passed"] is True
    assert rows[0]["failures"] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "drumm8_k4"], "unknown multiplier 'drumm8_k4'; did you mean drum8_k4"),
        (["show", "qqq"], "unknown multiplier 'qqq'; known families are abm, alm_soa"),
        (["show", "drum8_k9"], "drum: k = 9 is not allowed at width 8; use 3 to 8"),
        (["show", "exact99"], "exact: width 99 is not allowed; use one of 2 to 16"),
        (["show", "exact8", "--plot", "x.pdf"], "plot file 'x.pdf' is not allowed; give a name that ends in .png"),
        (["show", "exact8", "--plot", "/nowhere/x.png"], "cannot write /nowhere/x.png: its folder does not exist"),
        (["verify"], "name the multipliers to verify, or give --all"),
        (["verify", "exact8", "--all"], "name the multipliers to verify, or give --all"),
        (["evaluate", "mnist-gru"], "no multiplier was named; give --multiplier NAME"),
        (["evaluate", "mnist-grü", "-m", "exact8"], "unknown workload 'mnist-grü'; did you mean mnist-gru"),
        (["evaluate", "mnist-gru", "-m", "exact8", "--images", "0"], "images = 0 is not allowed"),
        (["evaluate", "mnist-gru", "-m", "exact8", "--images", "1001"], "images = 1001 is not allowed"),
        (
            ["evaluate", "mnist-gru", "-m", "exact8", "--weight-bits", "9"],
            "weight_bits = 9 does not fit the 8-bit operand",
        ),
        (["evaluate", "mnist-gru", "-m", "exact4"], "activation_bits = 8 does not fit the 4-bit operand of exact4"),
        (["evaluate", "mnist-gru", "-m", "exact8", "--accumulator-bits", "4"], "accumulator bits = 4 is not allowed"),
        (["evaluate", "mnist-gru", "-m", "exact8", "--activation", "odd"], "activation = 'odd' is not allowed"),
    ],
)
def test_bad_input_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = run(capsys, *arguments)
    assert status == 2
    assert out == ""
    assert message in err.replace("\n", "")
    assert "Traceback" not in err
    assert not list(tmp_path.iterdir())


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::UserWarning")
def test_unusable_cache_is_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path / "file" / "cache"))
    status, _, err = run(capsys, "verify", "exact4")
    assert status == 2
    assert "cannot use the cache folder" in err
    assert "Traceback" not in err
    assert run(capsys, "evaluate", "mnist-gru", "-m", "exact8", "--images", "5")[0] == 0


def test_missing_compiler_is_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    status, _, err = run(capsys, "verify", "exact4")
    assert status == 2
    assert "install g++" in err
    assert "Traceback" not in err


def test_installed_command_and_closed_pipe() -> None:
    """The console script runs, and `goldaxe list | head -1` ends quietly."""
    program = Path(sys.executable).with_name("goldaxe")
    assert subprocess.run([program, "--help"], capture_output=True, check=True).stdout
    shell = subprocess.run(
        f"{program} list --json | head -c 10; echo ${{PIPESTATUS[0]}}",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        env={**os.environ},
    )
    assert "Traceback" not in shell.stderr


def test_plan_tells_planes_ranks_and_kernels(capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(run(capsys, "plan", "exact8", "udm8", "mitchell8", "--json")[1])
    assert [(row["kind"], row["planes"]) for row in rows] == [("exact", 1), ("low rank", 2), ("table", 0)]
    assert [row["rank_error"] for row in rows][:2] == [0, 1]
    assert rows[2]["dense_kernel"] == "table"
    assert all(row["dense_cost"] >= 1 or row["planes"] == 1 for row in rows)
    status, out, _ = run(capsys, "plan", "udm8")
    assert status == 0
    assert any(line.split()[:3] == ["udm8us", "low", "rank"] for line in out.splitlines())
    assert run(capsys, "plan", "udm9")[0] == 2
