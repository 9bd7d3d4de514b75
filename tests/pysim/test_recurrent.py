"""Recurrent layers: their structure is torch's own, and every product in them equals the nested loop exactly."""

from typing import Any

import numpy as np
import pytest
import torch
from odd_multipliers import ODD_S, ODD_US
from oracle import linear_oracle, record, seeded
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_sequence

from multipliers import Multiplier, defaults
from pysim import NonFiniteError, Quantization, approximate_, calibrate_
from pysim._observers import MinMax
from pysim.kernels.cpu import recurrent

KINDS: dict[str, tuple[type[nn.RNNBase], dict[str, Any]]] = {
    "rnn tanh": (nn.RNN, {}),
    "rnn relu": (nn.RNN, {"nonlinearity": "relu"}),
    "gru": (nn.GRU, {}),
    "lstm": (nn.LSTM, {}),
    "lstm projected": (nn.LSTM, {"proj_size": 2}),
}
OPTIONS: dict[str, dict[str, Any]] = {
    "one layer": {},
    "batch first": {"batch_first": True},
    "two layers, both directions": {"num_layers": 2, "bidirectional": True, "batch_first": True},
    "no bias, both directions": {"bias": False, "bidirectional": True},
}
INPUTS = ["batch", "batch and state", "unbatched", "unbatched and state", "packed", "packed and state"]


def make(kind: str, options: str) -> nn.RNNBase:
    seeded()
    cls, own = KINDS[kind]
    return cls(3, 4, **own, **OPTIONS[options]).eval()


def inputs(layer: nn.RNNBase, form: str) -> tuple[Any, Any]:
    """An input and an initial state (or None) of the given form."""
    batch = 3
    x: Any = torch.randn(batch, 5, 3) if layer.batch_first else torch.randn(5, batch, 3)
    if form.startswith("unbatched"):
        x = torch.randn(5, 3)
    if form.startswith("packed"):
        x = pack_sequence([torch.randn(length, 3) for length in (2, 5, 4)], enforce_sorted=False)
    if not form.endswith("state"):
        return x, None
    lead = (layer.num_layers * (2 if layer.bidirectional else 1), *(() if form.startswith("un") else (batch,)))
    h = torch.randn(*lead, layer.proj_size or layer.hidden_size)
    return x, ((h, torch.randn(*lead, layer.hidden_size)) if layer.mode == "LSTM" else h)


def flat(value: Any) -> list[Tensor]:
    """The tensors of an output, in order."""
    if isinstance(value, Tensor):
        return [value]
    return [tensor for part in value if part is not None for tensor in flat(part)]


@pytest.mark.parametrize("form", INPUTS)
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
def test_structure_is_torchs(kind: str, options: str, form: str) -> None:
    """With float products in place of the approximate ones, outputs and states are torch's, in torch's shapes."""
    layer = make(kind, options)
    x, state = inputs(layer, form)
    expected = layer(x, state)
    approximate_(layer, "drum8_k4")
    for product in layer.products():
        product.observer = MinMax()
    got = layer(x, state)
    assert type(got[0]) is type(expected[0])
    for mine, theirs in zip(flat(got), flat(expected), strict=True):
        assert mine.shape == theirs.shape
        assert torch.allclose(mine, theirs, atol=1e-6) or torch.equal(mine, theirs)
    for product in layer.products():
        assert product.observer.count, f"{product.name} never ran"


