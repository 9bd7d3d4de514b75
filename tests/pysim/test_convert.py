"""approximate_ converts what it says, keeps what a module carries, and names what it cannot convert."""

import copy
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load, save
from torch import Tensor, nn
from torch.nn.utils import parametrizations, weight_norm

from multipliers import UnknownMultiplierError
from pysim import (
    ConversionError,
    NonFiniteError,
    PysimError,
    Quantization,
    UncalibratedError,
    approximate_,
    calibrate_,
    converted,
)


class Labelled(nn.Conv2d):
    """A subclass with extras, but torch's forward."""

    note = "mine"


class Scaled(nn.Linear):
    """A subclass whose forward does more than torch's."""

    def forward(self, input: Tensor) -> Tensor:
        return 2 * super().forward(input)


class OwnMatrix(nn.Module):
    """A module that multiplies without a layer."""

    def __init__(self) -> None:
        super().__init__()
        self.matrix = nn.Parameter(torch.randn(3, 3))
        self.fc = nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x @ self.matrix)


def small() -> nn.Sequential:
    return nn.Sequential(Labelled(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8, 3)).eval()


X = torch.linspace(-1, 1, 2 * 16).view(2, 1, 4, 4)


def test_converts_subclasses_in_place() -> None:
    model = small()
    layer, weight = model[0], model[0].weight
    result = approximate_(model, "drum8_k4", calibration=[X])
    assert result.converted == ("0", "3")
    assert result.left_in_float == ()
    assert result.multiplier.label == "drum8us_k4"
    assert model[0] is layer
    assert model[0].weight is weight
    assert isinstance(model[0], Labelled)
    assert model[0].note == "mine"
    assert type(model[0]).__name__ == "ApproximateLabelled"
    assert "multiplier=drum8us_k4" in repr(model)


def test_a_bare_layer_shared_layers_and_hooks() -> None:
    bare = nn.Linear(3, 3)
    fired: list[int] = []
    bare.register_forward_hook(lambda *_: fired.append(1))
    model = nn.Sequential(bare, nn.ReLU(), bare)
    assert approximate_(model, "exact8").converted == ("0",)
    calibrate_(model, [torch.ones(1, 3)])
    model(torch.ones(1, 3))
    assert len(fired) == 4
    alone = nn.Linear(3, 3)
    approximate_(alone, "exact8", calibration=[torch.ones(1, 3)])
    assert alone(torch.ones(1, 3)).shape == (1, 3)


def test_filter_leaves_layers_in_float() -> None:
    model = small()
    result = approximate_(model, "exact8", filter_fn=lambda module, name: name != "3", calibration=[X])
    assert (result.converted, result.left_in_float) == (("0",), ("3",))
    assert type(model[3]) is nn.Linear


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (nn.ConvTranspose2d(1, 1, 2), r"1 \(ConvTranspose2d\) multiplies but cannot be converted"),
        (nn.Bilinear(2, 2, 2), r"1 \(Bilinear\) multiplies but cannot be converted"),
        (nn.LSTMCell(2, 2), r"1 \(LSTMCell\) multiplies but cannot be converted"),
        (nn.MultiheadAttention(2, 1), r"1 \(MultiheadAttention\) multiplies but cannot be converted"),
        (nn.TransformerEncoderLayer(2, 1, 4), r"1.self_attn \(MultiheadAttention\) multiplies but cannot be converted"),
        (nn.LazyLinear(2), r"1 \(LazyLinear\) is lazy and has no shape yet"),
        (Scaled(2, 2), r"1 \(Scaled\) overrides forward"),
        (OwnMatrix(), r"1 \(OwnMatrix\) holds a matrix of its own"),
        (parametrizations.weight_norm(nn.Linear(2, 2)), "computes its weight by a parametrization or hook"),
    ],
)
@pytest.mark.filterwarnings("ignore:Lazy modules are a new feature", "ignore:enable_nested_tensor")
def test_what_cannot_be_converted_is_named(layer: nn.Module, message: str) -> None:
    model = nn.Sequential(nn.Linear(2, 2), layer)
    with pytest.raises(ConversionError, match=message):
        approximate_(model, "exact8")
    assert type(model[0]) is nn.Linear, "nothing may be half-converted"


def test_old_weight_norm_is_named() -> None:
    with pytest.warns(FutureWarning):
        model = nn.Sequential(weight_norm(nn.Linear(2, 2)))
    with pytest.raises(ConversionError, match="by a parametrization or hook"):
        approximate_(model, "exact8")


class Attention(nn.Module):
    """Products of activations with activations."""

    def __init__(self) -> None:
        super().__init__()
        self.q = nn.Linear(3, 3)
        approximate_(self.q, "exact8")

    def forward(self, x: Tensor) -> Tensor:
        return F.softmax(torch.matmul(self.q(x), x.mT), -1)


def test_float_products_outside_layers_are_reported() -> None:
    with pytest.warns(UserWarning, match=r"run outside any layer and stay in float: matmul \(1 calls\)"):
        calibrate_(Attention(), [torch.ones(1, 3, 3)])


def test_nothing_to_convert() -> None:
    with pytest.raises(ConversionError, match="no layer to convert; convertible are Conv1d"):
        approximate_(nn.ReLU(), "exact8")
    with pytest.raises(PysimError, match="no converted layer; call approximate_ first"):
        calibrate_(nn.ReLU(), [X])


