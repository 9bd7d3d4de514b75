"""The approximate product as a torch operator: gradients, compilation and export."""

import copy
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from oracle import seeded
from torch import nn

from pysim import Quantization, approximate_
from pysim.kernels import Window


def network() -> nn.Sequential:
    seeded()
    layers = [nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 4, 3, groups=4, stride=2), nn.Flatten(), nn.Linear(36, 3)]
    return nn.Sequential(*layers)


X = torch.linspace(-1, 1, 2 * 2 * 64).view(2, 2, 8, 8)


@pytest.mark.parametrize("padding", [0, (1, 2), "same"])
@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
def test_gradient_is_the_float_one_but_for_clipped_activations(padding: Any, groups: int) -> None:
    seeded()
    layer: Any = nn.Conv2d(4, 6, (2, 3), padding=padding, groups=groups)
    exact = copy.deepcopy(layer)
    approximate_(layer, "drum8_k4", calibration=[torch.rand(2, 4, 5, 6)])
    x = (torch.rand(2, 4, 5, 6) * 3 - 1).requires_grad_()
    z = x.detach().clone().requires_grad_()
    y, e = layer(x), exact(z)
    direction = torch.randn_like(y)
    y.backward(direction)
    e.backward(direction)
    inside = (z >= 0) & (z <= 1)
    assert 0.2 < inside.float().mean() < 0.8
    scale = float(layer.product("weight").quantizer.scale)
    sure = (z.detach() < -scale) | (z.detach() > 1 + scale) | inside
    assert torch.allclose(x.grad[sure], (z.grad * inside)[sure], atol=1e-5)
    assert torch.allclose(layer.weight.grad, exact.weight.grad, atol=1e-4)
    assert torch.allclose(layer.bias.grad, exact.bias.grad, atol=1e-4)


def test_training_a_step_changes_what_is_computed() -> None:
    model = network()
    approximate_(model, "drum8_k4", calibration=[X])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = F.cross_entropy(model(X), torch.tensor([0, 2]))
    for _ in range(5):
        optimizer.zero_grad()
        F.cross_entropy(model(X), torch.tensor([0, 2])).backward()
        optimizer.step()
    assert F.cross_entropy(model(X), torch.tensor([0, 2])) < before


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_compiles_as_one_graph() -> None:
    model = network().eval()
    approximate_(model, "drum8_k4", calibration=[X])
    with torch.no_grad():
        assert torch.equal(torch.compile(model, backend="aot_eager", fullgraph=True)(X), model(X))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_exports() -> None:
    model = network().eval()
    approximate_(model, "drum8_k4", calibration=[X])
    program = torch.export.export(model, (X,))
    assert "goldaxe.product" in program.graph_module.code
    assert torch.equal(program.module()(X), model(X))


@pytest.mark.parametrize("depthwise", [False, True])
def test_registration_is_consistent(depthwise: bool) -> None:
    layer: Any = nn.Conv2d(4, 4, 3, groups=4 if depthwise else 1)
    x = torch.rand(2, 4, 6, 5)
    approximate_(layer, "drum8_k4", calibration=[x])
    product = layer.product("weight")
    quantizer = product.quantizer
    window = Window((3, 3), groups=4 if depthwise else 1).flat
    arguments = (
        x,
        layer.weight.detach(),
        layer.bias.detach(),
        quantizer.scale,
        quantizer.zero_point,
        window,
        product.description,
    )
    torch.library.opcheck(torch.ops.goldaxe.product.default, arguments, test_utils=("test_schema", "test_faketensor"))


def test_copies_are_products_of_their_own() -> None:
    """A copy with other weights and calibration does not answer for the original, nor the original for it."""
    model: Any = nn.Linear(3, 2)
    approximate_(model, "exact8", calibration=[torch.ones(1, 3)])
    first = model(torch.ones(1, 3))
    other = copy.deepcopy(model)
    with torch.no_grad():
        other.weight.mul_(-1)
        other.bias.mul_(-1)
    assert torch.equal(other(torch.ones(1, 3)), -first)
    assert torch.equal(model(torch.ones(1, 3)), first)


@pytest.mark.parametrize("activation", ["affine", "symmetric"])
def test_channels_last_and_strided_inputs(activation: Any) -> None:
    model = network()[0]
    approximate_(model, "udm8", quantization=Quantization(activation=activation), calibration=[X])
    for x in (
        X.to(memory_format=torch.channels_last),
        X.mT.contiguous().mT,
        torch.cat([X, X], 1)[:, ::2][:, [0, 1]],
        X.flip(3).flip(3),
    ):
        assert torch.equal(model(x), model(x.contiguous()))