@pytest.mark.parametrize("form", ["batch and state", "packed"])
@pytest.mark.parametrize("options", ["one layer", "two layers, both directions", "no bias, both directions"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("multiplier", [ODD_US, ODD_S], ids=["unsigned a", "signed a"])
def test_products_equal_loop(kind: str, options: str, form: str, multiplier: Multiplier) -> None:
    check_products(make(kind, options), form, multiplier)


@pytest.mark.parametrize("multiplier", defaults(), ids=lambda multiplier: multiplier.label)
@pytest.mark.parametrize("kind", ["gru", "lstm projected"])
def test_every_multiplier_equals_loop(kind: str, multiplier: Multiplier) -> None:
    check_products(make(kind, "one layer"), "batch", multiplier)


def check_products(layer: Any, form: str, multiplier: Multiplier) -> None:
    """Every product of every step, of the right weight and bias, equals the loop."""
    x, state = inputs(layer, form)
    approximate_(layer, multiplier, quantization=Quantization(activation="affine"))
    calibrate_(layer, [(x, state)])
    calls = record(layer)
    layer(x, state)
    seen = set()
    for call in calls:
        product = call["product"]
        key = next(key for key, value in layer.approximation.items() if value is product)
        seen.add(key)
        weight = getattr(layer, f"weight_{key}")
        bias = getattr(layer, f"bias_{key}", None)
        expected = linear_oracle(product, call["rows"].numpy(), weight, bias)
        assert np.array_equal(call["acc_rows"].numpy(), expected)
    assert seen == set(layer.approximation)


def test_packed_equals_each_sequence_alone() -> None:
    """A packed batch, both directions and two layers, gives what each of its sequences gives by itself."""
    layer: Any = make("lstm", "two layers, both directions")
    sequences = [torch.randn(length, 3) for length in (2, 5, 4)]
    approximate_(layer, "exact8s", calibration=[pack_sequence(sequences, enforce_sorted=False)])
    packed, (h, c) = layer(pack_sequence(sequences, enforce_sorted=False))
    padded, lengths = nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)
    for index, sequence in enumerate(sequences):
        alone, (h_alone, c_alone) = layer(sequence)
        assert torch.allclose(padded[index, : lengths[index]], alone, atol=1e-6)
        assert torch.allclose(h[:, index], h_alone, atol=1e-6)
        assert torch.allclose(c[:, index], c_alone, atol=1e-6)


@pytest.mark.parametrize("form", INPUTS)
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("multiplier", ["drum8_k4", "mitchell8", ODD_S], ids=["planes", "table", "signed a"])
@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
def test_compiled_steps_equal_single_ones(
    kind: str, options: str, form: str, multiplier: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All steps in one compiled call give the same bits as a product and a cell at a time."""
    layer: Any = make(kind, options)
    x, state = inputs(layer, form)
    approximate_(layer, multiplier)
    calibrate_(layer, [(x, state)])
    runs: list[int] = []
    original = recurrent.run
    monkeypatch.setattr(recurrent, "run", lambda *arguments: runs.append(1) or original(*arguments))
    with torch.no_grad():
        compiled = layer(x, state)
        monkeypatch.setattr(type(layer), "_compiled", lambda *_: None)
        single = layer(x, state)
    for mine, theirs in zip(flat(compiled), flat(single), strict=True):
        assert torch.equal(mine, theirs)
    assert len(runs) == (0 if kind in ("rnn relu", "lstm projected") else layer.num_layers * (1 + layer.bidirectional))


@pytest.mark.parametrize("kind", ["gru", "lstm", "rnn tanh"])
def test_compiled_steps_name_a_state_that_is_not_finite(kind: str) -> None:
    layer: Any = make(kind, "one layer")
    x, _ = inputs(layer, "batch")
    approximate_(layer, "drum8_k4", calibration=[x])
    h = torch.zeros(1, 3, 4)
    h[0, 1, 2] = float("nan")
    with torch.no_grad(), pytest.raises(NonFiniteError, match=r"hh_l0: its input is nan at index"):
        layer(x, (h, torch.zeros(1, 3, 4)) if kind == "lstm" else h)


def test_dropout_only_in_training() -> None:
    seeded()
    layer: Any = nn.GRU(3, 4, num_layers=2, dropout=0.9)
    x = torch.randn(5, 2, 3)
    approximate_(layer, "exact8", calibration=[x])
    assert not torch.equal(layer(x)[0], layer(x)[0])
    layer.eval()
    assert torch.equal(layer(x)[0], layer(x)[0])


def test_wrong_shapes_are_refused() -> None:
    layer: Any = nn.GRU(3, 4)
    approximate_(layer, "exact8", calibration=[torch.randn(5, 2, 3)])
    with pytest.raises(ValueError, match="4 dimensions is not allowed"):
        layer(torch.randn(1, 5, 2, 3))
    with pytest.raises(RuntimeError, match=r"input.size\(-1\) must be equal to input_size. Expected 3, got 2"):
        layer(torch.randn(5, 2, 2))
    with pytest.raises(RuntimeError, match="Expected hidden size"):
        layer(torch.randn(5, 2, 3), torch.zeros(1, 3, 4))
