"""A state belongs to one multiplier, one set of codes and one accumulator: it loads there, and elsewhere on purpose only."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from multipliers import Multiplier, Operand, get
from pysim import (
    Accumulator,
    Quantization,
    StateError,
    UncalibratedError,
    approximate_,
    calibrate_,
    converted,
    foreign_state,
    unconvert_,
)
from pysim._loading import belongings
from pysim.train import control_variate_
from workloads import load

X = torch.linspace(-1, 1, 2 * 16).view(2, 1, 4, 4)


def small(seed: int = 0) -> Any:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8, 3)).eval()


def on(multiplier: Any, seed: int = 0, data: torch.Tensor | None = X, **quantization: Any) -> Any:
    model = small(seed)
    approximate_(model, multiplier, quantization=Quantization(**quantization), calibration=data)
    return model


def through_torch(state: Any, path: Path) -> Any:
    torch.save(state, path)
    return torch.load(path, weights_only=True)


def through_safetensors(state: Any, path: Path) -> Any:
    safetensors.torch.save_file(state, path)
    return safetensors.torch.load_file(path)


@pytest.mark.parametrize("through", [through_torch, through_safetensors])
@pytest.mark.parametrize("multiplier", ["drum8_k4", "mitchell8s", "drum12_k6"])
def test_a_state_loads_where_it_belongs(through: Callable[[Any, Path], Any], multiplier: str, tmp_path: Path) -> None:
    bits = {"activation_bits": 12, "weight_bits": 12} if multiplier.startswith("drum12") else {}
    model, fresh = on(multiplier, **bits), on(multiplier, seed=1, data=None, **bits)
    fresh.load_state_dict(through(model.state_dict(), tmp_path / "state"))
    assert torch.equal(fresh(X), model(X))


def test_whole_models_through_safetensors(tmp_path: Path) -> None:
    model, fresh = on("drum8_k4"), on("drum8_k4", seed=1)
    safetensors.torch.save_model(model, str(tmp_path / "model"))
    safetensors.torch.load_model(fresh, str(tmp_path / "model"))
    assert torch.equal(fresh(X), model(X))
    with pytest.raises(StateError, match="multiplier 'drum8us_k4', and the model has 'drum8us_k3'"):
        safetensors.torch.load_model(on("drum8_k3"), str(tmp_path / "model"))


ELSEWHERE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "another multiplier": ({"multiplier": "drum8_k3"}, ["multiplier 'drum8us_k4', and the model has 'drum8us_k3'"]),
    "other signs": (
        {"multiplier": "drum8s_k4"},
        [
            "multiplier 'drum8us_k4', and the model has 'drum8s_k4'",
            "activation codes 0 to 255, and the model has -127 to 127",
            "zero point 'affine', and the model has 'none'",
        ],
    ),
    "fewer bits": (
        {"multiplier": "drum8_k4", "activation_bits": 4, "weight_bits": 4},
        ["activation codes 0 to 255, and the model has 0 to 15", "weight codes -127 to 127, and the model has -7 to 7"],
    ),
    "symmetric": ({"multiplier": "drum8_k4", "activation": "symmetric"}, ["zero point 'affine', and the model has 'none'"]),
    "an accumulator": (
        {"multiplier": "drum8_k4", "accumulator": Accumulator(20, "saturate")},
        ["an accumulator of 32 bits that wrap, and the model has 20 bits that saturate"],
    ),
}


@pytest.mark.parametrize("name", ELSEWHERE)
@pytest.mark.parametrize("strict", [True, False])
def test_elsewhere_it_is_refused_with_both_values(name: str, strict: bool) -> None:
    settings, messages = ELSEWHERE[name]
    state, other = on("drum8_k4").state_dict(), on(seed=1, **settings)
    before = copy.deepcopy(other.state_dict())
    with pytest.raises(StateError) as raised:
        other.load_state_dict(state, strict=strict)
    for message in messages:
        assert message in str(raised.value)
    assert "\n" not in str(raised.value)
    assert all(torch.equal(tensor, before[key]) for key, tensor in other.state_dict().items()), "nothing may be loaded"
    with pytest.raises(StateError):
        on("drum8_k4").load_state_dict(before)


def test_float_layers_before_the_first_converted_one_stay_too() -> None:
    models = [small(seed) for seed in (0, 1)]
    for model, multiplier in zip(models, ("drum8_k4", "drum8_k3"), strict=True):
        approximate_(model, multiplier, calibration=X, filter_fn=lambda module, name: name != "0")
    before = models[1][0].weight.clone()
    with pytest.raises(StateError):
        models[1].load_state_dict(models[0].state_dict())
    assert torch.equal(models[1][0].weight, before)


def test_a_part_of_a_model_is_compared_too() -> None:
    model = nn.Sequential(on("drum8_k3", seed=1))
    before = model[0][4].weight.clone()
    with pytest.raises(StateError):
        model.load_state_dict({f"0.{key}": tensor for key, tensor in on("drum8_k4").state_dict().items()})
    assert torch.equal(model[0][4].weight, before)


def test_each_layer_is_compared() -> None:
    """Two multipliers in one model, in each other's place."""
    models = [small(), small()]
    for model, places in zip(models, ("04", "40"), strict=True):
        for multiplier, place in zip(("drum8_k4", "drum8_k3"), places, strict=True):
            approximate_(model, multiplier, filter_fn=lambda module, name, place=place: name == place)
    models[0].load_state_dict(copy.deepcopy(models[0]).state_dict())
    with pytest.raises(StateError, match=r"^0: "):
        models[1].load_state_dict(models[0].state_dict())


