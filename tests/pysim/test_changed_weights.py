"""A converted layer computes with the weights, biases and ranges that it has now, however they were changed.

Judged by a deep copy, which has memory of its own and so nothing that was kept.
"""

import copy
import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from oracle import seeded
from torch import Tensor, nn

from pysim import PysimError, _contents, approximate_, frozen
from pysim.train import prepare_


def in_inference_mode(p: Tensor) -> None:
    with torch.inference_mode():
        p.mul_(0.5)


def from_outside(p: Tensor) -> None:
    """As another process does that shares the memory."""
    p.share_memory_()
    ctypes.memset(p.data_ptr(), 0, p.numel() * p.element_size())


def by_a_view(p: Tensor) -> None:
    p.detach()[..., 0] = 3


WAYS: dict[str, Callable[[Any], object]] = {
    "data.zero_": lambda p: p.data.zero_(),
    "data.copy_": lambda p: p.data.copy_(p.detach().clone() * 0.9),
    "data.add_": lambda p: p.data.add_(0.25),
    "numpy": lambda p: np.copyto(p.detach().numpy(), 0.0),
    "memory": lambda p: ctypes.memset(p.data_ptr(), 0, 4),
    "another process": from_outside,
    "storage": lambda p: p.untyped_storage().fill_(0),
    "other memory": lambda p: setattr(p, "data", p.detach() * 0.7),
    "view": by_a_view,
    "inference mode": in_inference_mode,
    "one bit": lambda p: ctypes.memset(p.data_ptr() + 3, 0x40, 1),
}
LAYERS: dict[str, Callable[[], tuple[nn.Module, Tensor]]] = {
    "conv": lambda: (nn.Conv2d(3, 4, 3), torch.randn(2, 3, 6, 6)),
    "channels last": lambda: (nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last), torch.randn(2, 3, 6, 6)),
    "depthwise": lambda: (nn.Conv2d(3, 3, 3, groups=3), torch.randn(2, 3, 6, 6)),
    "linear": lambda: (nn.Linear(5, 4), torch.randn(3, 5)),
    "lstm": lambda: (nn.LSTM(5, 4), torch.randn(3, 2, 5)),
    "gru with projection of time": lambda: (nn.GRU(5, 4, bidirectional=True), torch.randn(3, 2, 5)),
    "relu": lambda: (nn.RNN(5, 4, nonlinearity="relu"), torch.randn(3, 2, 5)),
}


def converted(name: str, multiplier: str = "drum8_k4") -> tuple[nn.Module, Tensor]:
    seeded()
    layer, x = LAYERS[name]()
    approximate_(layer, multiplier, calibration=[x])
    return layer.eval(), x


def results(layer: nn.Module, x: Tensor) -> list[Tensor]:
    """With gradients and without, which are other ways through the code."""
    with torch.no_grad():
        plain = layer(x)
    return [part[0] if isinstance(part, tuple) else part for part in (plain, layer(x))]


@pytest.mark.parametrize("which", ["weight", "bias"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", LAYERS)
def test_changed_parameters_count(name: str, way: str, which: str) -> None:
    layer, x = converted(name)
    before = results(layer, x)
    changed = next(p for key, p in layer.named_parameters() if which in key and "hh" not in key and "reverse" not in key)
    WAYS[way](changed)
    after = results(layer, x)
    for old, new, expected in zip(before, after, results(copy.deepcopy(layer), x), strict=True):
        assert torch.equal(new, expected)
        assert not torch.equal(new, old)


@pytest.mark.parametrize("name", ["conv", "linear", "lstm"])
@pytest.mark.parametrize(("buffer", "value"), [("scale", 0.5), ("zero_point", 3)])
def test_changed_ranges_count(name: str, buffer: str, value: float) -> None:
    layer, x = converted(name)
    before = results(layer, x)
    getattr(next(iter(layer.products())).quantizer, buffer).data.fill_(value)  # type: ignore[operator]
    after = results(layer, x)
    for old, new, expected in zip(before, after, results(copy.deepcopy(layer), x), strict=True):
        assert torch.equal(new, expected)
        assert not torch.equal(new, old)


@pytest.mark.parametrize("prepared", [False, True])
def test_an_optimizer_that_writes_to_data_trains(prepared: bool) -> None:
    seeded()
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 2))
    x, y = torch.randn(32, 6), torch.randint(2, (32,))
    approximate_(model, "drum8_k4", calibration=[x])
    if prepared:
        prepare_(model, gradient="difference")
    losses = []
    for _ in range(30):
        loss = nn.functional.cross_entropy(model(x), y)
        grads = torch.autograd.grad(loss, list(model.parameters()))
        for parameter, grad in zip(model.parameters(), grads, strict=True):
            parameter.data.add_(grad, alpha=-0.5)
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 0.1


def test_weights_made_in_inference_mode_are_looked_at_too() -> None:
    """They have no version at all."""
    with torch.inference_mode():
        layer, x = converted("linear")
        before = layer(x)
        layer.weight.mul_(-1)  # type: ignore[operator]
        after = layer(x)
        assert torch.equal(after, copy.deepcopy(layer)(x))
    assert not torch.equal(after, before)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of elements that were looked at."""
    found: list[int] = []
    inner = _contents._digest
    monkeypatch.setattr(_contents, "_digest", lambda tensor: found.append(tensor.numel()) or inner(tensor))
    return found


@pytest.mark.parametrize("name", ["conv", "linear", "lstm", "relu"])
def test_frozen_looks_once(name: str, looks: list[int]) -> None:
    layer, x = converted(name)
    layer(x)
    with frozen(layer):
        first = next(iter(layer.parameters()))
        first.data.zero_()  # before the first call: still seen
        expected = results(copy.deepcopy(layer), x)
        assert torch.equal(results(layer, x)[0], expected[0])
        looks.clear()
        results(layer, x)
        assert looks == []
        with frozen(layer):
            pass
        first.data.fill_(1.0)
    assert torch.equal(results(layer, x)[0], results(copy.deepcopy(layer), x)[0])
    assert looks


def test_frozen_needs_a_converted_model() -> None:
    with pytest.raises(PysimError, match="no converted layer"), frozen(nn.Linear(2, 2)):
        pass


@pytest.mark.parametrize("gradients", [False, True])
def test_recurrent_layers_look_once_a_call(looks: list[int], gradients: bool) -> None:
    """And not at each of a thousand steps."""
    layer, x = converted("lstm")
    with torch.set_grad_enabled(gradients):
        layer(x)
        for steps in (3, 30):
            looks.clear()
            layer(x[:1].expand(steps, -1, -1))
            assert len(looks) == 8, "weight, bias, scale and zero point of two products"


def test_promises_of_two_threads_end_apart() -> None:
    """One that was made first and ends first leaves the other's, and the last leaves none."""
    tensor = torch.ones(1)
    first, second = (_contents.unchanging([tensor], everywhere=True) for _ in range(2))
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert _contents._promise_of(tensor) is not None
    second.__exit__(None, None, None)
    assert _contents._promise_of(tensor) is None
