"""Training a converted model: forward passes are evaluation's to the bit, and any network of torch modules goes through it."""

import copy
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from oracle import seeded
from torch import Tensor, nn

from multipliers import get
from pysim import PysimError, UncalibratedError, approximate_
from pysim.train import Training, control_variate_, finish_, only_scales_and_biases_, prepare_, set_forward_, switch_
from pysim.train._prepare import form_of, products


class Users(nn.Module):
    """Not written for this project: a residual connection, a layer under two names, a module that is called twice, a GRU."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.block = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1, groups=4), nn.ReLU(), nn.Conv2d(4, 4, 1))
        self.twice = nn.Conv2d(4, 4, 3, padding=1)
        self.alias = self.twice
        self.rows = nn.GRU(24, 5, batch_first=True)
        self.head = nn.Linear(5, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norm(self.stem(x)))
        x = x + self.block(x)
        x = F.relu(self.alias(F.relu(self.twice(x))))
        states, _ = self.rows(x.permute(0, 2, 1, 3).flatten(2))
        return self.head(states[:, -1])


def users(multiplier: str = "mitchell8") -> tuple[Users, Tensor, Tensor]:
    seeded()
    model, x = Users(), torch.rand(12, 1, 6, 6)
    approximate_(model, multiplier, calibration=[x])
    return model, x, torch.arange(12) % 3


@pytest.mark.parametrize("multiplier", ["mitchell8", "drum8s_k3"])
@pytest.mark.parametrize("ranges", ["frozen", "running", "learned"])
def test_forward_is_evaluations_to_the_bit(ranges: Any, multiplier: str) -> None:
    """In training mode with gradients, in eval mode with and without, and after `finish_`, after steps that moved all."""
    model, x, y = users(multiplier)
    prepare_(model, ranges=ranges)
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(3):
        optimizer.zero_grad()
        F.cross_entropy(model.train()(x), y).backward()
        optimizer.step()
    model.train()
    model.norm.eval()
    model(x)  # running ranges move at the first call after a backward pass
    trained = model(x)
    assert trained.requires_grad
    model.eval()
    assert torch.equal(model(x), trained)
    with torch.no_grad():
        assert torch.equal(model(x), trained)
    finish_(model)
    assert not any("form" in name for name in model.state_dict())
    with torch.no_grad():
        assert torch.equal(model(x), trained)
    fresh = Users()
    approximate_(fresh, multiplier)
    fresh.load_state_dict(model.state_dict())
    with torch.no_grad():
        assert torch.equal(fresh.eval()(x), trained)


@pytest.mark.parametrize(
    "options",
    [
        {"gradient": "difference", "ranges": "learned"},
        {"gradient": "estimate", "ranges": "running"},
        {"gradient": "approximate"},
        {"forward": "error-model", "noise": 0.01},
        {"forward": "quantized", "truncate": 2},
    ],
)
def test_a_network_of_ones_own_learns(options: dict[str, Any]) -> None:
    model, x, y = users()
    prepare_(model, batches=[x], **options)
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), 2e-2)
    losses = []
    for _ in range(12):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        assert all(parameter.grad is not None for parameter in model.parameters())
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.9 * losses[0]


@pytest.mark.parametrize(
    "options",
    [
        {"gradient": "straight-through", "ranges": "learned"},
        {"gradient": "difference", "ranges": "running"},
        {"gradient": "estimate"},
        {"gradient": "approximate", "truncate": 2},
        {"forward": "quantized"},
    ],
)
def test_a_module_called_twice_gets_both_gradients(options: dict[str, Any]) -> None:
    """The sum of two gradients, of the same network where the second call is another layer's with the same weights."""
    model, x, y = users()
    prepare_(model, batches=[x], **options)
    untied = copy.deepcopy(model)
    untied.alias = copy.deepcopy(untied.twice)
    for each in (model, untied):
        F.cross_entropy(each.train()(x), y).backward()
    gradients = {name: parameter.grad for name, parameter in untied.named_parameters()}
    second = {name.replace("alias", "twice"): grad for name, grad in gradients.items() if name.startswith("alias")}
    assert second
    for name, parameter in model.named_parameters():
        first, mine = gradients[name], parameter.grad
        assert first is not None
        assert mine is not None
        if name in second:
            assert torch.equal(mine, first + second[name]), name
            assert min(float(first.abs().max()), float(second[name].abs().max())) > 0
        else:
            assert torch.equal(mine, first), name