@pytest.mark.parametrize(
    ("to", "bits"), [("drum8_k6", {}), ("drum8s_k4", {}), ("exact8", {"activation_bits": 4, "weight_bits": 4})]
)
def test_trained_networks_on_another_multiplier(to: str, bits: dict[str, int]) -> None:
    """Another function, signed codes, fewer bits: all keys match, all shapes fit, and the digits would be read wrongly."""
    workload = load("mnist-dscnn-small")
    models = [workload.model(), workload.model()]
    approximate_(models[0], "exact8", calibration=workload.calibration(16))
    approximate_(models[1], to, quantization=Quantization(**bits), calibration=workload.calibration(16))
    with pytest.raises(StateError, match="this state belongs to"):
        models[1].load_state_dict(models[0].state_dict())


def test_a_zero_point_of_eight_bits_in_four() -> None:
    """Zero point 111 is none of 4-bit codes; on purpose, the same real range gets codes of its own, as calibration gives."""
    layers = [nn.Linear(3, 2) for _ in range(2)]
    data = torch.tensor([[-1.11, 0.0, 1.44]])
    approximate_(layers[0], "exact8", calibration=data)
    approximate_(layers[1], "exact8", quantization=Quantization(4, 4), calibration=data)
    eight, four = (layer.product("weight").quantizer for layer in converted(nn.ModuleList(layers)))
    assert int(eight.zero_point) == 111
    calibrated = float(four.scale), int(four.zero_point)
    with pytest.raises(StateError, match="activation codes 0 to 255, and the model has 0 to 15"):
        layers[1].load_state_dict(layers[0].state_dict())
    with foreign_state():
        layers[1].load_state_dict(layers[0].state_dict())
    assert (float(four.scale), int(four.zero_point)) == pytest.approx(calibrated)
    assert torch.equal(layers[1].weight, layers[0].weight)
    with foreign_state():
        layers[0].load_state_dict(layers[1].state_dict())
    assert int(eight.zero_point) == round(15 * 111 / 255) * 17


def test_on_purpose_on_the_same_codes() -> None:
    """The other multiplier, with the state's weights and ranges as they are."""
    source, target, wanted = on("drum8_k4", data=3 * X), on("drum8_k3", seed=1), on("drum8_k3", data=3 * X)
    with foreign_state():
        target.load_state_dict(source.state_dict())
    assert torch.equal(target(X), wanted(X))
    with pytest.raises(StateError):
        target.load_state_dict(source.state_dict())


def test_a_state_of_an_earlier_version() -> None:
    """Without what it belongs to: told of, and loaded on purpose."""
    source = on("drum8_k4")
    old = {key: tensor for key, tensor in source.state_dict().items() if not key.endswith("_extra_state")}
    target = on("drum8_k4", seed=1, data=None)
    for strict in (True, False):
        with pytest.raises(StateError, match=r"^0: this state says not which multiplier and codes it belongs to"):
            target.load_state_dict(old, strict=strict)
    with pytest.raises(UncalibratedError):
        target(X)
    with foreign_state():
        target.load_state_dict(old)
    assert torch.equal(target(X), source(X))


def test_float_states_are_told_apart_by_torch() -> None:
    """Weights alone leave the calibration as it is, if the caller says that not all is to be loaded."""
    model, state = on("drum8_k4"), small(1).state_dict()
    with pytest.raises(RuntimeError, match="Missing key"):
        model.load_state_dict(state)
    scale = model[0].product("weight").quantizer.scale.clone()
    model.load_state_dict(state, strict=False)
    assert torch.equal(model[0].weight, state["0.weight"])
    assert torch.equal(model[0].product("weight").quantizer.scale, scale)
    with pytest.raises(RuntimeError, match="Unexpected key"):
        small().load_state_dict(model.state_dict())


