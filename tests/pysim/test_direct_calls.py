"""Plain inference goes past torch's dispatcher, and computes the same; whoever watches the operator still sees it."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from oracle import seeded
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx
from torch.utils._python_dispatch import TorchDispatchMode

import pysim._approximate
from pysim import approximate_

X = torch.linspace(-1, 1, 2 * 2 * 64).view(2, 2, 8, 8)


class Watching(TorchDispatchMode):
    """Notes the operators that it sees."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run the operator."""
        self.seen.append(str(func))
        return func(*args, **(kwargs or {}))


@pytest.fixture
def layer() -> nn.Conv2d:
    seeded()
    layer = nn.Conv2d(2, 4, 3, padding=1)
    approximate_(layer, "drum8_k4", calibration=[X])
    return layer.eval()


@pytest.fixture
def dispatched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Cores that were called by way of the dispatcher."""
    calls: list[str] = []
    call = pysim._approximate.call

    def counted(core: str, *arguments: Any) -> Tensor:
        calls.append(core)
        return call(core, *arguments)

    monkeypatch.setattr(pysim._approximate, "call", counted)
    return calls


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
def test_plain_inference_is_direct_and_computes_the_same(
    layer: nn.Conv2d, dispatched: list[str], context: Callable[[], Any]
) -> None:
    by_operator = layer(X)
    assert len(dispatched) == 1
    with context():
        assert torch.equal(layer(X), by_operator)
    assert len(dispatched) == 1


def profiled(layer: nn.Module) -> bool:
    with torch.profiler.profile() as profile:
        layer(X)
    return "goldaxe::product" in {event.key for event in profile.key_averages()}


def moded(layer: nn.Module) -> bool:
    with Watching() as mode:
        layer(X)
    return any("goldaxe.product" in name for name in mode.seen)


def traced(layer: nn.Module) -> bool:
    return "goldaxe.product" in make_fx(layer)(X).code


def faked(layer: nn.Module) -> bool:
    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        return layer(mode.from_tensor(X)).shape == (2, 4, 8, 8)


def subclassed(layer: nn.Module) -> bool:
    return isinstance(layer(X.as_subclass(type("Named", (Tensor,), {}))), Tensor)


@pytest.mark.parametrize("watch", [profiled, moded, traced, faked, subclassed])
def test_who_watches_sees_the_operator(layer: nn.Conv2d, dispatched: list[str], watch: Callable[[nn.Module], bool]) -> None:
    with torch.no_grad():
        assert watch(layer)
    assert dispatched


def test_transforms_go_through_the_dispatcher(layer: nn.Conv2d, dispatched: list[str]) -> None:
    with torch.no_grad():
        each = torch.func.vmap(layer)(torch.stack([X, X.flip(0)]))
        assert dispatched
        assert torch.equal(each, torch.stack([layer(X), layer(X.flip(0))]))


def test_a_weight_changed_in_place_is_seen(layer: nn.Conv2d) -> None:
    with torch.no_grad():
        before = layer(X)
        layer.weight.mul_(-1)
        layer.bias.add_(1)
        after = layer(X)
        fresh = nn.Conv2d(2, 4, 3, padding=1)
        fresh.load_state_dict({"weight": layer.weight, "bias": layer.bias})
        approximate_(fresh, "drum8_k4", calibration=[X])
        assert torch.equal(after, fresh.eval()(X))
    assert not torch.equal(after, before)
