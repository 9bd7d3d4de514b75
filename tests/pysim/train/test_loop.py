"""The loop: resumed runs are uninterrupted ones to the bit, and whatever goes wrong is a sentence and spoils nothing."""

import errno
import math
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from oracle import seeded
from safetensors.torch import save_file
from torch import Tensor, nn

from multipliers import _files
from multipliers._owner import Owner, place
from multipliers._results import ResultExistsError
from pysim import NonFiniteError, PysimError, approximate_
from pysim.train import Budget, CheckpointError, Data, Loop, prepare_, set_forward_, switch_
from pysim.train import _checkpoint as checkpoints
from pysim.train._prepare import products


def task(**options: Any) -> tuple[nn.Module, Data]:
    """A prepared network with batch norm, dropout and error model, so that all random numbers count, and data to learn."""
    seeded()
    layers = [nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.2), nn.Flatten(), nn.Linear(64, 3)]
    model = nn.Sequential(*layers)
    x, y = torch.rand(40, 1, 6, 6), torch.arange(40) % 3
    x = x + y.view(-1, 1, 1, 1) / 4
    approximate_(model, options.pop("multiplier", "drum8_k3"), calibration=[x])
    prepare_(model, batches=[x], **{"ranges": "learned", "forward": "error-model", **options})
    return model, Data(x[:32], y[:32], (x[32:], y[32:]), lambda x, random: x + 0.01 * torch.randn(x.shape, generator=random))


def switching(model: nn.Module) -> Any:
    def before(epoch: int) -> bool:
        if epoch >= 2:
            set_forward_(model, "simulation")
        return False

    return before


def run(
    folder: Path | None,
    epochs: int = 4,
    stop: int | None = None,
    resume: bool = False,
    overwrite: bool = False,
    before: Any = switching,
    options: dict[str, Any] | None = None,
    **budget: Any,
) -> tuple[Any, Loop]:
    """Train; `stop` kills the run after so many steps, as an interrupt would."""
    model, data = task(**(options or {}))
    loop = Loop(model, data, Budget(epochs, 8, 1e-2, **budget), folder=folder, before_epoch=before(model))
    if stop is not None:

        def tell(said: dict[str, Any]) -> None:
            if said["step"] == stop:
                raise KeyboardInterrupt

        loop.tell = tell
        with pytest.raises(KeyboardInterrupt):
            loop.run(resume, overwrite)
    else:
        loop.run(resume, overwrite)
    return model, loop


@pytest.mark.parametrize("stop", [3, 5, 9, 13])
def test_resumed_runs_are_uninterrupted_ones(tmp_path: Path, stop: int) -> None:
    whole, first = run(None)
    run(tmp_path, stop=stop)
    torch.manual_seed(12345)
    resumed, second = run(tmp_path, resume=True)
    assert first.progress == second.progress
    for (name, mine), theirs in zip(whole.state_dict().items(), resumed.state_dict().values(), strict=True):
        assert torch.equal(mine, theirs), name
    a, b = (checkpoints.optimizer_state(loop.optimizer)[0] for loop in (first, second))
    assert all(torch.equal(a[key], b[key]) for key in a)
    assert len(a) == len(b) > 0


def refitting(model: nn.Module) -> Any:
    """Another multiplier from the second epoch on, with fits to the weights that the run has then."""

    def before(epoch: int) -> bool:
        if epoch >= 1 and next(products(model)).operands.multiplier.label != "drum8us_k4":
            switch_(model, "drum8_k4", batches=[task()[1].inputs])
        return False

    return before


@pytest.mark.parametrize(
    "options",
    [
        {"ranges": "running", "forward": "simulation"},
        {"ranges": "running", "forward": "error-model"},
        {"gradient": "estimate", "forward": "simulation"},
    ],
)
def test_resumed_runs_keep_ranges_and_fits(tmp_path: Path, options: dict[str, Any]) -> None:
    """Ranges that have yet to move, and what was fitted to weights that are gone."""
    whole, _ = run(None, before=refitting, options=options)
    run(tmp_path, stop=9, before=refitting, options=options)
    resumed, _ = run(tmp_path, resume=True, before=refitting, options=options)
    for (name, mine), theirs in zip(whole.state_dict().items(), resumed.state_dict().values(), strict=True):
        assert torch.equal(mine, theirs), name


