"""`goldaxe lower`: accuracy in integers only beside float scales, the program's file and listing, and bad input."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from test_command_line import run

import workloads
from accelerator import Program, load
from goldaxe import _integer_only

DOCUMENT = Path(__file__).parents[2] / "docs" / "integer-only.md"


@pytest.mark.parametrize("multiplier", ["exact8", "drum8_k4"])
@pytest.mark.parametrize("name", workloads.names())
def test_accuracy_stays_within_half_a_point(name: str, multiplier: str) -> None:
    (result,) = _integer_only.integer_only(name, [multiplier])
    assert abs(result.loss) <= 0.005
    assert result.agreeing >= 0.98 * result.images
    if multiplier == "exact8":  # an approximate one may lose anything, in both
        assert result.integer_correct >= (workloads.load(name).record().accuracy - 0.03) * result.images


def test_counts_are_those_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a program whose answer is always 3, as many are right as there are threes."""

    def threes(program: Program, inputs: torch.Tensor, keep: bool) -> Any:
        return SimpleNamespace(output=torch.eye(10)[[3] * len(inputs)])

    monkeypatch.setattr(_integer_only, "run", threes)
    (result,) = _integer_only.integer_only("mnist-gru", ["exact8"], images=50)
    labels = workloads.load("mnist-gru").test()[1][:50]
    assert result.integer_correct == int((labels == 3).sum())
    assert result.simulated_correct > 40
    assert result.agreeing < 20


def test_the_command_prints_saves_and_lists(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    command = ("lower", "mnist-gru", "--images", 20, "-m", "drum8_k4")
    status, out, _ = run(capsys, *command, "--print", "--output", tmp_path / "program")
    assert status == 0
    program = load(tmp_path / "program")
    assert out.startswith(str(program))
    assert any(line.startswith("drum8us_k4 ") for line in out.splitlines())
    (row,) = json.loads(run(capsys, *command, "--json")[1])
    assert (row["multiplier"], row["images"], row["program_hash"]) == ("drum8us_k4", 20, program.hash)
    assert row["loss"] == (row["simulated_correct"] - row["integer_correct"]) / 20


def test_the_command_counts_energy(capsys: pytest.CaptureFixture[str]) -> None:
    """For any size of array; products are the network's own, whatever the size."""
    command = ("lower", "mnist-gru", "--images", 8, "-m", "drum8_k4", "--energy")
    found = []
    for size in ("64x64", "5x3"):
        (row,) = json.loads(run(capsys, *command, "--array", size, "--json")[1])
        costs = {cost["name"]: cost for cost in row["schedule"]["costs"]}
        energy = row["schedule"].get("energy")
        if energy is None:
            pytest.skip("Yosys is not installed")
        found.append(energy)
        assert energy.keys() == {name for name, cost in costs.items() if cost["products"]}
        assert all(each["total"] == each["per_product"] * costs[name]["products"] for name, each in energy.items())
    assert found[0] == found[1]
    assert "gate toggles in multipliers; bytes cost" in run(capsys, *command, "--array", "4x4")[1]
    status, _, err = run(capsys, *command)
    assert (status, "--energy needs the size of an array" in err) == (2, True)


def test_the_command_counts_cycles(capsys: pytest.CaptureFixture[str]) -> None:
    command = ("lower", "mnist-dscnn", "--images", 5, "-m", "exact8", "--array", "16x8")
    out = run(capsys, *command)[1]
    (row,) = json.loads(run(capsys, *command, "--json")[1])
    costs = row["schedule"]["costs"]
    assert f"{row['schedule']['cycles']:,}" in next(line for line in out.splitlines() if line.startswith("all "))
    assert sum(cost["products"] for cost in costs) == 500_832
    assert all(cost["name"] in out for cost in costs if cost["cycles"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mnist-gru"], "no multiplier was named"),
        (["mnist-grü", "-m", "exact8"], "did you mean mnist-gru"),
        (["mnist-gru", "-m", "exact8", "--images", "0"], "images = 0 is not allowed"),
        (["mnist-gru", "-m", "exact8", "drum8_k4", "--output", "x"], "--output takes the program of one multiplier, not of 2"),
        (["mnist-gru", "-m", "exact8", "--array", "16"], "array = '16' is not allowed; give rows x columns, as 16x16"),
        (["mnist-gru", "-m", "exact8", "--array", "0x4"], "rows = 0 is not allowed"),
        (["mnist-gru", "-m", "exact8", "--weight-bits", "9"], "weight_bits = 9 does not fit"),
        (
            ["mnist-gru", "-m", "exact8", "--images", "2", "--output", "/nowhere/x"],
            "cannot write /nowhere/x: its folder does not exist",
        ),
    ],
)
def test_bad_input_is_one_sentence(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    status, _, err = run(capsys, "lower", *arguments)
    assert status == 2
    assert len(err.strip().splitlines()) == 1
    assert message in err


def test_the_documents_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    space: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL):
        exec(compile(block, "integer-only.md", "exec"), space)
    assert int(space["correct"]) == 978
    assert load(tmp_path / "gru.safetensors").hash == space["program"].hash
