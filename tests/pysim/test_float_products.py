"""Whatever a converted model multiplies in float is named, or was left in float by the caller; nothing goes past a layer."""

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from oracle import seeded
from torch import Tensor, nn

from pysim import approximate_, converted


class Attention(nn.Module):
    """Scores and values are products of activations with activations."""

    def __init__(self, fused: bool = False) -> None:
        super().__init__()
        self.qkv, self.fused = nn.Linear(8, 24), fused

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).chunk(3, -1)
        return F.scaled_dot_product_attention(q, k, v) if self.fused else F.softmax(q @ k.mT, -1) @ v


class Transformer(nn.Module):
    """A parameter matrix in the root, as every vision transformer has."""

    def __init__(self, fused: bool, product: Callable[[Any, Tensor], Tensor] | None = None) -> None:
        super().__init__()
        self.pos, self.attention, self.product = nn.Parameter(torch.zeros(1, 4, 8)), Attention(fused), product

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.pos
        return self.attention(x) if self.product is None else self.product(self, self.attention.qkv(x))


def said(model: nn.Module, **options: Any) -> list[str]:
    seeded()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        approximate_(model, "exact8", calibration=[torch.randn(2, 4, 8)], **options)
    return [str(one.message) for one in caught]


def not_root(module: nn.Module, name: str) -> bool:
    return name != ""


@pytest.mark.parametrize(
    ("fused", "what"), [(False, r"attention: matmul (2 calls)"), (True, "attention: scaled_dot_product_attention (1 calls)")]
)
def test_a_matrix_in_the_root_does_not_hide_products(fused: bool, what: str) -> None:
    (message,) = said(Transformer(fused), filter_fn=not_root)
    assert message == f"these matrix products run outside any layer and stay in float: {what}"


PRODUCTS: dict[str, Callable[[Any, Tensor], Tensor]] = {
    "matmul": lambda _, x: x.matmul(x.mT),
    "bmm": lambda _, x: torch.bmm(x, x.mT),
    "tensordot": lambda _, x: torch.tensordot(x, x, 1) if x.dim() == 1 else torch.tensordot(x, x.mT, ([2], [1])),
    "einsum": lambda _, x: torch.einsum("bik,bjk->bij", x, x),
    "conv1d": lambda _, x: F.conv1d(x, x[:, :, :1].expand(-1, 4, 1).contiguous()),
    "baddbmm": lambda _, x: torch.baddbmm(x[:, :, :4], x, x.mT),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_of_activations_in_the_root_itself_are_named(name: str) -> None:
    """Though the caller left the root in float for the matrix that it holds."""
    (message,) = said(Transformer(False, PRODUCTS[name]), filter_fn=not_root)
    assert message.endswith(f"stay in float: {name} (1 calls)")


def test_products_with_an_excluded_modules_own_matrix_are_not() -> None:
    assert said(Transformer(False, lambda root, x: x[..., :8] @ root.pos[0].T), filter_fn=not_root) == []


def test_torchs_own_layers_that_were_left_in_float_are_not() -> None:
    model = nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 8))
    assert said(model, filter_fn=lambda module, name: name == "0") == []


def test_many_are_counted() -> None:
    class Many(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.blocks = nn.ModuleList([Attention(fused=True) for _ in range(5)])

        def forward(self, x: Tensor) -> Tensor:
            for block in self.blocks:
                x = block(x)
            return x

    (message,) = said(Many())
    assert message.count("scaled_dot_product_attention (1 calls)") == 3
    assert message.endswith(" and 2 more")


@pytest.mark.parametrize("gradients", [False, True])
@pytest.mark.parametrize("layers", [0, 2])
def test_fused_transformer_layers_do_not_go_past_the_converted_ones(layers: int, gradients: bool) -> None:
    """torch's fast path reads the linear layers' float weights without calling them, in inference only."""
    seeded()
    model: nn.Module = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    if layers:
        model = nn.TransformerEncoder(model, layers)  # type: ignore[arg-type]
    x = torch.randn(2, 4, 8)
    approximate_(model.eval(), "drum8_k3", calibration=[x], filter_fn=lambda one, _: not isinstance(one, nn.MultiheadAttention))
    calls: list[str] = []
    for layer in converted(model):
        layer.register_forward_hook(lambda layer, *_: calls.append(layer.name))
    with torch.set_grad_enabled(gradients):
        hooked = model(x)
    assert len(calls) == 2 * max(layers, 1)
    for layer in converted(model):
        layer._forward_hooks.clear()  # which by themselves would stop the fast path
    with torch.set_grad_enabled(gradients):
        assert torch.equal(model(x), hooked)


def test_nested_tensors_are_refused_by_name() -> None:
    layer = nn.Linear(8, 8)
    approximate_(layer, "exact8", calibration=[torch.randn(2, 8)])
    nested = torch.nested.nested_tensor([torch.randn(2, 8), torch.randn(3, 8)], layout=torch.jagged)
    with pytest.raises(
        ValueError, match=r"nested tensors are not allowed; make nn\.TransformerEncoder with enable_nested_tensor=False"
    ):
        layer(nested)