def test_the_loop_is_one_written_by_hand() -> None:
    """Order, schedule, clipping, AdamW with decay, mean loss and validation, against plain torch: the same bits."""
    options: dict[str, Any] = {"ranges": "frozen", "forward": "simulation"}
    (model, data), (other, _) = task(**options), task(**options)
    for each in (model, other):
        each[3].p = 0.0
    data = Data(data.inputs[:29], data.labels[:29], data.validation)  # the last batch of an epoch has 5
    loop = Loop(model, data, Budget(11, 8, 3e-2, weight_decay=0.1, clip=0.05, seed=5))
    progress = loop.run()
    optimizer = torch.optim.AdamW(other.parameters(), weight_decay=0.1)
    random, step, rates = torch.Generator().manual_seed(5), 0, []
    for epoch in range(11):
        other.train()
        total = 0.0
        for chosen in torch.randperm(29, generator=random).split(8):
            warm, steps = 2, 44
            share = (step + 1) / warm if step < warm else (1 + math.cos(math.pi * (step - warm) / (steps - warm))) / 2
            optimizer.param_groups[0]["lr"] = 3e-2 * share
            rates.append(share)
            loss = nn.functional.cross_entropy(other(data.inputs[chosen]), data.labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(other.parameters(), 0.05)
            optimizer.step()
            total, step = total + loss.item() * len(chosen), step + 1
        other.eval()
        assert data.validation is not None
        right = (other(data.validation[0]).argmax(1) == data.validation[1]).float().mean()
        line = progress.history[epoch]
        assert line["loss"] == pytest.approx(total / 29, rel=1e-6)
        assert line["validation"] == pytest.approx(float(right))
    for mine, theirs in zip(model.parameters(), other.parameters(), strict=True):
        assert torch.equal(mine, theirs)
    assert (step, max(rates), rates[0], rates[1]) == (44, 1, 0.5, 1)
    assert len({line["validation"] for line in progress.history}) > 1


def test_early_stopping_keeps_the_best(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scores = iter([0.5, 0.7, 0.6, 0.7, 0.65, 0.9])
    seen: list[dict[str, Tensor]] = []

    really = Loop._validate

    def validate(self: Loop, *data: Any) -> float:
        really(self, *data)  # which brings scales up to date with what the steps have learned
        seen.append({name: tensor.clone() for name, tensor in self.model.state_dict().items()})
        return next(scores)

    monkeypatch.setattr(Loop, "_validate", validate)
    model, loop = run(tmp_path, epochs=10, patience=3)
    assert (loop.progress.epoch, loop.progress.best_epoch) == (5, 2)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, seen[1][name]), name


def test_gradients_are_clipped() -> None:
    model, data = task()
    before = [p.detach().clone() for p in model.parameters()]
    loop = Loop(model, data, Budget(1, 32, 1.0, clip=1e-3))
    loop.optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    loop.run()
    moved = sum(float((p.detach() - old).square().sum()) for p, old in zip(model.parameters(), before, strict=True)) ** 0.5
    assert moved == pytest.approx(1e-3, rel=1e-3)


def test_bfloat16_runs_the_float_parts() -> None:
    model, data = task(forward="simulation")
    kinds: set[torch.dtype] = set()
    model[2].register_forward_hook(lambda module, given, out: kinds.add(out.dtype))
    model.insert(0, nn.Conv2d(1, 1, 1))  # not converted: a float part
    Loop(model, data, Budget(1, precision="bfloat16")).run()
    assert kinds == {torch.bfloat16, torch.float32}  # in training, and in validation


def test_a_loss_that_is_not_finite_leaves_the_last_checkpoint(tmp_path: Path) -> None:
    model, data = task()
    loop = Loop(model, data, Budget(3, 8), folder=tmp_path, loss=lambda logits, labels, x: logits.sum() * factor[0])
    factor = [1.0]
    loop.tell = lambda said: factor.__setitem__(0, float("nan") if said["step"] == 6 else 1.0)
    with pytest.raises(NonFiniteError, match=r"loss is nan at step 7, in epoch 2.*the checkpoint of epoch 1 is intact"):
        loop.run()
    assert checkpoints.load(tmp_path / "last.safetensors").said["progress"]["epoch"] == 1


def test_an_activation_that_is_not_finite_is_told_with_its_step() -> None:
    model, data = task(ranges="frozen", forward="simulation")
    loop = Loop(model, data, Budget(3, 8))
    loop.tell = lambda said: model[1].weight.data.fill_(float("inf")) if said["step"] == 2 else None
    with pytest.raises(NonFiniteError, match=r"5: its input is (inf|nan) at index .*; it was at step 3, in epoch 1: try"):
        loop.run()


@pytest.mark.parametrize("folder", ["file", "file/below"])
def test_a_folder_that_cannot_be_written_to_ends_a_run_before_it_begins(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").touch()
    model, data = task()
    loop = Loop(model, data, Budget(1, 8), folder=tmp_path / folder)
    with pytest.raises(CheckpointError, match=r"cannot write to the folder .*: (File exists|Not a directory)"):
        loop.run()
    assert loop.progress.step == 0


@pytest.mark.parametrize("call", ["fsync", "write"])
def test_a_full_disk_leaves_the_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    run(tmp_path, epochs=1)
    before = (tmp_path / "last.safetensors").read_bytes()

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(*{"fsync": (os, "fsync"), "write": (Path, "write_bytes")}[call], full)
    with pytest.raises(CheckpointError, match=r"No space left on device; the last good checkpoint, .* is intact"):
        run(tmp_path, epochs=1, overwrite=True)
    assert (tmp_path / "last.safetensors").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["last.safetensors"]


KILLED = """
import sys, time
from pathlib import Path
from test_loop import Budget, Loop, switching, task
model, data = task()
loop = Loop(model, data, Budget(4, 8, 1e-2), folder=Path(sys.argv[1]), before_epoch=switching(model))
loop.tell = lambda said: time.sleep(0.02)
loop.run()
"""


def test_a_process_killed_at_any_moment_is_resumed(tmp_path: Path) -> None:
    """By SIGKILL, in its second epoch or later: the file is whole, and what comes of it is the uninterrupted run."""
    paths = [str(Path(__file__).parent), str(Path(__file__).parents[1]), str(Path(__file__).parents[3])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], env=environment) as process:
        deadline = time.monotonic() + 60
        while not (tmp_path / "last.safetensors").exists() and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(0.05)
        process.kill()
    assert process.returncode == -9
    resumed, _ = run(tmp_path, resume=True)
    whole, _ = run(None)
    for (name, mine), theirs in zip(whole.state_dict().items(), resumed.state_dict().values(), strict=True):
        assert torch.equal(mine, theirs), name


def test_a_process_killed_while_saving_leaves_the_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between writing and renaming, there is a file under a temporary name, which the next save clears away."""
    run(tmp_path, epochs=1)
    before = checkpoints.load(tmp_path / "last.safetensors")
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    with monkeypatch.context() as patch:
        patch.setattr(_files, "this_process", lambda: Owner(process.pid, 1, place()))
        left = _files._temporary(tmp_path / "last.safetensors")
    left.write_bytes(b"half of a")
    _files._swept.cache_clear()  # by a new process, which looks once in each folder
    assert checkpoints.load(tmp_path / "last.safetensors").said == before.said
    run(tmp_path, epochs=1, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["last.safetensors"]


def test_a_run_that_is_there_is_not_replaced_unasked(tmp_path: Path) -> None:
    """As by the command; refused before any work, and the file stays what it was."""
    path = tmp_path / "last.safetensors"
    run(tmp_path, epochs=1)
    before = path.read_bytes()
    model, data = task()
    loop = Loop(model, data, Budget(2, 8, 1e-2), folder=tmp_path)
    way_out = "resume=True goes on with that run, overwrite=True begins anew, or name another place"
    with pytest.raises(ResultExistsError, match=f"^{path} is there already, and took long to make: {way_out}$"):
        loop.run()
    assert (loop.progress.step, path.read_bytes()) == (0, before)
    with pytest.raises(PysimError, match="resume goes on with a run and overwrite begins anew; ask for one of them"):
        loop.run(resume=True, overwrite=True)
    loop.run(overwrite=True)
    assert checkpoints.load(path).said["progress"]["epoch"] == 2
    loop.run()  # which is over, and its own checkpoint is no other run's
    assert checkpoints.load(path).said["progress"]["epoch"] == 2


def test_foreign_checkpoints_are_refused(tmp_path: Path) -> None:
    run(tmp_path)
    budget = Budget(4, 8, 1e-2)

    def resumed(model: nn.Module, data: Data, budget: Budget = budget, **settings: Any) -> None:
        Loop(model, data, budget, folder=tmp_path, settings=settings).run(resume=True)

    with pytest.raises(CheckpointError, match="multiplier = drum8us_k3, and this one has drum8us_k4"):
        resumed(*task(multiplier="drum8_k4"))
    with pytest.raises(CheckpointError, match="is of another network"):
        resumed(*task(ranges="running"))
    with pytest.raises(CheckpointError, match=r"is of a run with epochs = 4, and this one has 5; name another folder"):
        resumed(*task(), budget=Budget(5, 8, 1e-2))
    with pytest.raises(CheckpointError, match="method = None, and this one has x"):
        resumed(*task(), method="x")


def test_damaged_checkpoints_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "last.safetensors"
    with pytest.raises(CheckpointError, match="does not exist"):
        checkpoints.load(path)
    run(tmp_path, epochs=1)
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.raises(CheckpointError, match="damaged or no checkpoint"):
        run(tmp_path, resume=True)
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(CheckpointError, match="other numbers than were written"):
        run(tmp_path, resume=True)
    save_file({"a": torch.zeros(2)}, path)
    with pytest.raises(CheckpointError, match="no checkpoint of a training run"):
        run(tmp_path, resume=True)


@pytest.mark.parametrize(
    "bad",
    [
        {"epochs": 0},
        {"batch": 1.5},
        {"learning_rate": 0},
        {"learning_rate": float("nan")},
        {"clip": -1},
        {"patience": 0},
        {"seed": -1},
        {"seed": 1 << 32},
        {"precision": "float16"},
    ],
)
def test_bad_budgets(bad: dict[str, Any]) -> None:
    ((name, value),) = bad.items()
    with pytest.raises(PysimError, match=f"{name} = {value!r} is not allowed"):
        Budget(**bad)


def test_patience_needs_validation() -> None:
    model, data = task()
    with pytest.raises(PysimError, match="patience needs validation data"):
        Loop(model, Data(data.inputs, data.labels), Budget(patience=2))
    with pytest.raises(PysimError, match="no inputs"):
        Loop(model, Data(data.inputs[:0], data.labels[:0]), Budget())


def test_a_checkpoint_that_says_not_what_it_belongs_to_is_refused_by_its_file(tmp_path: Path) -> None:
    """As versions before extra state wrote them."""
    run(tmp_path, epochs=1)
    path = tmp_path / "last.safetensors"
    kept = checkpoints.load(path)
    tensors = {name: tensor for name, tensor in kept.tensors.items() if not name.endswith("_extra_state")}
    said = {name: value for name, value in kept.said.items() if name != "belongs_to"}
    checkpoints.save(path, checkpoints.Checkpoint(tensors, said))
    with pytest.raises(
        CheckpointError, match=r"last\.safetensors is of an earlier version .*; name another folder, or remove it"
    ):
        run(tmp_path, resume=True, epochs=1)
