"""Converted models can be pickled, copied and sent to other processes, and compute there what they compute here."""

import copy
import gc
import io
import pickle
import weakref
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from multipliers import Multiplier, Operand, get
from multipliers._imported import keep, load
from pysim import PysimError, approximate_, calibrate_, unconvert_
from pysim.train import finish_, prepare_


class Named(nn.Conv2d):
    """A subclass with something of its own."""

    def __init__(self, *sizes: int) -> None:
        super().__init__(*sizes)
        self.note = "mine"


class Reduced(nn.Linear):
    """A subclass with a reduction of its own."""

    def __reduce__(self) -> Any:
        return Reduced, (self.in_features, self.out_features)


LAYERS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "Conv1d": (lambda: nn.Conv1d(2, 3, 3), (2, 2, 6)),
    "Conv2d": (lambda: nn.Conv2d(2, 4, 3, groups=2, padding=1), (2, 2, 5, 5)),
    "Conv3d": (lambda: nn.Conv3d(1, 2, 2), (1, 1, 3, 3, 3)),
    "Linear": (lambda: nn.Linear(4, 3), (2, 4)),
    "RNN": (lambda: nn.RNN(3, 2, num_layers=2), (4, 2, 3)),
    "GRU": (lambda: nn.GRU(3, 2, bidirectional=True), (4, 2, 3)),
    "LSTM": (lambda: nn.LSTM(3, 4, proj_size=2), (4, 2, 3)),
    "a subclass": (lambda: Named(2, 3, 3), (2, 2, 5, 5)),
}


def made(name: str, multiplier: Any = "drum8_k4") -> tuple[Any, Tensor]:
    torch.manual_seed(0)
    make, shape = LAYERS[name]
    x = torch.randn(shape)
    layer = make()
    approximate_(layer, multiplier, calibration=x)
    return layer, x


def first(y: Any) -> Tensor:
    return y[0] if isinstance(y, tuple) else y


def through_torch(model: Any) -> Any:
    buffer = io.BytesIO()
    torch.save(model, buffer)
    buffer.seek(0)
    return torch.load(buffer, weights_only=False)


WAYS: dict[str, Callable[[Any], Any]] = {
    **{
        f"pickle {protocol}": lambda model, protocol=protocol: pickle.loads(pickle.dumps(model, protocol))
        for protocol in range(6)
    },
    "torch.save": through_torch,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("prepared", [False, True])
@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_every_way(name: str, prepared: bool) -> None:
    layer, x = made(name)
    if prepared:
        prepare_(layer, gradient="difference", ranges="learned")
    wanted = first(layer(x))
    for way, through in WAYS.items():
        again = through(layer)
        assert type(again) is type(layer), way
        assert torch.equal(first(again(x)), wanted), way
        assert again.state_dict().keys() == layer.state_dict().keys(), way
    again = pickle.loads(pickle.dumps(layer))
    assert getattr(again, "note", None) == getattr(layer, "note", None)
    if prepared:
        first(again.train()(x)).sum().backward()
        assert all(parameter.grad is not None for parameter in again.parameters() if parameter.requires_grad)
        finish_(again)
    unconvert_(again)
    assert type(again) is type(LAYERS[name][0]())


@pytest.mark.parametrize("way", ["pickle 4", "torch.save", "deepcopy"])
def test_copies_are_independent(way: str) -> None:
    """New weights, a new calibration, training, another multiplier: of a copy alone."""
    layer, x = made("Conv2d")
    model = nn.Sequential(layer, nn.ReLU())
    wanted = model(x)
    again = WAYS[way](model)
    with torch.no_grad():
        again[0].weight.mul_(-2)
    assert not torch.equal(again(x), wanted)
    calibrate_(again, 5 * x)
    prepare_(again, ranges="running")
    approximate_(again, "drum8_k3", calibration=x)
    assert torch.equal(model(x), wanted)
    with torch.no_grad():
        model[0].weight.mul_(-2)
    assert not torch.equal(model(x), wanted)
    unconvert_(model)
    again.load_state_dict(again.state_dict())
    assert again[0].product("weight").operands.multiplier.label == "drum8us_k3"


def test_a_copy_outlives_its_model_and_compares_states() -> None:
    layer, x = made("Linear")
    again, wanted = copy.deepcopy(layer), layer(x)
    gone = weakref.ref(layer)
    del layer
    gc.collect()
    assert gone() is None
    other, _ = made("Linear", "drum8_k3")
    with pytest.raises(PysimError, match="multiplier 'drum8us_k3', and the model has 'drum8us_k4'"):
        again.load_state_dict(other.state_dict())
    assert torch.equal(again(x), wanted)


def own(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """A user's function that can be imported."""
    return a * b - (a & 1)


def table(label: str = "mytable") -> Multiplier:
    """An imported multiplier."""
    values = np.multiply.outer(np.arange(256), np.arange(256)) & ~3
    return load(keep({"name": label, "ports": {"a": [8, False], "b": [8, False], "p": [16, False]}}, {"table": values}).key)


def users() -> Multiplier:
    """A multiplier without a family."""
    return Multiplier("own8", Operand(8, False), Operand(8, True), Operand(17, True), own)


def outputs(models: list[Any]) -> list[Tensor]:
    """What models compute of inputs."""
    return [first(model(x)).detach() for model, x in models]


def test_a_spawned_process_computes_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Converted and prepared layers of every kind, subclasses, imported multipliers and a user's own: equal to the bit."""
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path))
    models = [made(name) for name in LAYERS]
    models += [made("Conv2d", multiplier) for multiplier in (table(), users(), "drum8s_k4")]
    prepared, x = made("GRU")
    prepare_(prepared, gradient="estimate", ranges="learned", batches=x)
    models.append((prepared, x))
    with get_context("spawn").Pool(1) as pool:
        found = pool.apply(outputs, (models,))
    for mine, theirs in zip(outputs(models), found, strict=True):
        assert torch.equal(mine, theirs)


def test_imported_multipliers_carry_all_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pickle is read where the multiplier was never imported."""
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path / "here"))
    layer, x = made("Linear", table())
    text, wanted = pickle.dumps(layer), layer(x)
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path / "there"))
    again = pickle.loads(text)
    assert again.product("weight").operands.multiplier.label == "mytableus"
    assert torch.equal(again(x), wanted)


def test_a_process_with_another_multiplier_of_that_name_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, _ = made("Linear", users())
    text = pickle.dumps(layer)
    monkeypatch.setattr("test_pickles.own", lambda a, b: a * b)
    with pytest.raises(PysimError, match="made with another 'own8' than there is here"):
        pickle.loads(text)


def test_what_cannot_be_pickled_is_named() -> None:
    layer = Reduced(2, 2)
    approximate_(layer, "exact8")
    for way in (pickle.dumps, copy.deepcopy):
        with pytest.raises(pickle.PicklingError, match="Reduced has a reduction of its own, which would drop the conversion"):
            way(layer)


def test_registered_multipliers_are_pickled_by_name() -> None:
    multiplier = get("drum8_k4")
    assert pickle.loads(pickle.dumps(multiplier)) is multiplier
    assert multiplier.table.any()
    assert len(pickle.dumps(multiplier)) < 1000
