"""States go between models in training and others, where that is right; what fails in training leaves the model as it was."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from pysim import PysimError, StateError, UncalibratedError, approximate_, calibrate_, foreign_state
from pysim.train import (
    control_variate_,
    finish_,
    prepare_,
    progression,
    reestimate_batch_norm_,
    set_forward_,
    switch_,
)

X = torch.linspace(-1, 1, 8 * 16).view(8, 1, 4, 4)
RANGES = ("frozen", "running", "learned")


def converted_(multiplier: str = "drum8_k4", seed: int = 0, share: float = 1.0) -> Any:
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8, 3))
    approximate_(model, multiplier, calibration=share * X)
    return model


def trained(ranges: Any) -> Any:
    """A model in training, behind two steps."""
    model = converted_()
    prepare_(model, ranges=ranges)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for _ in range(2):
        optimizer.zero_grad()
        model(X).square().sum().backward()
        optimizer.step()
    return model


def result(model: nn.Module) -> Tensor:
    with torch.no_grad():
        y: Tensor = model.eval()(X)
    return y


@pytest.mark.parametrize("to", [None, *RANGES])
@pytest.mark.parametrize("ranges", RANGES)
def test_in_training_and_out_of_it(ranges: str, to: Any) -> None:
    """A state in training is, anywhere, what `finish_` leaves; one of a finished model begins ranges as `prepare_` does."""
    model, target = trained(ranges), converted_(seed=1, share=3)
    if to is not None:
        prepare_(target, ranges=to)
    target.load_state_dict(load(save(model.state_dict())))
    finish_(model)
    wanted = result(model)
    assert torch.equal(result(target), wanted)
    again = converted_(seed=2, share=2)
    if to is not None:
        prepare_(again, ranges=to)
    again.load_state_dict(model.state_dict())
    begun = copy.deepcopy(model)
    if to is not None:
        prepare_(begun, ranges=to)
    assert begun.state_dict().keys() == again.state_dict().keys()
    for name, tensor in begun.state_dict().items():
        assert torch.equal(again.state_dict()[name], tensor), name
    assert torch.equal(result(again), wanted)


def test_other_codes_in_training_are_refused_on_purpose_too() -> None:
    model, target = converted_(), converted_("drum8s_k4")
    prepare_(target)
    with foreign_state(), pytest.raises(StateError, match="takes no ranges of other codes; load first, then prepare_"):
        target.load_state_dict(model.state_dict())


def test_a_switched_model_says_so() -> None:
    model = trained("learned")
    before = model.state_dict()
    switch_(model, "drum8_k3")
    converted_("drum8_k3", seed=1).load_state_dict(model.state_dict())
    with pytest.raises(StateError, match="multiplier 'drum8us_k4', and the model has 'drum8us_k3'"):
        model.load_state_dict(before)
    assert progression("drum8_k3")


@pytest.mark.parametrize("ranges", RANGES)
def test_a_calibration_in_training_counts(ranges: str) -> None:
    """Ranges in training go on from it."""
    model, wanted = trained(ranges), converted_(share=1)
    calibrate_(model, 3 * X)
    finish_(model)
    calibrate_(wanted, 3 * X)
    wanted.load_state_dict({k: v for k, v in model.state_dict().items() if "approximation" not in k}, strict=False)
    calibrate_(wanted, 3 * X)
    assert torch.equal(result(model), result(wanted))


def failing() -> Iterator[Tensor]:
    yield X
    raise KeyboardInterrupt


FAILING: dict[str, Callable[[nn.Module], None]] = {
    "prepare_": lambda model: prepare_(model, gradient="estimate", ranges="learned", truncate=2, batches=failing()),
    "prepare_ without batches": lambda model: prepare_(model, forward="error-model", batches=[]),
    "prepare_ with other images": lambda model: prepare_(model, forward="error-model", batches=[X, X[:, :, 0]]),
    "switch_": lambda model: switch_(model, "drum8_k3", batches=failing()),
    "switch_ to other codes": lambda model: switch_(model, "drum8s_k4"),
    "set_forward_": lambda model: set_forward_(model, "error-model"),
    "control_variate_": lambda model: control_variate_(model, failing()),
    "control_variate_ with other images": lambda model: control_variate_(model, [X, X[:, :, 0]]),
    "reestimate_batch_norm_": lambda model: reestimate_batch_norm_(model, failing()),
    "reestimate_batch_norm_ with other images": lambda model: reestimate_batch_norm_(model, [X, X[:, :, 0]]),
}


@pytest.mark.parametrize("name", FAILING)
@pytest.mark.parametrize("prepared", [False, True])
def test_what_fails_changes_nothing(name: str, prepared: bool) -> None:
    model = converted_()
    control_variate_(model, X)
    if prepared:
        prepare_(model, gradient="estimate", ranges="running", truncate=4, batches=X)
    elif name == "switch_":
        pytest.skip("takes no batches then")
    model.train()
    before, state = _parts(model), copy.deepcopy(model.state_dict())
    with pytest.raises((PysimError, KeyboardInterrupt, UncalibratedError)):
        FAILING[name](model)
    assert _parts(model) == before
    assert model.state_dict().keys() == state.keys()
    assert all(torch.equal(tensor, state[key]) for key, tensor in model.state_dict().items())


def _parts(model: Any) -> Any:
    products = [model[i].product("weight") for i in (0, 4)]
    of_products = [(p.form, p.correction, p.operands.multiplier, p.observer) for p in products]
    norm = model[1]
    return of_products, [model[i].truncate for i in (0, 4)], norm.momentum, [module.training for module in model.modules()]


@pytest.mark.parametrize("ranges", RANGES)
def test_evaluation_in_training_is_that_after_it(ranges: str) -> None:
    """With the range that the last step has left, also where no gradient is asked for: what is validated is what is kept."""
    model = trained(ranges)
    validated = result(model)
    finish_(model)
    assert torch.equal(result(model), validated)