def test_unknown_multiplier_has_suggestions() -> None:
    with pytest.raises(UnknownMultiplierError, match=r"unknown multiplier 'drumm8_k4'; did you mean drum8_k4"):
        approximate_(small(), "drumm8_k4")


def test_uncalibrated_and_no_batches() -> None:
    model = small()
    approximate_(model, "exact8")
    with pytest.raises(UncalibratedError, match=r"^0 is not calibrated"):
        model(X)
    with pytest.raises(PysimError, match="no calibration batches were given"):
        calibrate_(model, [])


def test_unreached_layer_is_named() -> None:
    model = nn.ModuleDict({"used": nn.Linear(3, 3), "unused": nn.Linear(3, 3)})
    model.forward = lambda x: model["used"](x)  # type: ignore[method-assign]
    with pytest.raises(UncalibratedError, match="no calibration batch reached unused"):
        approximate_(model, "exact8", calibration=[torch.ones(1, 3)])


def test_failed_calibration_keeps_the_old_one() -> None:
    model = small()
    approximate_(model, "exact8", calibration=[X])
    before = model(X)
    with pytest.raises(NonFiniteError, match="0: its input is nan"):
        calibrate_(model, [10 * X, X * float("nan")])
    assert torch.equal(model(X), before)


def test_non_finite_weights_are_named() -> None:
    model = small()
    approximate_(model, "exact8", calibration=[X])
    with torch.no_grad():
        model[3].weight[1, 2] = float("inf")
    with pytest.raises(NonFiniteError, match=r"3: its weight is inf at index \(1, 2\)"):
        model(X)


def test_changed_weights_are_requantised() -> None:
    model = small()
    approximate_(model, "exact8", calibration=[X])
    before = model(X)
    with torch.no_grad():
        model[3].weight.mul_(-1)
        model[3].bias.mul_(-1)
    assert torch.equal(model(X), -before)


def test_state_dict_carries_the_calibration() -> None:
    model, fresh = small(), small()
    approximate_(model, "drum8_k4", calibration=[X])
    approximate_(fresh, "drum8_k4")
    fresh.load_state_dict(load(save(model.state_dict())))
    assert torch.equal(fresh(X), model(X))
    assert torch.equal(copy.deepcopy(model)(X), model(X))


def test_another_multiplier_on_a_converted_model() -> None:
    model = small()
    direct = copy.deepcopy(model)
    approximate_(model, "drum8_k3", calibration=[X])
    approximate_(model, "exact8s", calibration=[X])
    approximate_(direct, "exact8s", calibration=[X])
    assert torch.equal(model(X), direct(X))
    assert type(model[0]).__name__ == "ApproximateLabelled"


def test_calibration_runs_in_eval_mode_and_restores_training() -> None:
    model: Any = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
    model[2].eval()
    approximate_(model, "exact8", calibration=[torch.randn(8, 4)])
    assert [module.training for module in model] == [True, True, False]
    assert int(model[1].num_batches_tracked) == 0


def test_batches_may_be_tuples_and_dicts() -> None:
    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(3, 2)

        def forward(self, x: Tensor, y: Tensor) -> Tensor:
            return self.fc(x + y)

    model = Two()
    one = torch.ones(1, 3)
    approximate_(model, "exact8", calibration=[(one, one), {"x": one, "y": one}])
    assert len(converted(model)) == 1
    assert model(one, one).shape == (1, 2)


@pytest.mark.parametrize("method", ["forward", "_conv_forward"])
def test_a_method_set_on_the_instance_is_refused(method: str) -> None:
    """It would be called in place of the converted layer's, which then computes nothing."""
    layer = nn.Conv2d(1, 4, 3)
    setattr(layer, method, getattr(layer, method))
    with pytest.raises(ConversionError, match=rf"0 \(Conv2d\) has a {method} of its own, set on the instance"):
        approximate_(nn.Sequential(layer), "drum8_k3")


@pytest.mark.parametrize("cast", ["half", "bfloat16", "double"])
def test_casts_leave_the_scale_as_it_was(cast: str) -> None:
    layer = nn.Linear(4, 2)
    approximate_(layer, "exact8", calibration=[1e-7 * torch.rand(3, 4)])
    quantizer = next(layer.products()).quantizer  # type: ignore[operator]
    before = float(quantizer.scale)
    getattr(layer, cast)().float()
    assert (quantizer.scale.dtype, float(quantizer.scale)) == (torch.float32, before)
    assert before > 0


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")  # torch's own, in its jvp
@pytest.mark.parametrize("gradients", [False, True])
def test_forward_mode_derivatives_are_refused(gradients: bool) -> None:
    """torch would take them for zero."""
    layer, x = nn.Linear(4, 2), torch.rand(3, 4)
    approximate_(layer, "exact8", calibration=[x])
    with torch.set_grad_enabled(gradients), pytest.raises(PysimError, match="forward-mode derivatives"):
        torch.func.jvp(layer, (x,), (x,))


def test_what_is_no_multiplier_is_named() -> None:
    with pytest.raises(PysimError, match="multiplier = None is not allowed; give a label"):
        approximate_(nn.Linear(2, 2), None)  # type: ignore[arg-type]
    with pytest.raises(PysimError, match=r"weight_bits = 8\.0 is not allowed"):
        Quantization(weight_bits=8.0)  # type: ignore[arg-type]
