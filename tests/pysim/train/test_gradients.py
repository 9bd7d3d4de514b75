"""Gradients through approximate products, each against its formula, by loops over every product of a small layer."""

import itertools
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from oracle import seeded
from torch import Tensor, nn

from multipliers import Multiplier, Operand, get
from pysim import PysimError, Quantization, approximate_
from pysim.kernels.cpu import signed_codes
from pysim.train import prepare_
from pysim.train._call import bounds
from pysim.train._prepare import form_of, record
from pysim.train.gradients import GRADIENTS, Difference, _window_sums
from pysim.train.gradients.difference import difference

BITS = Quantization(activation_bits=4, weight_bits=4)


def _odd(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a * b + 3 * (a & 3) - 2 * (b & 3) * ((a & 4) + 1) + 5


MULTIPLIERS = {
    "drum": get("drum8_k3"),
    "mitchell": get("mitchell8"),
    "signed": get("drum8s_k3"),
    "odd": Multiplier("odd", Operand(8, False), Operand(8, True), Operand(18, True), _odd),
}
SIGNED = {**MULTIPLIERS, "odd": Multiplier("odds", Operand(8, True), Operand(8, True), Operand(18, True), _odd)}
LAYERS = {
    "linear": lambda: nn.Linear(5, 3),
    "conv": lambda: nn.Conv2d(2, 3, (2, 3), padding=(1, 2), stride=(2, 1)),
    "dilated": lambda: nn.Conv2d(2, 2, 2, dilation=2, bias=False),
    "grouped": lambda: nn.Conv2d(4, 6, 2, groups=2, padding=1),
    "depthwise": lambda: nn.Conv2d(3, 3, 3, groups=3, padding=1, stride=2),
}


def made(kind: str, multiplier: str, gradient: str, **options: Any) -> tuple[Any, Tensor]:
    """A prepared layer, and an input of which some activations are clipped."""
    seeded()
    layer: Any = LAYERS[kind]()
    shape = (4, 5) if kind == "linear" else (2, layer.in_channels, 4, 5)
    approximate_(layer, MULTIPLIERS[multiplier], quantization=BITS, calibration=[torch.rand(shape) * 1.4 - 0.4])
    prepare_(layer, gradient=gradient, batches=[torch.rand(shape)], **options)  # type: ignore[arg-type]
    return layer, torch.rand(shape) * 2.4 - 0.9


@cache
def product_of(multiplier: Multiplier, a: int, b: int) -> int:
    """One product by the golden model."""
    return int(multiplier(a, b))


class Loops:
    """One layer's products, one by one: position m of an image, output n and window element k."""

    def __init__(self, layer: Any, x: Tensor) -> None:
        self.layer, self.product = layer, layer.product("weight")
        self.operands = self.product.operands
        self.scale, self.zero = float(self.product.quantizer.scale), int(self.product.quantizer.zero_point)
        low, high = self.operands.activation.low, self.operands.activation.high
        exact = np.rint(x.numpy() / np.float32(self.scale)) + self.zero
        self.inside = (exact >= low) & (exact <= high)
        self.x = np.clip(exact, low, high).astype(int)
        weight = layer.weight.detach().numpy()
        flat = weight.reshape(len(weight), -1)
        self.w_scale = np.abs(flat).max(1) / self.operands.weight.high
        self.w = np.rint(weight / self.w_scale.reshape(-1, *[1] * (weight.ndim - 1))).astype(int)

    def terms(self) -> Any:
        """(index of y, index of x or None where it is padded, index of w) of every product."""
        if isinstance(self.layer, nn.Linear):
            for m, n, k in itertools.product(range(len(self.x)), *map(range, self.w.shape)):
                yield (m, n), (m, k), (n, k)
            return
        conv = self.layer
        groups, sizes = conv.groups, self.x.shape[2:]
        out = [
            (sizes[d] + 2 * conv.padding[d] - conv.dilation[d] * (conv.kernel_size[d] - 1) - 1) // conv.stride[d] + 1
            for d in (0, 1)
        ]
        images = range(len(self.x))
        for b, n, i, j in itertools.product(images, range(len(self.w)), range(out[0]), range(out[1])):
            for c, p, q in itertools.product(*map(range, self.w.shape[1:])):
                channel = n // (len(self.w) // groups) * self.w.shape[1] + c
                at = [
                    place * conv.stride[d] + tap * conv.dilation[d] - conv.padding[d]
                    for d, place, tap in ((0, i, p), (1, j, q))
                ]
                within = all(0 <= at[d] < sizes[d] for d in (0, 1))
                yield (b, n, i, j), (b, channel, *at) if within else None, (n, c, p, q)

    def gradients(self, grad: np.ndarray, by_a: Any, by_b: Any) -> tuple[np.ndarray, np.ndarray]:
        """Sums over all products of g times the derivatives `by_a(a, b)` and `by_b(a, b)` of a product, in real units."""
        dx, dw = np.zeros(self.x.shape), np.zeros(self.w.shape)
        for y, x, w in self.terms():
            a, b, n = self.zero if x is None else int(self.x[x]), int(self.w[w]), w[0]
            if x is not None and self.inside[x]:
                dx[x] += grad[y] * self.w_scale[n] * by_a(a, b)
            dw[w] += grad[y] * self.scale * by_b(a, b)
        return dx, dw

    def table(self, a: int, b: int) -> int:
        return product_of(self.operands.multiplier, a, b)


def backward(layer: Any, x: Tensor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of x and weight, and the direction g that they are for."""
    x = x.clone().requires_grad_()
    y = layer(x)
    seeded(1)
    grad = torch.randn_like(y)
    y.backward(grad)
    assert x.grad is not None
    return x.grad.numpy(), layer.weight.grad.numpy(), grad.numpy()


@pytest.mark.parametrize("multiplier", MULTIPLIERS)
@pytest.mark.parametrize("kind", LAYERS)
def test_straight_through(kind: str, multiplier: str) -> None:
    layer, x = made(kind, multiplier, "straight-through")
    dx, dw, grad = backward(layer, x)
    loops = Loops(layer, x)
    assert 0 < (~loops.inside).sum() < loops.inside.size
    expected = loops.gradients(grad, lambda a, b: b, lambda a, b: a - loops.zero)
    np.testing.assert_allclose(dx, expected[0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(dw, expected[1], rtol=1e-4, atol=1e-5)
    if layer.bias is not None:
        axes = (0,) if kind == "linear" else (0, 2, 3)
        np.testing.assert_allclose(layer.bias.grad.numpy(), grad.sum(axes), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("half_width", [1, 3])
@pytest.mark.parametrize("multiplier", MULTIPLIERS)
@pytest.mark.parametrize("kind", LAYERS)
def test_difference(kind: str, multiplier: str, half_width: int) -> None:
    """With every factor kept: the mean slope of the table between codes h below and h above, or the last ones there are."""
    layer, x = made(kind, multiplier, "difference")
    product = layer.product("weight")
    form_of(product).gradient = Difference(product.operands, half_width, 0.0, 16)
    dx, dw, grad = backward(layer, x)
    loops = Loops(layer, x)
    activation, weight = loops.operands.activation, loops.operands.weight

    def by_a(a: int, b: int) -> float:
        low, high = max(a - half_width, activation.low), min(a + half_width, activation.high)
        return (loops.table(high, b) - loops.table(low, b)) / (high - low)

    def by_b(a: int, b: int) -> float:
        low, high = max(b - half_width, weight.low), min(b + half_width, weight.high)
        return (loops.table(a, high) - loops.table(a, low)) / (high - low) - loops.zero

    expected = loops.gradients(grad, by_a, by_b)
    np.testing.assert_allclose(dx, expected[0], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(dw, expected[1], rtol=1e-3, atol=1e-4)


def test_difference_says_what_it_left_out() -> None:
    """Two factors leave out some of Mitchell's 8-bit table, and nothing of DRUM's; both are judged by the table itself."""
    left_out = {}
    for name in ("mitchell8", "drum8_k4"):
        layer = nn.Linear(2, 2)
        approximate_(layer, name, calibration=[torch.rand(2, 2)])
        operands = layer.product("weight").operands  # type: ignore[operator]
        gradient = Difference(operands, 8, 0.0, 2)
        table = gradient.operands.multiplier(np.arange(256)[:, None], np.arange(-127, 128))
        error = table - np.multiply.outer(np.arange(256), np.arange(-127, 128))
        parts = difference(error, 8, 0), difference(error, 8, 1)
        for factors, part, exact in zip(
            (gradient.by_a, gradient.by_b), parts, (np.arange(-127, 128), np.arange(256)), strict=True
        ):
            assert len(factors.left) <= 2
            rest = part - (factors.left.T @ factors.right).double().numpy()
            size = np.sqrt((exact.astype(float) ** 2).mean() * part.size)
            assert np.linalg.norm(rest) / size == pytest.approx(factors.left_out, abs=1e-5)
            left_out[name] = factors.left_out
    assert left_out["drum8_k4"] < 1e-6 < 0.01 < left_out["mitchell8"] < 0.1


@pytest.mark.parametrize("multiplier", MULTIPLIERS)
@pytest.mark.parametrize("kind", LAYERS)
def test_estimate(kind: str, multiplier: str) -> None:
    """1 + slope inside the clip: decided here from the exact sum, there from the approximate one."""
    layer, x = made(kind, multiplier, "estimate")
    gradient = form_of(layer.product("weight")).gradient
    gradient.slope, gradient.offset, gradient.low, gradient.high = 0.25, 3.1, -12.3, 10.4
    dx, dw, grad = backward(layer, x)
    loops = Loops(layer, x)
    exact, approximate = np.zeros(grad.shape, int), np.zeros(grad.shape, int)
    for y, at, w in loops.terms():
        a, b = loops.zero if at is None else int(loops.x[at]), int(loops.w[w])
        exact[y] += (a - loops.zero) * b
        approximate[y] += loops.table(a, b) - loops.zero * b
    rising = (gradient.low - gradient.offset) / gradient.slope, (gradient.high - gradient.offset) / gradient.slope
    inside = (approximate > rising[0] + gradient.low) & (approximate < rising[1] + gradient.high)
    assert 0 < inside.sum() < inside.size
    modelled = exact + np.clip(gradient.slope * exact + gradient.offset, gradient.low, gradient.high)
    line = gradient.slope * exact + gradient.offset
    agrees = (modelled > rising[0] + gradient.low) & (modelled < rising[1] + gradient.high)
    assert np.array_equal(agrees, (line > gradient.low) & (line < gradient.high))
    expected = loops.gradients(grad * np.where(inside, 1.25, 1), lambda a, b: b, lambda a, b: a - loops.zero)
    np.testing.assert_allclose(dx, expected[0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(dw, expected[1], rtol=1e-4, atol=1e-5)


def test_estimate_is_fitted_to_the_layers_sums() -> None:
    """A multiplier that gives 5/4 of each product has slope 1/4, whatever the layer."""
    seeded()
    layer = nn.Conv2d(2, 3, 3)
    more = Multiplier("more", Operand(8, False), Operand(8, True), Operand(20, True), lambda a, b: a * b + (a * b) // 4)
    x = torch.rand(4, 2, 6, 6)
    approximate_(layer, more, calibration=[x])
    prepare_(layer, gradient="estimate", batches=[x])
    gradient = form_of(layer.product("weight")).gradient  # type: ignore[operator]
    assert gradient.slope == pytest.approx(0.25, abs=1e-3)
    assert -20 < gradient.offset < 0
    assert gradient.low < 0 < gradient.high


@pytest.mark.parametrize("kind", LAYERS)
def test_statistics_are_sums_over_products(kind: str) -> None:
    """What `estimate` is fitted to, product by product: with a zero point, padding, strides and groups."""
    layer, x = made(kind, "odd", "straight-through")
    ((_, statistics),) = record(layer, [x, x[:1]]).items()
    exact, error = statistics.sums()
    loops = Loops(layer, x)
    assert loops.zero > 0
    sums = np.zeros((2, *layer(x).shape), int)
    for y, at, w in loops.terms():
        a, b = loops.zero if at is None else int(loops.x[at]), int(loops.w[w])
        sums[0][y] += (a - loops.zero) * b
        sums[1][y] += loops.table(a, b) - a * b
    if kind == "linear":
        sums = sums.transpose(0, 2, 1)  # rows lie as positions of one image
    for found, expected in zip((exact, error), sums, strict=True):
        first = expected[:, :1] if kind == "linear" else expected[:1]
        assert np.array_equal(found.numpy(), np.concatenate([expected.ravel(), first.ravel()]))
    counts = np.bincount(loops.x.ravel(), minlength=16) + np.bincount(loops.x[:1].ravel(), minlength=16)
    assert np.array_equal(statistics.histogram.sum(0).numpy(), counts)


@pytest.mark.parametrize(
    "settings",
    [
        (0.013, 77, 0, 255),
        (1 / 3, 0, -127, 127),
        (2.0**-7, 128, 0, 255),
        (1.1e-30, 3, 0, 15),
        (0.002739500254392624, 1136, 0, 4095),  # here and below, rounding leaves the ends a float or two off the plain product
        (0.06460550427436829, 0, -7, 7),
        (4.341064777690917e-05, 216, 0, 255),
    ],
)
def test_the_clip_is_where_codes_are_clipped(settings: Any) -> None:
    """To the last float: numbers around both ends are inside exactly if their code, rounded half to even, is."""
    scale, zero_point, low, high = settings
    step = np.float32(scale)
    for end in bounds(settings):
        near = np.float32(end)
        for _ in range(4):
            near = np.nextafter(near, np.float32(-np.inf))
        for _ in range(9):
            code = np.rint(near / step) + zero_point
            x = torch.tensor([near])
            mask = torch.ops.aten.hardtanh_backward(torch.ones(1), x, *bounds(settings))
            assert bool(mask.item()) == (low <= code <= high), (near, code)
            near = np.nextafter(near, np.float32(np.inf))


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("multiplier", MULTIPLIERS)
@pytest.mark.parametrize("kind", LAYERS)
def test_approximate_backward(kind: str, multiplier: str, compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not compiled:
        for module in (_window_sums, signed_codes):
            monkeypatch.setattr(module, "library", lambda: None)
    monkeypatch.setitem(MULTIPLIERS, "odd", SIGNED["odd"])
    layer, x = made(kind, multiplier, "approximate")
    dx, dw, grad = backward(layer, x)
    loops = Loops(layer, x)
    high = loops.operands.weight.high
    signed = form_of(layer.product("weight")).gradient.signed
    assert (signed.multiplier.family, signed.multiplier.a.signed) == (loops.operands.multiplier.family, True)
    axes = (-1,) + (1,) * (grad.ndim - 2)
    scaled = (grad * loops.w_scale.reshape(axes)).astype(np.float32)
    step = np.abs(scaled).max() / high
    q = np.rint(scaled / step).astype(int)
    others = tuple(i for i in range(grad.ndim) if i != 1)
    steps = np.abs(grad).max(others) / high
    r = np.rint(grad / steps.reshape(axes)).astype(int)
    expected_x, expected_w = loops.gradients(grad, lambda a, b: b, lambda a, b: a - loops.zero)
    for y, at, w in loops.terms():
        a, b = loops.zero if at is None else int(loops.x[at]), int(loops.w[w])
        if at is not None and loops.inside[at]:
            expected_x[at] += step * (product_of(signed.multiplier, int(q[y]), b) - int(q[y]) * b)
        expected_w[w] += steps[w[0]] * loops.scale * (loops.table(a, int(r[y])) - a * int(r[y]))
    np.testing.assert_allclose(dx, expected_x, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(dw, expected_w, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("gradient", GRADIENTS)
@pytest.mark.parametrize("forward", ["simulation", "error-model"])
@pytest.mark.parametrize("multiplier", ["exact8", "exact8s"])
def test_exact_multiplier_gives_ordinary_training_to_the_bit(multiplier: str, forward: Any, gradient: Any) -> None:
    def trained(**options: Any) -> list[Tensor]:
        seeded()
        model = nn.Sequential(nn.Conv2d(2, 4, 3, groups=2), nn.ReLU(), nn.Flatten(), nn.Linear(64, 3))
        x = torch.rand(8, 2, 6, 6)
        approximate_(model, multiplier, calibration=[x])
        prepare_(model, batches=[x], **options)
        model.train()
        optimizer = torch.optim.Adam(model.parameters(), 1e-2)
        for _ in range(3):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), torch.arange(8) % 3).backward()
            optimizer.step()
        return [parameter.detach().clone() for parameter in model.parameters()]

    ordinary = trained()
    for mine, other in zip(trained(gradient=gradient, forward=forward), ordinary, strict=True):
        assert torch.equal(mine, other)


@pytest.mark.parametrize("gradient", ["straight-through", "estimate"])
@pytest.mark.parametrize("bits", [8, 12])
def test_ordinary_training_is_torchs_fake_quantisation(bits: int, gradient: Any) -> None:
    """The judge of ordinary training: torch's own fake-quantised convolution, in float."""
    seeded()
    layer: Any = nn.Conv2d(2, 4, 3, padding=1)
    x = torch.rand(2, 2, 6, 6) * 1.7 - 0.5
    approximate_(layer, f"exact{bits}", quantization=Quantization(bits, bits), calibration=[torch.rand(2, 2, 6, 6) - 0.2])
    prepare_(layer, gradient=gradient, batches=[x])
    high = 2 ** (bits - 1) - 1
    quantizer = layer.product("weight").quantizer
    other = x.clone().requires_grad_()
    weight = layer.weight.detach().clone().requires_grad_()
    scale = weight.detach().abs().amax((1, 2, 3)) / high
    zero_point = int(quantizer.zero_point)
    assert zero_point > 0
    fake_x = torch.fake_quantize_per_tensor_affine(other, float(quantizer.scale), zero_point, 0, 2 * high + 1)
    fake_w = torch.fake_quantize_per_channel_affine(weight, scale, torch.zeros(4, dtype=torch.int32), 0, -high, high)
    expected = nn.functional.conv2d(fake_x, fake_w, layer.bias.detach(), padding=1)
    dx, dw, grad = backward(layer, x)
    expected.backward(torch.from_numpy(grad))
    assert torch.allclose(layer(x), expected, atol=1e-3)
    assert other.grad is not None and weight.grad is not None  # noqa: PT018
    np.testing.assert_allclose(dx, other.grad.numpy(), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(dw, weight.grad.numpy(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("gradient", ["difference", "approximate"])
def test_wide_codes_are_refused(gradient: Any) -> None:
    layer = nn.Linear(2, 2)
    approximate_(layer, "drum12_k4", quantization=Quantization(12, 12), calibration=[torch.rand(2, 2)])
    with pytest.raises(PysimError, match=f"gradient = '{gradient}'"):
        prepare_(layer, gradient=gradient)
