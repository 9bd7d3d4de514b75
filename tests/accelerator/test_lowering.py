"""What lowering makes of a network: sums that are pysim's, numbers that are close to it, and errors that name the module."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from integer_networks import NETWORKS, MBConv, Sequences, make
from odd_multipliers import ODD_US
from torch import Tensor, nn

from accelerator import LoweringError, Program, lower, run
from accelerator.program import AveragePool, Product, Recurrent, Rescale, sources
from pysim import Quantization, UncalibratedError, approximate_
from pysim.kernels import Window
from pysim.layers import Geometry
from pysim.train import control_variate_, finish_, prepare_, remove_control_variate_


def lowered(model: nn.Module, inputs: Tensor, multiplier: Any = "exact8", quantization: Any = None) -> Program:
    approximate_(model.eval(), multiplier, quantization=quantization, calibration=[inputs])
    return lower(model, [inputs])


@pytest.mark.parametrize(
    "name", [name for name, _ in NETWORKS.items() if "gru" not in name and "lstm" not in name and name != "rnn"]
)
@pytest.mark.parametrize("multiplier", ["mitchell8", ODD_US], ids=["table", "f(0, x) is not 0"])
def test_sums_are_pysims(name: str, multiplier: Any) -> None:
    """With a product's input codes in front of it, pysim's layer has the same accumulators, up to what batch norm adds."""
    model, inputs = make(name)
    program = lowered(model, inputs, multiplier)
    found = run(program, inputs).values
    layers = 0
    for operation in program.operations:
        if not isinstance(operation, Product):
            continue
        layer: Any = model.get_submodule(operation.name.removesuffix(".product"))
        product, value = layer.product("weight"), program.values[operation.source]
        x = (found[operation.source] - value.zero_point).float() * value.scale
        image = operation.layout == "image"
        x = x if image else x.reshape(1, -1, 1, x.shape[-1]).permute(0, 3, 1, 2)
        window = Geometry.of(layer).window if image else Window()
        expected = product.accumulators(x, layer.weight, layer.bias, window).long()
        added = torch.from_numpy(operation.matrix.constant) - product.core.latest.constant
        acc = found[f"{operation.name}.acc"]
        acc = acc if image else acc.reshape(1, -1, 1, acc.shape[-1]).permute(0, 3, 1, 2)
        assert torch.equal(acc.long(), expected + added.long().view(-1, 1, 1))
        layers += 1
    assert layers == sum(isinstance(module, nn.Linear | nn.Conv1d | nn.Conv2d) for module in model.modules())


def test_gate_sums_are_pysims() -> None:
    """The input's product of a recurrent layer, and the hidden one in its first step, where the state is zero."""
    model, inputs = make("gru")
    program = lowered(model, inputs, ODD_US)
    found = run(program, inputs).values
    layer: Any = model.get_submodule("rows")
    first, second = (o for o in program.operations if isinstance(o, Product | Recurrent) and o.name.startswith("rows"))
    assert isinstance(first, Product)
    for kind, x, acc in (
        ("ih", inputs, found[f"{first.name}.acc"]),
        ("hh", torch.zeros(len(inputs), 1, 4), found[f"{second.name}.acc"][:, :1]),
    ):
        weight, bias = getattr(layer, f"weight_{kind}_l0"), getattr(layer, f"bias_{kind}_l0")
        images = x.reshape(1, -1, 1, x.shape[-1]).permute(0, 3, 1, 2)
        expected = layer.product(f"{kind}_l0").accumulators(images, weight, bias, Window())
        assert torch.equal(acc.reshape(-1, acc.shape[-1]), expected.permute(0, 2, 3, 1).reshape(-1, acc.shape[-1]))


@pytest.mark.parametrize(
    ("multiplier", "bits", "tolerance"), [("exact8", 8, 0.02), ("exact8s", 8, 0.02), ("exact12us", 12, 0.003)]
)
@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_are_close_to_pysims(name: str, multiplier: str, bits: int, tolerance: float) -> None:
    """Integers round once more where pysim keeps floats; more bits bring both together."""
    model, inputs = make(name, inputs=64)
    program = lowered(model, inputs, multiplier, Quantization(bits, bits))
    with torch.no_grad():
        expected = model(inputs)
    assert (run(program, inputs).real - expected).abs().max() <= tolerance * expected.abs().max()


