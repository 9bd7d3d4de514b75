"""What serves retraining beside gradients: the error model, distillation, batch norm, progression; and two processes."""

import copy
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from oracle import seeded
from torch import Tensor, nn

from multipliers import Multiplier, Operand, measure
from pysim import PysimError, approximate_
from pysim.train import Distillation, prepare_, progression, reestimate_batch_norm_, set_forward_, synchronize_batch_norm_
from pysim.train._error_model import lines, normal
from pysim.train._prepare import form_of, record


def test_lines_are_least_squares_for_each_weight() -> None:
    """Against NumPy's weighted polynomial fit, weight code by weight code."""
    seeded()
    layer: Any = nn.Linear(2, 2)
    approximate_(layer, "mitchell8", calibration=[torch.rand(2, 2)])
    operands = layer.product("weight").operands
    shares = torch.rand(1, 256, dtype=torch.float64)
    shares /= shares.sum()
    found = lines(operands, shares)
    x, p = np.arange(256), shares[0].numpy()
    for w in (-127, -40, -1, 0, 1, 77, 127):
        error = operands.multiplier(x, w) - x * w
        slope, offset = np.polyfit(x, error, 1, w=np.sqrt(p))
        assert float(found.beta[0, w + 127]) == pytest.approx(slope, abs=1e-9)
        assert float(found.alpha[0, w + 127]) == pytest.approx(offset, abs=1e-7)
        rest = error - slope * x - offset
        assert float(found.variance[0, w + 127]) == pytest.approx(p @ rest**2, abs=1e-6)


@pytest.mark.parametrize("groups", [1, 4])
def test_error_model_has_the_simulations_mean_and_variance(groups: int) -> None:
    """Over many inputs of independent activations, which is what the model assumes: sampled, 4,000 images."""
    seeded()
    layer: Any = nn.Conv2d(4, 8, 2, groups=groups)
    x = torch.rand(4000, 4, 2, 2)
    approximate_(layer, "truncated_columns8_v9", calibration=[x])
    prepare_(layer, forward="error-model", batches=[x])
    exact = copy.deepcopy(layer)
    set_forward_(exact, "quantized")
    layer.train(), exact.train()
    with torch.no_grad():
        right = exact(x)
        modelled, simulated = layer(x) - right, layer.eval()(x) - right
    assert torch.allclose(modelled.mean(0), simulated.mean(0), atol=float(6 * simulated.std() / 4000**0.5))
    assert torch.allclose(modelled.std(0), simulated.std(0), rtol=0.1)
    line = form_of(layer.product("weight")).model.lines
    assert line.beta.shape == (groups, 255)


@pytest.mark.parametrize(
    "made",
    [
        lambda: nn.Linear(5, 3),
        lambda: nn.Conv2d(4, 6, 2, groups=2, padding="same"),
        lambda: nn.Conv2d(4, 4, 3, groups=4, padding=1, stride=2, bias=False),
    ],
)
def test_error_model_of_a_linear_error_is_the_simulation(made: Any) -> None:
    """A multiplier whose error is a line in a for every b leaves no variance: with a zero point, padding, groups and bias."""
    seeded()
    layer: Any = made()
    line = Multiplier(
        "line", Operand(8, False), Operand(8, True), Operand(20, True), lambda a, b: a * b + a * (9 * (b & 3) - 5) - 9 * b + 400
    )
    x = torch.rand(6, 5) - 0.3 if isinstance(layer, nn.Linear) else torch.rand(6, 4, 5, 5) - 0.3
    approximate_(layer, line, calibration=[x])
    assert int(layer.product("weight").quantizer.zero_point) > 50
    prepare_(layer, forward="error-model", batches=[x])
    simulated, modelled = layer.eval()(x).detach(), layer.train()(x)
    assert torch.allclose(modelled, simulated, atol=2e-3 * float(simulated.std()))
    set_forward_(layer, "quantized")
    assert not torch.allclose(layer(x), simulated, atol=0.1 * float(simulated.std()))


