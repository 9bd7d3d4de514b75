"""What a layer's attributes are at the call counts, as for torch's own layer: each is changed after construction and compared.

The judge is the torch layer with the same change. Codes of 8 bits are some percent off, an attribute that is ignored far more;
where torch raises, so does the converted layer.
"""

import copy
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import torch
from oracle import seeded
from torch import Tensor, nn

from pysim import approximate_, calibrate_

LAYERS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "Conv1d": (lambda: nn.Conv1d(4, 4, 3), (2, 4, 9)),
    "Conv2d": (lambda: nn.Conv2d(4, 4, (3, 2), padding=(0, 1)), (2, 4, 9, 8)),
    "Conv2d same": (lambda: nn.Conv2d(4, 4, 3, padding="same", groups=2), (2, 4, 7, 8)),
    "Conv2d reflect": (lambda: nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect"), (2, 4, 7, 8)),
    "Conv3d": (lambda: nn.Conv3d(2, 2, 2), (2, 2, 5, 4, 4)),
    "Linear": (lambda: nn.Linear(6, 5), (3, 6)),
    "RNN": (lambda: nn.RNN(6, 5, 2, dropout=0.3), (4, 4, 6)),
    "GRU": (lambda: nn.GRU(6, 5, bidirectional=True), (4, 4, 6)),
    "LSTM": (lambda: nn.LSTM(6, 5, 2, proj_size=3, batch_first=True), (4, 4, 6)),
}
WORDS = {
    "padding_mode": ["circular", "zeros", "replicate"],
    "mode": ["RNN_RELU", "RNN_TANH", "GRU", "LSTM"],
    "nonlinearity": ["relu", "tanh"],
    "padding": ["valid", "same"],
}
EXTRA: dict[str, dict[str, list[Any]]] = {
    "Conv1d": {
        "padding": [2, "same", "valid", (1,), [1], -1],
        "stride": [2, [2], 0, 1.5],
        "dilation": [2],
        "groups": [2, 0, 3],
    },
    "Conv2d": {
        "padding": [(1, 1), 2, "same", "valid", (1,), (1, 2, 3), "full"],
        "stride": [(2, 1), 2, (1,), 0],
        "groups": [2, 4],
    },
    "Conv2d same": {"padding": ["valid", (2, 1), 0], "stride": [2]},
    "Conv2d reflect": {"padding": [(3, 3)], "stride": [2]},
    "Conv3d": {"padding": [1, (1, 0, 1), "same"], "stride": [(2, 1, 1)], "dilation": [2]},
}


def changes() -> list[Any]:
    """Every public attribute that torch's constructor set, with values of its kind, and some that torch may refuse."""
    found = []
    for name, (make, _) in LAYERS.items():
        for attribute, value in vars(make()).items():
            if attribute.startswith("_") or attribute == "training":
                continue
            others: list[Any] = [word for word in WORDS.get(attribute, []) if word != value] if isinstance(value, str) else []
            if isinstance(value, bool):
                others = [not value]
            elif isinstance(value, (int, float)):
                others = [value + 1]
            elif isinstance(value, tuple):
                others = [tuple(part + 1 for part in value)]
            elif value is not None and not isinstance(value, str):
                raise AssertionError(f"{name}.{attribute} = {value!r}: say how to change it")
            others += EXTRA.get(name, {}).get(attribute, [])
            found += [pytest.param(name, attribute, other, id=f"{name}.{attribute} = {other!r}") for other in others]
    return found


def run(layer: nn.Module, x: Tensor) -> Tensor | None:
    """The output, or None if it is refused."""
    try:
        with torch.no_grad():
            y = layer(x)
    except (ValueError, RuntimeError, TypeError, AssertionError, NotImplementedError):
        return None
    return y[0] if isinstance(y, tuple) else y