def test_a_layer_called_twice_by_hand() -> None:
    """y = w * h with h = w * x: dw is g * (h + w * x) of what the codes stand for, straight through Mitchell's products."""
    layer: Any = nn.Linear(1, 1, bias=False)
    layer.weight.data.fill_(0.75)
    approximate_(layer, "mitchell8", calibration=[torch.tensor([[0.0], [1.0]])])
    prepare_(layer)
    x = torch.tensor([[0.6]], requires_grad=True)
    hidden = layer(x)
    y = layer(hidden)
    y.backward(torch.tensor([[2.0]]))
    scale, weight = 1 / 255, torch.tensor(0.75)
    code = round(0.6 / scale)
    expected = get("mitchell8us")(np.array([code]), np.array([127])).item() * scale * 0.75 / 127
    assert hidden.item() == pytest.approx(expected)
    assert hidden.item() != pytest.approx(0.6 * 0.75, abs=1e-3)
    inner = round(hidden.item() / scale) * scale
    assert layer.weight.grad.item() == pytest.approx(2 * (inner + float(weight) * code * scale), rel=1e-5)
    assert x.grad is not None
    assert x.grad.item() == pytest.approx(2 * 0.75 * 0.75, rel=1e-5)


def test_truncation_cuts_the_gradient_between_steps() -> None:
    """Judged by detaching the state by hand."""
    seeded()
    layer: Any = nn.GRU(2, 3, batch_first=True)
    x = torch.rand(4, 7, 2)
    approximate_(layer, "drum8_k4", calibration=[x])
    other = copy.deepcopy(layer)
    prepare_(layer, truncate=3)
    prepare_(other)
    out, _ = layer(x)
    state, parts = None, []
    for chunk in x.split(3, 1):
        part, state = other(chunk, None if state is None else state.detach())
        parts.append(part)
    assert torch.equal(out, torch.cat(parts, 1))
    out.square().sum().backward()
    torch.cat(parts, 1).square().sum().backward()
    for mine, theirs in zip(layer.parameters(), other.parameters(), strict=True):
        assert torch.allclose(mine.grad, theirs.grad, atol=1e-5)
    finish_(layer)
    assert layer.truncate is None


@pytest.mark.parametrize("cell", [nn.RNN, nn.GRU, nn.LSTM])
def test_cells_have_torchs_gradients(cell: Any) -> None:
    """An exact multiplier with 8-bit codes, against the float layer: gradients differ by quantisation only."""
    seeded()
    layer = cell(3, 4, num_layers=2)
    x = torch.randn(5, 6, 3)
    exact = copy.deepcopy(layer)
    approximate_(layer, "exact16s", quantization=None, calibration=[x])
    prepare_(layer)
    direction = torch.randn(5, 6, 4)
    for model in (layer, exact):
        (model(x)[0] * direction).sum().backward()
    for mine, theirs in zip(layer.parameters(), exact.parameters(), strict=True):
        assert torch.allclose(mine.grad, theirs.grad, atol=0.05 * float(theirs.grad.abs().max()) + 1e-3)


def test_running_ranges_follow_the_data() -> None:
    layer: Any = nn.Linear(2, 2)
    approximate_(layer, "exact8", calibration=[torch.tensor([[0.0, 1.0]])])
    prepare_(layer, ranges="running")
    layer.eval()
    layer(torch.tensor([[0.0, 5.0]]))
    layer.train()
    layer(torch.tensor([[-2.0, 3.0]])).sum()
    layer(torch.tensor([[0.0, 5.0]])).sum().backward()
    assert float(layer.product("weight").quantizer.scale) == pytest.approx(1 / 255)
    layer(torch.tensor([[0.0, 0.0]]))
    low, high = -0.02, 1 + 0.01 * 4
    assert float(layer.product("weight").quantizer.scale) == pytest.approx((high - low) / 255, rel=1e-5)
    for _ in range(20):
        layer(torch.tensor([[-2.0, 5.0]])).sum().backward()
    layer(torch.tensor([[0.0, 0.0]]))
    ends = layer.product("weight").form.ranges.ends
    assert ends.tolist() == pytest.approx([-2 + (low + 2) * 0.99**20, 5 - (5 - high) * 0.99**20], rel=1e-4)
    quantizer = layer.product("weight").quantizer
    assert float(quantizer.scale) == pytest.approx(float(ends[1] - ends[0]) / 255, rel=1e-5)
    assert int(quantizer.zero_point) == round(-float(ends[0]) / float(quantizer.scale))