def test_quantized_forward_is_the_exact_multipliers() -> None:
    seeded()
    layer, x = nn.Conv2d(2, 3, 3, padding=1), torch.rand(2, 2, 5, 5)
    exact = copy.deepcopy(layer)
    approximate_(layer, "drum8_k3", calibration=[x])
    approximate_(exact, "exact8", calibration=[x])
    prepare_(layer, forward="quantized")
    assert torch.allclose(layer.train()(x), exact(x), atol=1e-3)
    assert not torch.allclose(layer.eval()(x), exact(x), atol=1e-3)


def test_noise_has_the_size_that_was_asked_for() -> None:
    seeded()
    layer, x = nn.Linear(16, 64), torch.rand(512, 16)
    approximate_(layer, "exact8", calibration=[x])
    prepare_(layer, noise=0.1)
    clean, noisy = layer.eval()(x).detach(), layer.train()(x).detach()
    assert float((noisy - clean).std() / clean.square().mean().sqrt()) == pytest.approx(0.1, rel=0.05)
    assert not torch.equal(layer(x), noisy)


@pytest.mark.parametrize("shape", [(3, 5), (5, 1 << 20)])
def test_normal_numbers(shape: tuple[int, int]) -> None:
    """Of any strides and more than the pool has; other numbers at each call, the same for the same seed."""
    like = torch.empty(shape).t()
    torch.manual_seed(1)
    first, second = normal(like), normal(like)
    assert first.shape == like.shape
    assert first.stride() == like.stride()
    assert not torch.equal(first, second)
    torch.manual_seed(1)
    assert torch.equal(normal(like), first)
    if like.numel() > 100:
        assert float(first.mean()) == pytest.approx(0, abs=0.01)
        assert float(first.std()) == pytest.approx(1, abs=0.01)


def test_distillation_is_its_formula() -> None:
    seeded()
    teacher = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3))
    student = copy.deepcopy(teacher)
    x, y = torch.rand(6, 4), torch.arange(6) % 3
    approximate_(student, "drum8_k3", calibration=[x])
    loss = Distillation(student, teacher, temperature=2.0, weight=0.75, features=["0"], feature_weight=0.5)
    logits = student(x)
    taught = teacher(x)
    p = torch.softmax(taught / 2, 1)
    divergence = (p * (p.log() - torch.log_softmax(logits / 2, 1))).sum(1).mean()
    inner, expected_inner = student[0](x), teacher[0](x)
    distance = (inner - expected_inner).square().sum() / expected_inner.square().sum()
    expected = 0.25 * F.cross_entropy(logits, y) + 0.75 * 4 * divergence + 0.5 * distance
    assert torch.allclose(loss(logits, y, x), expected, rtol=1e-5)
    loss(student(x), y, x).backward()
    assert all(p.grad is None for p in teacher.parameters())
    assert all(p.grad is not None for p in student.parameters())
    loss.close()
    assert not student[0]._forward_hooks


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": 0}, "temperature = 0 is not allowed"),
        ({"weight": 1.5}, "weight = 1.5 is not allowed"),
        ({"feature_weight": -1}, "feature_weight = -1 is not allowed"),
        ({"features": ["1"]}, "no module named '1'; it has 0"),
    ],
)
def test_bad_distillation(options: Any, message: str) -> None:
    model = nn.Sequential(nn.Linear(1, 1))
    with pytest.raises(PysimError, match=message):
        Distillation(model, copy.deepcopy(model), **options)


def test_batch_norm_statistics_are_the_averages_over_batches() -> None:
    seeded()
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.Dropout(0.5))
    batches = [torch.rand(4, 1, 5, 5) for _ in range(3)]
    approximate_(model, "drum8_k3", calibration=batches)
    norm: Any = model[1]
    modes = [module.training for module in model.modules()]
    with pytest.raises(PysimError, match="no batches were given"):
        reestimate_batch_norm_(model, [])
    assert torch.equal(norm.running_mean, torch.zeros(3))
    reestimate_batch_norm_(model, batches)
    with torch.no_grad():
        outputs = [model[0](batch) for batch in batches]
    assert torch.allclose(norm.running_mean, torch.stack([y.mean((0, 2, 3)) for y in outputs]).mean(0), atol=1e-6)
    assert torch.allclose(norm.running_var, torch.stack([y.var((0, 2, 3)) for y in outputs]).mean(0), atol=1e-6)
    assert [module.training for module in model.modules()] == modes
    assert norm.momentum == 0.1
    with pytest.raises(PysimError, match="has no batch norm"):
        reestimate_batch_norm_(nn.Linear(1, 1), batches)