def close(y: Tensor | None, expected: Tensor) -> bool:
    return y is not None and y.shape == expected.shape and bool((y - expected).abs().max() < 0.06 * expected.abs().max())


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN:UserWarning")
@pytest.mark.parametrize(("name", "attribute", "value"), changes())
def test_a_changed_attribute_counts_as_in_torch(name: str, attribute: str, value: Any) -> None:
    seeded()
    make, size = LAYERS[name]
    layer, x = make().eval(), torch.randn(size)
    after = copy.deepcopy(layer)
    approximate_(after, "exact8", calibration=[x])
    setattr(layer, attribute, value)
    setattr(after, attribute, value)
    expected = run(layer, x)
    if expected is None:
        assert run(after, x) is None
        return
    recurrent = isinstance(layer, nn.RNNBase)
    y = run(after, x)
    assert close(y, expected) or (recurrent and (y is None or y.shape == expected.shape)), "states may have other ranges now"
    with suppress(*((ValueError, RuntimeError, AttributeError) if recurrent else ())):
        approximate_(layer, "exact8", calibration=[x])
        calibrate_(after, [x])
        for converted in (layer, after):
            y = run(converted, x)
            assert close(y, expected) or (recurrent and y is None)


def test_the_issues_own_case() -> None:
    layer = nn.Conv2d(3, 4, 3)
    layer.padding = (1, 1)
    x = torch.randn(1, 3, 8, 8)
    approximate_(layer, "exact8", calibration=[x])
    assert layer(x).shape == (1, 4, 8, 8)


@pytest.mark.parametrize(
    ("make", "size", "weight"),
    [
        (lambda: nn.Conv2d(3, 4, 3), (2, 3, 9, 9), (4, 3, 5, 5)),
        (lambda: nn.Conv2d(3, 4, 3), (2, 5, 9, 9), (6, 5, 2, 2)),
        (lambda: nn.Linear(3, 4), (2, 5), (6, 5)),
    ],
)
def test_another_weight_brings_its_own_shape(make: Callable[[], Any], size: tuple[int, ...], weight: tuple[int, ...]) -> None:
    """`kernel_size`, `in_channels` and `in_features` are left as they were: torch does not ask them either."""
    seeded()
    layer, x = make(), torch.randn(size)
    layer.weight, layer.bias = nn.Parameter(torch.randn(weight)), None
    expected = layer(x).detach()
    approximate_(layer, "exact8", calibration=[x])
    assert close(run(layer, x), expected)


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("stride", 0, r"stride = 0 is not allowed; use whole numbers from 1, one or 2 of them"),
        ("padding", (1, 2, 3), r"padding = \(1, 2, 3\) is not allowed"),
        ("padding", -1, r"padding = -1 is not allowed; use whole numbers from 0"),
        ("groups", 3, r"groups = 3 is not allowed; use a divisor of the 4 output channels"),
    ],
)
def test_what_is_not_allowed_is_named(attribute: str, value: Any, message: str) -> None:
    layer = nn.Sequential(nn.Conv2d(3, 4, 3))
    approximate_(layer, "exact8", calibration=[torch.randn(1, 3, 8, 8)])
    setattr(layer[0], attribute, value)
    channels = 3 if attribute != "groups" else 9
    with pytest.raises(ValueError, match=f"^0: {message}"):
        layer(torch.randn(1, channels, 8, 8))


@pytest.mark.parametrize(
    ("attribute", "value"), [("num_layers", 2), ("bidirectional", True), ("bias", False), ("hidden_size", 7)]
)
def test_a_recurrent_layer_refuses_what_does_not_fit_its_weights(attribute: str, value: Any) -> None:
    layer = nn.GRU(3, 4)
    approximate_(layer, "exact8", calibration=[torch.randn(5, 2, 3)])
    setattr(layer, attribute, value)
    with pytest.raises(ValueError, match=rf"GRU: .*{attribute} = {value}.* do not fit the layer's weights"):
        layer(torch.randn(5, 2, 3))