@pytest.mark.parametrize(("multiplier", "low", "high"), [("exact8", 0, 255), ("exact8", -155, 100), ("exact8s", -127, 127)])
def test_learned_scales_gradient(multiplier: str, low: int, high: int) -> None:
    """Of LSQ, by a loop over activations: codes from 0, around a zero point, and symmetric ones, clipped at either end."""
    seeded()
    layer: Any = nn.Linear(6, 2, bias=False)
    approximate_(layer, multiplier, calibration=[torch.tensor([[low / 255.0, high / 255.0, 0, 0, 0, 0]])])
    prepare_(layer, ranges="learned")
    form = form_of(layer.product("weight"))
    x = ((torch.rand(4, 6) * 1.6 - 0.3) * (high - low) + low) / 255
    layer(x).sum().backward()
    scale = float(layer.product("weight").quantizer.scale)
    weight_scale = layer.weight.abs().amax(1, keepdim=True) / 127
    into = (torch.round(layer.weight / weight_scale) * weight_scale).sum(0).detach()
    expected, ends = 0.0, set()
    for row in x:
        for k, value in enumerate(row.tolist()):
            code = round(value / scale)
            clipped = min(max(code, low), high)
            ends |= {clipped} - {code}
            expected += float(into[k]) * (clipped - (value / scale if clipped == code else 0))
    assert ends == {low, high}
    (log_scale,) = form.ranges.parameters()
    assert float(log_scale.grad) == pytest.approx(scale * expected / (24 * max(high, -low)) ** 0.5, rel=1e-3)


def test_a_learned_scale_stays_a_number() -> None:
    layer: Any = nn.Linear(2, 2, bias=False)
    approximate_(layer, "exact8", calibration=[torch.rand(4, 2)])
    prepare_(layer, ranges="learned")
    form_of(layer.product("weight")).ranges.log_scale.data.fill_(-1e4)
    assert torch.isfinite(layer(torch.rand(4, 2))).all()
    assert float(layer.product("weight").quantizer.scale) == 2.0**-100


def test_only_scales_and_biases() -> None:
    model, x, y = users()
    prepare_(model, ranges="learned")
    left = only_scales_and_biases_(model)
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer = torch.optim.Adam(left, 1e-2)
    F.cross_entropy(model.train()(x), y).backward()
    optimizer.step()
    changed = {name for name, p in model.named_parameters() if not torch.equal(p, before[name])}
    assert all(before[name].dim() < 2 for name in changed)
    assert {"norm.weight", "head.bias", "head.approximation.weight.form.ranges.log_scale"} <= changed


def test_switching_multiplier_and_forward() -> None:
    """After a switch, the model is what conversion to that multiplier with the same ranges gives."""
    model, x, _ = users("drum8_k6")
    prepare_(model, forward="error-model", ranges="learned", batches=[x])
    scales = [p for p in model.parameters() if p.dim() == 0]
    switch_(model, "drum8_k3", batches=[x])
    assert [id(p) for p in model.parameters() if p.dim() == 0] == [id(p) for p in scales]
    other = Users()
    approximate_(other, "drum8_k3", calibration=[x])
    other.load_state_dict({k: v for k, v in model.state_dict().items() if "form" not in k})
    with torch.no_grad():
        assert torch.equal(model.eval()(x), other.eval()(x))
    model.train()
    model.norm.eval()
    assert not torch.equal(model(x), other(x))
    set_forward_(model, "simulation")
    assert torch.equal(model(x), other(x))
    with pytest.raises(PysimError, match="takes activation codes"):
        switch_(model, "drum8s_k3")
    plain, *_ = users()
    prepare_(plain)
    with pytest.raises(PysimError, match="its error model was not fitted"):
        set_forward_(plain, "error-model")


def test_control_variate_is_its_integer_formula() -> None:
    """acc' by loops from acc, the codes and the correction's integers; and the mean error of calibration data is gone."""
    seeded()
    layer: Any = nn.Conv2d(2, 3, 3, padding=1)
    x = torch.rand(4, 2, 6, 6)
    approximate_(layer, "truncated_columns8_v8", calibration=[x])
    product = layer.product("weight")
    calls: list[Any] = []
    images = product.images
    product.images = lambda *given: (calls.append(given), images(*given))[1]
    layer(x)
    del product.images
    acc = product.accumulators(*calls[0])
    control_variate_(layer, [x])
    corrected = product.accumulators(*calls[0])
    codes = product.quantizer(x, "x").int()
    padded = F.pad(codes, (1, 1, 1, 1), value=int(product.quantizer.zero_point))
    correction = product.correction
    for n, i, j in [(0, 0, 0), (1, 2, 5), (2, 3, 3)]:
        sums = int(padded[1, :, i : i + 3, j : j + 3].sum())
        off = ((int(correction.factor[n]) * sums + 128) >> 8) + int(correction.offset[n])
        assert int(corrected[1, n, i, j]) == int(acc[1, n, i, j]) - off
    assert torch.equal(layer(x), corrected.float() * product.core.latest.scale.view(-1, 1, 1))
    exact = copy.deepcopy(layer)
    approximate_(exact, "exact8", calibration=[x])
    right = exact.product("weight").accumulators(*calls[0]).float()
    after, before = (corrected - right).mean((0, 2, 3)), (acc - right).mean((0, 2, 3))
    assert (after.abs() < 1.5).all()
    assert (before.abs() > 10).any()
    assert ((corrected - right).var() < (acc - right).var()).item()