def test_products_decide_and_not_names() -> None:
    """A function under another name is the same multiplier; another function under the same name is not."""
    port = get("exact", width=8, b_signed=True).p

    def own(label: str, function: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Multiplier:
        return Multiplier(label, Operand(8, False), Operand(8, True), port, function)

    source = on(own("mine", lambda a, b: a * b))
    fresh = on(own("yours", lambda a, b: a * b), seed=1)
    fresh.load_state_dict(source.state_dict())
    assert torch.equal(fresh(X), source(X))
    with pytest.raises(StateError, match=r"another multiplier called 'mine' \(products '[0-9a-f]{32}', and the model's are"):
        on(own("mine", lambda a, b: a * b - 1)).load_state_dict(source.state_dict())


def _said(change: Callable[[dict[str, Any]], Any]) -> torch.Tensor:
    said = json.loads(bytes(on("drum8_k4").state_dict()["0.approximation.weight._extra_state"].tolist()))
    return torch.tensor(list(json.dumps(change(said)).encode()), dtype=torch.uint8)


DAMAGED: dict[str, Callable[[], Any]] = {
    "no tensor": lambda: "drum8us_k4",
    "no bytes": lambda: torch.zeros(3),
    "a number": lambda: torch.tensor(3, dtype=torch.uint8),
    "nothing": lambda: torch.zeros(0, dtype=torch.uint8),
    "no JSON": lambda: torch.zeros(9, dtype=torch.uint8),
    "too much": lambda: torch.full((1 << 17,), 91, dtype=torch.uint8),
    "deep": lambda: torch.full((1 << 15,), 91, dtype=torch.uint8),
    "a list": lambda: _said(lambda said: [said]),
    "a field less": lambda: _said(lambda said: said.pop("weight") and said),
    "a range of texts": lambda: _said(lambda said: {**said, "activation": ["0", "255"]}),
    "a range of one end": lambda: _said(lambda said: {**said, "activation": [0]}),
    "a range reversed": lambda: _said(lambda said: {**said, "activation": [255, 0]}),
    "an accumulator of one part": lambda: _said(lambda said: {**said, "accumulator": [32]}),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_what_cannot_be_read_is_refused(name: str) -> None:
    model = on("drum8_k4")
    state = {**model.state_dict(), "0.approximation.weight._extra_state": DAMAGED[name]()}
    with pytest.raises(StateError, match=r"^0: what this state says of its multiplier and codes cannot be read$"):
        model.load_state_dict(state)


@pytest.mark.parametrize(("scale", "zero"), [(-1.0, 3), (0.0, 3), (float("inf"), 3), (1.0, -1), (1.0, 256)])
def test_numbers_that_no_calibration_gives_are_refused(scale: float, zero: int) -> None:
    model = on("drum8_k4")
    state = model.state_dict()
    state["4.approximation.weight.quantizer.scale"] = torch.tensor(scale)
    state["4.approximation.weight.quantizer.zero_point"] = torch.tensor(zero, dtype=torch.int32)
    with pytest.raises(StateError, match=f"4: scale {scale} and zero point {zero} are no range of codes 0 to 255"):
        model.load_state_dict(state)


def test_corrections_come_and_go_with_the_state() -> None:
    corrected, plain = on("truncated_columns8_v8"), on("truncated_columns8_v8", seed=1)
    control_variate_(corrected, X)
    without = copy.deepcopy(plain.state_dict())
    wanted = plain(X)
    plain.load_state_dict(corrected.state_dict())
    assert torch.equal(plain(X), corrected(X))
    plain.load_state_dict(without)
    assert torch.equal(plain(X), wanted)
    with foreign_state(), pytest.raises(StateError, match="has a control variate of 'truncated_columns8us_v8'"):
        on("truncated_columns8_v7").load_state_dict(corrected.state_dict())


def test_uncalibrated_states_and_copies_on_other_devices() -> None:
    model, other = on("drum8_k4", data=None), on("drum8_k4")
    other.load_state_dict(model.state_dict())
    with pytest.raises(UncalibratedError):
        other(X)
    calibrate_(other, X)
    meta = on("drum8_k4", data=None).to("meta")
    meta.load_state_dict(other.state_dict(), assign=True)
    assert torch.equal(meta(X), other(X))
    with pytest.raises(StateError):
        on("drum8_k3").to("meta").load_state_dict(other.state_dict(), assign=True)


def test_what_a_file_says_of_its_products() -> None:
    model = on("drum8_k4", accumulator=Accumulator(24, "wrap"))
    said = belongings(model)
    assert list(said) == ["0.approximation.weight", "4.approximation.weight"]
    assert said["0.approximation.weight"].pop("products")
    assert said["0.approximation.weight"] == {
        "multiplier": "drum8us_k4",
        "activation": [0, 255],
        "zero_point": "affine",
        "weight": [-127, 127],
        "accumulator": [24, "wrap"],
    }
    unconvert_(model)
    assert belongings(model) == {}