def test_lowering_leaves_the_network_as_it_was() -> None:
    model, inputs = make("efficientnet-lite blocks")
    approximate_(model, "drum8_k4", calibration=[inputs])
    model.train()
    state = {key: value.clone() for key, value in model.state_dict().items()}
    first, second = lower(model, [inputs]), lower(model, [inputs[:12], (inputs[12:],)])
    assert model.training
    assert all(torch.equal(value, state[key]) for key, value in model.state_dict().items())
    assert first.hash == second.hash, "ranges are those of all batches"


@pytest.mark.parametrize("multiplier", ["exact8", "exact8s"])
def test_batch_norm_and_clamps_cost_no_operation(multiplier: str) -> None:
    torch.manual_seed(0)
    model, inputs = nn.Sequential(MBConv(3, 3, 1)), torch.randn(4, 3, 5, 5)
    program = lowered(model, inputs, multiplier)
    assert [type(o).__name__ for o in program.operations] == ["Product", "Product", "Product", "Rescale"]
    expand, depthwise, project, add = program.operations
    assert isinstance(expand, Product)
    assert (expand.matrix.multiplier < 0).any(), "a negative factor of batch norm"
    value = program.values[expand.target]
    assert expand.low == value.zero_point
    assert expand.high == min(value.high, value.zero_point + round(6 / value.scale))
    assert isinstance(depthwise, Product)
    assert depthwise.window.groups == 9
    assert isinstance(add, Rescale)
    assert set(sources(add)) == {program.input, project.target}


def test_a_channel_that_batch_norm_switches_off_keeps_its_offset() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(2, 3, 1), nn.BatchNorm2d(3), nn.Conv2d(3, 1, 1))
    with torch.no_grad():
        model[1].weight.copy_(torch.tensor([0.0, 1e-20, 1.0]))
        model[1].bias.copy_(torch.tensor([0.75, -0.5, 0.0]))
    inputs = torch.randn(8, 2, 3, 3)
    program = lowered(model, inputs)
    found, value = run(program, inputs).values["0"], program.values["0"]
    for channel, offset in ((0, 0.75), (1, -0.5)):
        assert (found[:, channel] == value.zero_point + round(offset / value.scale)).all()


