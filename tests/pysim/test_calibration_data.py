"""Calibration takes data as people have it, what fails leaves the model exactly as it was, and `unconvert_` is the way back."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_sequence
from torch.utils.data import DataLoader, TensorDataset

from pysim import ConversionError, NonFiniteError, PysimError, approximate_, calibrate_, converted, unconvert_
from pysim.train import prepare_

IMAGES = torch.linspace(-1, 1, 6 * 16).view(6, 1, 4, 4)
LABELS = torch.arange(6) % 3


class Samples(torch.utils.data.Dataset[Any]):
    """Samples of any form."""

    def __init__(self, form: Callable[[int], Any]) -> None:
        self.form = form

    def __len__(self) -> int:
        return len(IMAGES)

    def __getitem__(self, index: int) -> Any:
        if index >= len(IMAGES):
            raise IndexError
        return self.form(index)


class Small(nn.Module):
    """An image network, in training mode but for one module."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.stem = nn.Conv2d(1, 2, 3)
        self.norm = nn.BatchNorm2d(2).eval()
        self.head = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.norm(self.stem(x)).flatten(1))


def loader(form: Callable[[int], Any]) -> DataLoader[Any]:
    return DataLoader(Samples(form), batch_size=4)


TAKEN: dict[str, Callable[[], Any]] = {
    "a tensor": lambda: IMAGES,
    "a list of tensors": lambda: list(IMAGES.split(4)),
    "a generator": lambda: (part for part in IMAGES.split(4)),
    "a list of tuples": lambda: [(part,) for part in IMAGES.split(4)],
    "pairs": lambda: list(zip(IMAGES.split(4), LABELS.split(4), strict=True)),
    "a dict": lambda: {"x": IMAGES},
    "dicts": lambda: [{"x": part, "label": 3} for part in IMAGES.split(4)],
    "a loader": lambda: DataLoader(IMAGES, batch_size=4),  # type: ignore[arg-type]
    "a loader of pairs": lambda: DataLoader(TensorDataset(IMAGES, LABELS), batch_size=4, shuffle=True),
    "a loader of dicts": lambda: loader(lambda index: {"x": IMAGES[index], "y": LABELS[index]}),
    "a loader of triples": lambda: loader(lambda index: (IMAGES[index], LABELS[index], index)),
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_people_have(name: str) -> None:
    """The same ranges as of the same batches by hand, one tensor each; ends are those of all data."""
    model, wanted = Small(), Small()
    approximate_(wanted, "drum8_k4", calibration=[IMAGES])
    approximate_(model, "drum8_k4", calibration=TAKEN[name]())
    for mine, theirs in zip(converted(model), converted(wanted), strict=True):
        assert torch.equal(mine.product("weight").quantizer.scale, theirs.product("weight").quantizer.scale)
        assert torch.equal(mine.product("weight").quantizer.zero_point, theirs.product("weight").quantizer.zero_point)


def test_packed_sequences_and_states() -> None:
    x = torch.randn(5, 2, 3)
    for data in (pack_sequence([x[:, 0], x[:3, 1]]), [(x, torch.zeros(1, 2, 4))], {"input": x, "hx": torch.zeros(1, 2, 4)}):
        layer = nn.GRU(3, 4)
        approximate_(layer, "exact8", calibration=data)
        assert layer(x)[0].shape == (5, 2, 4)


def failing() -> Iterator[Tensor]:
    yield IMAGES
    raise OSError("the disk is gone")


def interrupted() -> Iterator[Tensor]:
    yield IMAGES
    raise KeyboardInterrupt("stopped")


REFUSED: dict[str, tuple[Callable[[], Any], type[BaseException], str]] = {
    "nothing": (list, PysimError, "no calibration batches were given"),
    "an empty generator": (lambda: iter(()), PysimError, "no calibration batches were given"),
    "no data": (lambda: 5, PysimError, "5 is no data; give a tensor, a list of tensors, or a DataLoader"),
    "a text": (lambda: "images", PysimError, "'images' is no data"),
    "an array": (lambda: IMAGES.numpy(), PysimError, "type ndarray is no data"),
    "a data set": (lambda: TensorDataset(IMAGES, LABELS), PysimError, "TensorDataset is a data set of single samples"),
    "arrays": (lambda: [IMAGES.numpy()], PysimError, "the model cannot take batch 1, an object of type ndarray: "),
    "None": (lambda: [None], PysimError, "the model cannot take batch 1, None: "),
    "labels alone": (lambda: (IMAGES, LABELS), PysimError, r"cannot take batch 2, a int64 tensor of shape \(6,\): "),
    "an empty tuple": (lambda: [()], PysimError, "the model cannot take batch 1, a tuple of nothing: "),
    "other names": (
        lambda: [{"image": IMAGES}],
        PysimError,
        "batch 1, a dict of image, has no x, which the model's forward takes",
    ),
    "other channels": (lambda: [IMAGES, IMAGES.repeat(1, 2, 1, 1)], PysimError, r"take batch 2, a float32 .* 1 channels"),
    "other types": (lambda: [IMAGES.double()], PysimError, r"cannot take batch 1, a float64 tensor of shape \(6, 1, 4, 4\): "),
    "NaN": (lambda: [IMAGES, IMAGES * float("nan")], NonFiniteError, "stem: its input is nan"),
    "no images": (lambda: [IMAGES[:0]], PysimError, "no calibration batch reached stem, head"),
    "a broken loader": (failing, OSError, "the disk is gone"),
    "an interrupt": (interrupted, KeyboardInterrupt, "stopped"),
}


def snapshot(model: nn.Module) -> Any:
    """All that a conversion may change, by identity where there is one."""
    modules = dict(model.named_modules(remove_duplicate=False))
    fields = ("_modules", "_parameters", "_buffers", "_forward_hooks", "_forward_pre_hooks", "_load_state_dict_pre_hooks")
    return (
        {name: (id(module), type(module), module.training) for name, module in modules.items()},
        {
            name: {field: {k: id(v) for k, v in getattr(module, field).items()} for field in fields}
            for name, module in modules.items()
        },
        {name: sorted(set(vars(module))) for name, module in modules.items()},
        {name: tensor.clone() for name, tensor in model.state_dict().items()},
        [(id(module.observer), id(module.form)) for module in model.modules() if hasattr(module, "observer")],
        [getattr(module, "truncate", None) for module in modules.values()],
    )


def same(model: nn.Module, before: Any) -> bool:
    """Whether nothing has changed."""
    after = snapshot(model)
    tensors = zip(after[3].items(), before[3].items(), strict=True)
    equal = all(a == b and torch.equal(x.nan_to_num(), y.nan_to_num()) for (a, x), (b, y) in tensors)
    return equal and after[:3] == before[:3] and after[4:] == before[4:]


def in_float(model: nn.Module) -> None:
    model.head.register_forward_hook(lambda *_: None)  # type: ignore[union-attr,operator]


def in_integers(model: nn.Module) -> None:
    approximate_(model, "drum8_k3", calibration=2 * IMAGES)


def in_training(model: nn.Module) -> None:
    in_integers(model)
    prepare_(model, ranges="learned", truncate=3)


@pytest.mark.parametrize("state", [in_float, in_integers, in_training])
@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_used_changes_nothing(name: str, state: Callable[[nn.Module], None]) -> None:
    data, kind, message = REFUSED[name]
    model = Small()
    state(model)
    before = snapshot(model)
    with pytest.raises(kind, match=message) as raised:
        approximate_(model, "drum8_k4", calibration=data())
    assert "\n" not in str(raised.value)
    assert same(model, before)
    if state is not in_float:
        with pytest.raises(kind, match=message):
            calibrate_(model, data())
        assert same(model, before)


def test_a_warning_that_is_an_error_changes_nothing() -> None:
    class Attention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.q = nn.Linear(3, 3)

        def forward(self, x: Tensor) -> Tensor:
            return torch.matmul(self.q(x), x.mT)

    model = Attention()
    before = snapshot(model)
    with pytest.raises(UserWarning, match="stay in float"):
        approximate_(model, "exact8", calibration=torch.ones(1, 2, 3))
    assert same(model, before)
    approximate_(model, "exact8")
    before = snapshot(model)
    with pytest.raises(UserWarning, match="stay in float"):
        calibrate_(model, torch.ones(1, 2, 3))
    assert same(model, before)


def test_a_layer_that_fails_halfway_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    from pysim import _convert

    model, swap = Small(), _convert.swap_
    before = snapshot(model)

    def broken(module: nn.Module, *rest: Any) -> None:
        if module is model.head:
            raise KeyboardInterrupt
        swap(module, *rest)

    monkeypatch.setattr(_convert, "swap_", broken)
    with pytest.raises(KeyboardInterrupt):
        approximate_(model, "exact8")
    assert same(model, before)


@pytest.mark.parametrize("ranges", ["frozen", "running", "learned"])
def test_an_interrupt_halfway_through_new_ranges_leaves_the_old_ones(ranges: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In training: both layers have their new ranges when it comes."""
    model = Small()
    approximate_(model, "drum8_k3", calibration=2 * IMAGES)
    prepare_(model, ranges=ranges)
    model.train()
    model(3 * IMAGES).sum().backward()  # what running ranges have yet to follow
    before, seen = snapshot(model), [form.ranges.pending for form in forms(model) if ranges == "running"]
    restart = type(forms(model)[0].ranges).restart
    calls = []

    def broken(self: Any, quantizer: Any) -> None:
        restart(self, quantizer)
        calls.append(self)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(type(forms(model)[0].ranges), "restart", broken)
    with pytest.raises(KeyboardInterrupt):
        calibrate_(model, IMAGES)
    assert same(model, before)
    assert all(torch.equal(form.ranges.pending, one) for form, one in zip(forms(model), seen, strict=False))
    monkeypatch.undo()
    calibrate_(model, IMAGES)
    assert not same(model, before)


def forms(model: nn.Module) -> list[Any]:
    """What training has hung on each product."""
    return [product.form for layer in converted(model) for product in layer.products()]


def test_a_label_or_an_argument() -> None:
    """What may be either is not guessed; labels under their own name are the model's."""

    class Masked(Small):
        def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:  # type: ignore[override]
            return super().forward(x)

    class Training(Small):
        def forward(self, x: Tensor, targets: Tensor | None = None) -> Tensor:  # type: ignore[override]
            assert targets is not None
            return super().forward(x)

    with pytest.raises(PysimError, match="is a label or the model's lengths cannot be known; give inputs alone, or dicts"):
        approximate_(Masked(), "exact8", calibration=[(IMAGES, LABELS)])
    approximate_(Masked(), "exact8", calibration=[{"x": IMAGES, "lengths": LABELS}])
    approximate_(Training(), "exact8", calibration=[(IMAGES, LABELS)])


@pytest.mark.parametrize("state", [in_integers, in_training])
def test_unconverted_models_are_what_they_were(state: Callable[[nn.Module], None]) -> None:
    model = Small()
    in_float(model)
    wanted, before = model.eval()(IMAGES), snapshot(model.train())
    parameters = {name: id(parameter) for name, parameter in model.named_parameters()}
    state(model)
    approximate_(model, "exact8", calibration=IMAGES)
    assert unconvert_(model) == ("stem", "head")
    assert type(model.stem) is nn.Conv2d
    assert type(model.head) is nn.Linear
    assert "approximation" not in dict(model.stem.named_children())
    assert same(model, before)
    assert {name: id(parameter) for name, parameter in model.named_parameters()} == parameters
    assert torch.equal(model.eval()(IMAGES), wanted)
    assert unconvert_(model) == ()
    approximate_(model, "exact8", calibration=IMAGES)


def test_what_was_wrapped_since_is_refused_whole() -> None:
    model = Small()
    approximate_(model, "exact8")
    model.head.__class__ = type("Wrapped", (type(model.head),), {})
    before = snapshot(model)
    with pytest.raises(ConversionError, match="head: its class is Wrapped, of something that wrapped it after conversion"):
        unconvert_(model)
    assert same(model, before)


def test_attributes_of_a_users_own_are_not_overwritten() -> None:
    model = Small()
    model.head.approximation = np.ones(3)  # type: ignore[assignment]
    with pytest.raises(ConversionError, match=r"head \(Linear\) has an attribute 'approximation' of its own"):
        approximate_(model, "exact8")
