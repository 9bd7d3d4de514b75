"""Compiled and exported networks give the same integers: in inductor's graphs, in other processes, without their model."""

import copy
import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch._dynamo.config as dynamo
import torch._inductor.config as inductor
from odd_multipliers import ODD_US
from oracle import seeded
from torch import Tensor, nn

from multipliers import Multiplier, Operand
from pysim import Accumulator, PysimError, Quantization, approximate_
from pysim import _product as integer_core
from pysim._cores import core_of, find
from pysim._quantization import operands
from pysim.kernels import Window

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


class Recurrent(nn.Module):
    """A GRU and a linear layer on its last output."""

    def __init__(self) -> None:
        super().__init__()
        self.gru, self.last = nn.GRU(5, 8, batch_first=True), nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.last(self.gru(x)[0][:, -1])
        return y


def convolutional() -> nn.Module:
    depthwise = nn.Conv2d(4, 4, 3, groups=4, stride=2)
    return nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), depthwise, nn.Flatten(), nn.Linear(36, 3))


def volumes() -> nn.Module:
    return nn.Sequential(nn.Conv3d(1, 2, 2), nn.Flatten(1, 2), nn.Flatten(2, 3), nn.Conv1d(4, 3, 3, padding=1))


NETWORKS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "convolutional": (convolutional, (2, 2, 8, 8)),
    "recurrent": (Recurrent, (2, 3, 5)),
    "volumes": (volumes, (2, 1, 3, 3, 4)),
}


def converted(name: str, multiplier: Any = "drum8_k4", **options: Any) -> tuple[nn.Module, Tensor]:
    seeded()
    make, shape = NETWORKS[name]
    model, x = make().eval(), torch.rand(shape)
    approximate_(model, multiplier, quantization=Quantization(**options), calibration=[x])
    return model, x