def test_training_behind_a_control_variate_computes_what_evaluation_does() -> None:
    model, x, _ = users("drum8_k3")
    plain = model.eval()(x).detach()
    control_variate_(model, [x])
    prepare_(model, gradient="estimate", batches=[x])
    evaluated = model.eval()(x).detach()
    assert not torch.equal(evaluated, plain)
    model.train()
    model.norm.eval()
    trained = model(x)
    assert trained.requires_grad
    assert torch.equal(trained, evaluated)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gradient": "straight"}, "gradient = 'straight' is not allowed; use 'straight-through'"),
        ({"ranges": "fixed"}, "ranges = 'fixed' is not allowed"),
        ({"forward": "float"}, "forward = 'float' is not allowed"),
        ({"noise": -1}, "noise = -1 is not allowed"),
        ({"truncate": 0}, "truncate = 0 is not allowed"),
        ({"gradient": "estimate"}, "gradient = 'estimate' is fitted to a layer's operands; give prepare_ batches"),
        ({"forward": "error-model"}, "forward = 'error-model' is fitted"),
        ({"training": Training(), "noise": 0.1}, "not both"),
    ],
)
def test_bad_options(options: dict[str, Any], message: str) -> None:
    model, *_ = users()
    with pytest.raises(PysimError, match=message):
        prepare_(model, **options)
    assert all(product.form is None for product in products(model))


def test_unready_models() -> None:
    with pytest.raises(PysimError, match="no converted layer"):
        prepare_(nn.Linear(2, 2))
    layer = nn.Linear(2, 2)
    approximate_(layer, "exact8")
    with pytest.raises(UncalibratedError, match="Linear not calibrated"):
        prepare_(layer)
    with pytest.raises(PysimError, match="not in training; call prepare_ first"):
        set_forward_(layer, "simulation")


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_float_types(dtype: torch.dtype) -> None:
    """Gradients come in the parameters' types; in float64 they are those of float32."""
    seeded()
    model, x = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(32, 2)), torch.rand(4, 1, 6, 6)
    approximate_(model, "drum8_k4", calibration=[x])
    other = copy.deepcopy(model).to(dtype)
    for each, given in ((model, x), (other, x.to(dtype))):
        prepare_(each, gradient="difference")
        each(given).square().sum().backward()
    for mine, theirs in zip(other.parameters(), model.parameters(), strict=True):
        assert mine.grad.dtype == dtype
        if dtype == torch.float64:
            assert torch.allclose(mine.grad.float(), theirs.grad, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("cell", [nn.RNN, nn.GRU, nn.LSTM])
def test_states_in_training_are_inferences_to_the_bit(cell: Any) -> None:
    """Of the recurrent layer by itself: codes behind it would hide a last bit."""
    seeded()
    layer, x = cell(3, 16), torch.randn(9, 8, 3)
    approximate_(layer, "drum8_k4", calibration=[x])
    prepare_(layer)
    trained = layer.train()(x)[0]
    assert trained.requires_grad
    with torch.no_grad():
        assert torch.equal(layer.eval()(x)[0], trained)


@pytest.mark.parametrize("name", ["linear", "lstm"])
def test_evaluation_has_the_scale_that_the_last_step_learned(name: str) -> None:
    """Not that of the step before: judged by a copy that is taken out of training."""
    seeded()
    layer, x = (nn.Linear(5, 4), torch.randn(3, 5)) if name == "linear" else (nn.LSTM(5, 4), torch.randn(3, 2, 5))
    approximate_(layer, "drum8_k4", calibration=[x])
    prepare_(layer, ranges="learned")
    layer.eval()
    with torch.no_grad():
        before = layer(x)
        for parameter in (parameter for key, parameter in layer.named_parameters() if "log_scale" in key):
            parameter.add_(0.3)  # as an optimizer's step does
        after, finished = layer(x), copy.deepcopy(layer)
        finish_(finished)
        expected = finished(x)
    before, after, expected = (part[0] if isinstance(part, tuple) else part for part in (before, after, expected))
    assert torch.equal(after, expected)
    assert not torch.equal(after, before)