def test_progression_gets_coarser() -> None:
    for label in ("truncated_columns8us_v8", "drum8_k3", "broken_array8s_h4_v8"):
        stages = progression(label, 4)
        assert stages[-1].label == label
        assert 2 <= len(stages) <= 4
        errors = [measure(stage).mae for stage in stages]
        assert errors == sorted(set(errors))
        assert errors[0] > 0
        assert len({(stage.a, stage.b, stage.family.name) for stage in stages if stage.family}) == 1
    for multiplier, message in (
        ("mitchell8", "no finer multiplier"),
        (Multiplier("own", Operand(4, False), Operand(4, False), Operand(8, False), np.multiply), "has no family"),
    ):
        with pytest.raises(PysimError, match=message):
            progression(multiplier)
    with pytest.raises(PysimError, match="stages = 1 is not allowed"):
        progression("drum8_k3", 1)


def test_statistics_need_batches_that_reach_every_layer() -> None:
    layer = nn.Linear(2, 2)
    approximate_(layer, "exact8", calibration=[torch.rand(2, 2)])
    prepare_(layer)
    with pytest.raises(PysimError, match="no batch reached it"):
        record(layer, [])


TWO_PROCESSES = """
import sys, torch, torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from pysim import approximate_
from pysim.train import prepare_, synchronize_batch_norm_

torch.set_num_threads(1)
torch.manual_seed(0)
layers = [nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 3)]
model, x, y = nn.Sequential(*layers), torch.rand(8, 1, 6, 6), torch.arange(8) % 3
approximate_(model, "drum8_k4", calibration=[x])
prepare_(model, ranges="running")
synchronize_batch_norm_(model)
wrapped, rank = model, 0
if sys.argv[1] == "two":
    dist.init_process_group("gloo")
    rank = dist.get_rank()
    x, y = x[rank * 4 : rank * 4 + 4] , y[rank * 4 : rank * 4 + 4]
    wrapped = DistributedDataParallel(model)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
wrapped.train()
for step in range(4):
    optimizer.zero_grad()
    nn.functional.cross_entropy(wrapped(x * (1 + step)), y).backward()
    optimizer.step()
torch.save(model.state_dict(), f"{sys.argv[2]}/{sys.argv[1]}{rank}.pt")
"""


def test_two_processes_are_one_with_both_batches(tmp_path: Path) -> None:
    """torchrun on gloo: ranges and batch norm are those of all data, and equal in both processes."""
    script = tmp_path / "train.py"
    script.write_text(TWO_PROCESSES)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "OMP_NUM_THREADS": "1"}
    run = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "2",
        str(script),
        "two",
        str(tmp_path),
    ]
    two = subprocess.Popen(run, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    one = subprocess.run([sys.executable, str(script), "one", str(tmp_path)], env=environment, check=False)
    said, _ = two.communicate(timeout=100)
    assert (one.returncode, two.returncode) == (0, 0), said
    states: list[dict[str, Tensor]] = [torch.load(tmp_path / f"{name}.pt") for name in ("one0", "two0", "two1")]
    for name, single in states[0].items():
        assert torch.equal(states[1][name], states[2][name]), name
        assert torch.allclose(states[1][name].float(), single.float(), rtol=1e-3, atol=1e-4), name
    assert not torch.equal(states[0]["0.approximation.weight.form.ranges.ends"], torch.tensor([0.0, 1.0]))


def test_batch_norm_alone_is_torchs() -> None:
    seeded()
    norm = nn.BatchNorm2d(3)
    other = copy.deepcopy(norm)
    synchronize_batch_norm_(norm)
    x = torch.rand(4, 3, 2, 2)
    assert torch.equal(norm(x), other(x))
    assert torch.equal(norm.running_var, other.running_var)