@pytest.fixture
def compiling(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Inductor with a cache of its own and no processes that outlive the test."""
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    torch._dynamo.reset()
    with dynamo.patch(allow_rnn=True), inductor.patch(compile_threads=1):
        yield
    torch._dynamo.reset()


@pytest.mark.parametrize("name", ["convolutional", "recurrent"])
def test_inductor_takes_the_whole_network_and_sees_new_weights(name: str, compiling: None) -> None:
    model, x = converted(name)
    fast = torch.compile(model, backend="inductor", fullgraph=True)
    with torch.no_grad():
        for _ in range(2):
            assert torch.equal(fast(x), copy.deepcopy(model)(x))  # a copy's weights lie elsewhere, so it knows nothing yet
            for parameter in model.parameters():
                parameter.mul_(-0.7)


def test_inductors_gradients_are_the_eager_ones(compiling: None) -> None:
    model, x = converted("convolutional")
    other = copy.deepcopy(model)
    torch.compile(model, backend="inductor", fullgraph=True)(x).square().sum().backward()
    other(x).square().sum().backward()
    for mine, theirs in zip(model.parameters(), other.parameters(), strict=True):
        assert torch.allclose(mine.grad, theirs.grad, rtol=1e-4, atol=1e-6)  # type: ignore[arg-type]


CASES: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "planes": ("convolutional", "drum8_k4", {}),
    "table": ("convolutional", "mitchell8", {"weight_bits": 5}),
    "signed": ("convolutional", "drum8s_k4", {"activation": "affine"}),
    "narrow": ("convolutional", "udm8", {"accumulator": Accumulator(14, "saturate"), "activation": "symmetric"}),
    "wide": ("volumes", "drum12_k4", {"activation_bits": 6}),
    "recurrent": ("recurrent", "drum8_k4", {}),
    "own": ("convolutional", ODD_US, {}),
}


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Tensor]]:
    """Programs run by a fresh process, and what their models give here."""
    folder, expected = tmp_path_factory.mktemp("programs"), {}
    for case, (name, multiplier, options) in CASES.items():
        model, x = converted(name, multiplier, **options)
        program = torch.export.export(model, (x,), dynamic_shapes=({0: torch.export.Dim("batch")},))
        torch.export.save(program, folder / f"{case}.pt2")
        more = torch.cat([x, x.flip(0), x[:1]])
        torch.save(more, folder / f"{case}.inputs")
        with torch.no_grad():
            expected[case] = model(more)
            assert torch.equal(program.module()(more), expected[case])
    command = [sys.executable, Path(__file__).with_name("run_programs.py"), folder]
    subprocess.run(command, check=True, timeout=300, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    return folder, expected


@pytest.mark.parametrize("case", [case for case in CASES if case != "own"])
def test_a_program_gives_the_same_bits_in_another_process(case: str, elsewhere: tuple[Path, dict[str, Tensor]]) -> None:
    folder, expected = elsewhere
    outputs = torch.load(folder / f"{case}.outputs")
    assert outputs.unique().numel() > 3
    assert torch.equal(outputs, expected[case])


def test_a_program_of_a_multiplier_that_the_other_process_does_not_know(elsewhere: tuple[Path, dict[str, Tensor]]) -> None:
    message = (
        "0: this program multiplies by 'named_mul16s_to_mislead', which is not registered in this process; "
        "register its family before running the program (multipliers.register)"
    )
    assert (elsewhere[0] / "own.error").read_text() == message


def test_a_program_of_another_multiplier_of_that_name() -> None:
    description = core_of(operands("drum8us_k4", Quantization()), "conv").description
    assert find(description).operands.multiplier.label == "drum8us_k4"
    with pytest.raises(PysimError, match="conv: this program was made with another 'drum8us_k5' than is registered here"):
        find(description.replace("k4", "k5"))


def test_a_label_does_not_make_multipliers_equal() -> None:
    """Two functions of a user's, both too wide for a table, with one name and in layers of one name."""
    wide, x = (Operand(16, False), Operand(16, True), Operand(32, True)), torch.ones(1, 3)
    seeded()
    layers = [nn.Linear(3, 2, bias=False), nn.Linear(3, 2, bias=False)]
    layers[1].load_state_dict(layers[0].state_dict())
    approximate_(layers[0], Multiplier("mine", *wide, lambda a, b: a * b), calibration=[x])
    approximate_(layers[1], Multiplier("mine", *wide, lambda a, b: -a * b), calibration=[x])
    assert torch.equal(layers[0](x), -layers[1](x))


def test_a_program_outlives_its_model() -> None:
    model, x = converted("convolutional")
    program, expected = torch.export.export(model, (x,)), model(x)
    del model
    gc.collect()
    assert torch.equal(program.module()(x), expected)


def test_weights_are_told_apart_by_their_memory_while_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal layers share a core, which prepares each weight once; new weights in the place of old ones are new."""
    fitted = operands("drum8_k4", Quantization())
    core, scale, zero_point = core_of(fitted, "shared"), torch.tensor(0.01), torch.tensor(3, dtype=torch.int32)
    assert core_of(fitted, "shared") is core
    prepared: list[int] = []
    original = integer_core.prepare
    monkeypatch.setattr(integer_core, "prepare", lambda *arguments: prepared.append(1) or original(*arguments))

    def run(weight: Tensor, which: Any = core) -> Tensor:
        y: Tensor = which.compute(torch.ones(1, 64, 1, 1), weight, None, scale, zero_point, Window())
        return y

    first, second = torch.randn(9, 64), torch.randn(9, 64)
    expected = run(first), run(second)
    assert not torch.equal(*expected)
    for _ in range(3):
        assert torch.equal(run(first), expected[0])
        assert torch.equal(run(second), expected[1])
    assert len(prepared) == 2
    del first, second
    places = set()
    for _ in range(20):
        weight = torch.randn(9, 64)
        places.add(weight.data_ptr())
        assert torch.equal(run(weight), run(weight, integer_core.IntegerCore(fitted, "alone")))
        assert len(core._kept) == 1
        del weight
    assert len(places) < 20, "no memory was used twice, so this showed nothing"