def test_batch_norms_epsilon_is_not_forgotten() -> None:
    """One that is as large as the variances, so that it counts."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4, eps=1.0), nn.Conv2d(4, 2, 1))
    inputs = torch.randn(16, 2, 5, 5)
    program = lowered(model, inputs)
    with torch.no_grad():
        expected = model(inputs)
    assert (run(program, inputs).real - expected).abs().max() < 0.02 * expected.abs().max()


def test_codes_finer_than_accumulators_go_by_16_bits() -> None:
    """A clamp to a small range leaves codes finer than one unit of the accumulator, which a factor below 1 cannot reach."""
    model = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.Hardtanh(-0.01, 0.01), nn.Conv2d(1, 1, 1))
    with torch.no_grad():
        model[0].weight.fill_(100.0)
    inputs = torch.randn(8, 1, 3, 3)
    program = lowered(model, inputs)
    assert [type(o).__name__ for o in program.operations] == ["Product", "Rescale", "Product"]
    with torch.no_grad():
        expected = model(inputs)
    assert (run(program, inputs).real - expected).abs().max() < 0.02 * expected.abs().max()


def test_pooling_in_one_scale_is_the_exact_mean() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 1), nn.AvgPool2d(3), nn.Conv2d(2, 1, 1))
    inputs = torch.randn(4, 1, 6, 6)
    program = lowered(model, inputs)
    pool = next(o for o in program.operations if isinstance(o, AveragePool))
    ratio = program.values[pool.source].scale / program.values[pool.target].scale / 9
    assert abs(pool.multiplier / 2**pool.shift - ratio) < 2**-23 * ratio


@pytest.mark.parametrize("pool", [nn.AdaptiveAvgPool2d((2, 3)), nn.AdaptiveAvgPool2d((None, 1)), "mean"])
def test_windows_of_oblong_images(pool: Any) -> None:
    """Averages over 4 x 9 positions, whose height is not taken for their width."""

    class Averaged(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = nn.Conv2d(1, 2, 1), nn.LazyLinear(3)
            self.pool = nn.Identity() if pool == "mean" else pool

        def forward(self, x: Tensor) -> Tensor:
            y = self.pool(self.first(x))
            return self.last((y.mean([2, 3]) if pool == "mean" else y).flatten(1))

    torch.manual_seed(0)
    model, inputs = Averaged(), torch.randn(8, 1, 4, 9)
    model(inputs)
    program = lowered(model, inputs)
    with torch.no_grad():
        expected = model(inputs)
    assert (run(program, inputs).real - expected).abs().max() < 0.02 * expected.abs().max()


@pytest.mark.parametrize("output", [(2, 3), (3, 2)])
def test_uneven_windows_are_refused(output: tuple[int, int]) -> None:
    """One side that is not divided is enough."""
    model, inputs = nn.Sequential(nn.Conv2d(1, 1, 1), nn.AdaptiveAvgPool2d(output)), torch.randn(2, 1, 4, 4)
    with pytest.raises(LoweringError, match="do not divide images of 4x4 evenly"):
        lowered(model, inputs)


class Uses(nn.Module):
    """A linear layer and any function of its output."""

    def __init__(self, function: Callable[[Any, Any], Any]) -> None:
        super().__init__()
        self.inner = nn.Linear(4, 4)
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(self.inner(x), x)


def sequential(*layers: nn.Module) -> nn.Module:
    return nn.Sequential(*layers)


REFUSED: dict[str, tuple[nn.Module, tuple[int, ...], str]] = {
    "activation": (sequential(nn.Linear(4, 4), nn.SiLU()), (4,), r"^1 \(SiLU\) cannot be lowered; what can is Conv1d"),
    "nested": (sequential(nn.Linear(4, 4), sequential(nn.Identity(), nn.GELU())), (4,), r"^1\.1 \(GELU\) cannot"),
    "function": (sequential(nn.Linear(4, 4), Uses(lambda y, x: torch.exp(y))), (4,), r"^1\.exp cannot be lowered"),
    "product": (Uses(lambda y, x: y * x), (4,), "mul cannot be lowered"),
    "constant": (Uses(lambda y, x: y + 1), (4,), "add cannot be lowered: it combines a value with a constant"),
    "alpha": (Uses(lambda y, x: torch.add(y, x, alpha=2)), (4,), "alpha = 2 cannot be lowered"),
    "broadcasting": (Uses(lambda y, x: y + y.mean(1, keepdim=True)), (4,), "averages a value of shape"),
    "batch norm alone": (
        sequential(nn.BatchNorm2d(1), nn.Conv2d(1, 1, 1)),
        (1, 3, 3),
        r"^0 \(batch norm\) cannot.*it reads input",
    ),
    "batch norm behind ReLU": (sequential(nn.Linear(4, 4), nn.ReLU(), nn.BatchNorm1d(4)), (4,), r"^2 \(batch norm\) cannot"),
    "padding": (sequential(nn.Conv2d(1, 1, 3, padding=1, padding_mode="reflect")), (1, 4, 4), "0 .*'reflect', not with zeros"),
    "three dimensions": (sequential(nn.Conv3d(1, 1, 1)), (1, 2, 2, 2), r"^0 \(Conv3d\) cannot"),
    "ceil": (sequential(nn.Conv2d(1, 1, 1), nn.MaxPool2d(2, ceil_mode=True)), (1, 3, 3), "ceil_mode"),
    "uneven": (sequential(nn.Conv2d(1, 1, 1), nn.AdaptiveAvgPool2d(2)), (1, 3, 3), "do not divide images of 3x3"),
    "batch moved": (Uses(lambda y, x: y.transpose(0, 1)), (3, 4), "moves the batch|have the batch in front"),
    "batch joined": (Uses(lambda y, x: torch.cat([y, x], 0)), (4,), "does not have the batch in front|joins batches"),
    "slice": (Uses(lambda y, x: y[:, 1:3]), (4,), "not whole axes and single integers"),
    "control flow": (Uses(lambda y, x: y if y.sum() > 0 else x), (4,), "cannot be traced by torch.fx"),
    "relu RNN": (Sequences(nn.RNN, nonlinearity="relu"), (3, 5), r"^rows \(RNN_RELU\) cannot"),
    "projection": (Sequences(nn.LSTM, proj_size=2), (3, 5), r"^rows \(LSTM\) cannot be lowered: it projects"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
def test_errors_name_the_module(name: str) -> None:
    model, shape, message = REFUSED[name]
    if name == "projection":
        model.last = nn.Linear(2, 3)
    inputs = torch.randn(4, *shape)
    approximate_(model.eval(), "exact8", calibration=[inputs])
    with pytest.raises(LoweringError, match=message):
        lower(model, [inputs])


class Given(nn.Module):
    """A GRU with an initial state, or with time first."""

    def __init__(self, state: bool, batch_first: bool) -> None:
        super().__init__()
        self.rows = nn.GRU(4, 4, batch_first=batch_first)
        self.state = state

    def forward(self, x: Tensor) -> Tensor:
        return self.rows(x, x[:, 0][None])[0] if self.state else self.rows(x)[0]


@pytest.mark.parametrize(
    ("state", "batch_first", "message"), [(True, True, "initial state"), (False, False, "batch_first=True")]
)
def test_recurrent_layers_that_are_refused(state: bool, batch_first: bool, message: str) -> None:
    model, inputs = Given(state, batch_first).eval(), torch.randn(3, 3, 4)
    approximate_(model, "exact8", calibration=[inputs])
    with pytest.raises(LoweringError, match=f"^rows .*{message}"):
        lower(model, [inputs])


def test_networks_in_training_and_corrected_ones_are_refused() -> None:
    model, inputs = torch.nn.Sequential(nn.Linear(3, 2)), torch.rand(4, 3)
    approximate_(model, "drum8_k3", calibration=[inputs])
    prepare_(model)
    with pytest.raises(LoweringError, match="0: the network is in training"):
        lower(model, [inputs])
    finish_(model)
    control_variate_(model, [inputs])
    with pytest.raises(LoweringError, match="0: it has a control variate"):
        lower(model, [inputs])
    remove_control_variate_(model)
    lower(model, [inputs])


def test_networks_that_are_not_ready_are_refused() -> None:
    inputs = torch.randn(4, 4)
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 2)).eval()
    with pytest.raises(LoweringError, match="call approximate_ first"):
        lower(model, [inputs])
    approximate_(model, "exact8", filter_fn=lambda module, name: name == "0")
    with pytest.raises(UncalibratedError, match=r"^0 is not calibrated"):
        lower(model, [inputs])
    approximate_(model, "exact8", filter_fn=lambda module, name: name == "0", calibration=[inputs])
    with pytest.raises(LoweringError, match=r"^1 \(Linear\) cannot be lowered: it is left in float"):
        lower(model, [inputs])
    approximate_(model, "exact8", calibration=[inputs])
    with pytest.raises(LoweringError, match="no calibration batches"):
        lower(model, [])
    approximate_(model, "drum8_k4", filter_fn=lambda module, name: name == "1", calibration=[inputs])
    with pytest.raises(LoweringError, match=r"^1 and 0 differ in multiplier"):
        lower(model, [inputs])
    with pytest.raises(LoweringError, match=r"put it into a torch\.nn\.Sequential"):
        lower(model[0], [inputs])


def test_a_layer_that_is_used_twice_is_two_operations() -> None:
    layer = nn.Linear(4, 4)
    model = nn.Sequential(layer, nn.ReLU(), layer)
    program = lowered(model, torch.randn(8, 4))
    assert [o.name for o in program.operations] == ["0", "0#2"]


@pytest.mark.parametrize("other", ["product", "addition"])
def test_two_readers_with_other_ranges_get_codes_of_their_own(other: str) -> None:
    """A clamp in front of one reader must not clip what the other one reads."""

    class Forked(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.left = nn.Linear(4, 4), nn.Linear(4, 4)
            self.right = nn.Linear(4, 4) if other == "product" else nn.Identity()

        def forward(self, x: Tensor) -> Tensor:
            y = self.first(x)
            return self.left(F.relu(y)) + self.right(y)

    torch.manual_seed(0)
    model, inputs = Forked(), torch.randn(64, 4)
    program = lowered(model, inputs)
    with torch.no_grad():
        expected = model(inputs)
    assert (run(program, inputs).real - expected).abs().max() < 0.02 * expected.abs().max()
