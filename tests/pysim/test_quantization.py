"""Quantisation judged by its definition in NumPy, and observers by NumPy's own percentiles."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from pysim import CodeRange, NonFiniteError, PysimError, Quantization, UncalibratedError, approximate_, operands
from pysim._observers import MinMax, Percentile
from pysim._quantizer import ActivationQuantizer, quantize_weight, quantized_weight
from pysim.kernels.cpu import quantize as kernel

finite = st.floats(-1e6, 1e6, width=32)


@given(st.lists(finite, min_size=1, max_size=20), st.integers(2, 8), st.booleans())
@settings(deadline=None, max_examples=100)
def test_affine_codes(values: list[float], bits: int, signed: bool) -> None:
    """Zero has an exact code, codes stay in range, and within the calibrated range the error is at most one step."""
    low = -(2 ** (bits - 1)) if signed else 0
    codes = CodeRange(low, low + 2**bits - 1, affine=True)
    quantizer, seen, x = ActivationQuantizer(codes), MinMax(), torch.tensor(values)
    seen.update(x)
    quantizer.calibrate(*seen.range())
    q = quantizer(x, "x").int() + codes.low
    scale, zero_point = float(quantizer.scale), int(quantizer.zero_point)
    assert codes.low <= int(q.min())
    assert int(q.max()) <= codes.high
    assert int(quantizer(torch.zeros(1), "x")) + codes.low == zero_point
    assert np.all(np.abs((q.numpy() - zero_point) * scale - x.numpy()) <= scale * 1.001 + 1e-30)


@given(st.lists(st.lists(finite, min_size=3, max_size=3), min_size=1, max_size=5), st.integers(2, 8))
@settings(deadline=None, max_examples=100)
def test_weight_codes_are_symmetric_per_channel(rows: list[list[float]], bits: int) -> None:
    codes = operands("exact8s", Quantization(weight_bits=bits)).weight
    assert (codes.low, codes.high) == (-(2 ** (bits - 1)) + 1, 2 ** (bits - 1) - 1)
    weight = torch.tensor(rows)
    q, scale = quantize_weight(weight, codes, "w")
    for row, q_row, s in zip(weight, q, scale, strict=True):
        largest = row.abs().max()
        if largest > 1e-20:
            assert q_row.abs().max() == codes.high
            assert torch.allclose(q_row * s, row, atol=float(s) * 0.501)
        elif largest == 0:
            assert s == 1


@pytest.mark.parametrize("bits", [2, 8, 12])
@pytest.mark.parametrize("shape", [(1, 1), (5, 0), (7, 33), (64, 3, 3, 3), (3, 1000)])
def test_weight_codes_are_the_same_without_compiled_kernels(
    shape: tuple[int, ...], bits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the bit: codes, scales and what they stand for, of rows of zeros, of tiny and of huge numbers, and of any strides."""
    codes = CodeRange(1 - 2 ** (bits - 1), 2 ** (bits - 1) - 1)
    weight = torch.randn(shape, generator=torch.Generator().manual_seed(bits))
    weight[::3] *= 0
    weight[1::3] *= 1e-38
    weight[2::3] *= 1e37
    for laid in (weight, weight.mT if weight.dim() == 2 else weight.contiguous(memory_format=torch.channels_last)):
        compiled = quantized_weight(laid, codes, "w")
        with monkeypatch.context() as without:
            without.setattr(kernel, "library", lambda: None)
            expected = quantized_weight(laid, codes, "w")
        for mine, other in zip(compiled, expected, strict=True):
            assert (mine.dtype, mine.shape) == (other.dtype, other.shape)
            assert np.array_equal(mine.numpy(), other.numpy())
            assert not torch.signbit(mine[mine == 0]).any()


def test_rounding_is_half_to_even_and_clamps() -> None:
    quantizer = ActivationQuantizer(CodeRange(-7, 7))
    quantizer.calibrate(-7.0, 7.0)
    x = torch.tensor([0.5, 1.5, 2.5, -0.5, -1.5, 6.9, 99.0, -99.0])
    assert (quantizer(x, "x").int() - 7).tolist() == [0, 2, 2, 0, -2, 7, 7, -7]


@pytest.mark.parametrize(
    ("label", "scheme", "used", "activation", "weight"),
    [
        ("drum8_k4", None, "drum8us_k4", (0, 255), (-127, 127)),
        ("drum8_k4", "symmetric", "drum8s_k4", (-127, 127), (-127, 127)),
        ("drum8s_k4", None, "drum8s_k4", (-127, 127), (-127, 127)),
        ("drum8s_k4", "affine", "drum8s_k4", (-128, 127), (-127, 127)),
        ("exact8us", None, "exact8us", (0, 255), (-127, 127)),
        ("drum16_k4", None, "drum16us_k4", (0, 255), (-127, 127)),
    ],
)
def test_multiplier_is_fitted(label: str, scheme: object, used: str, activation: object, weight: object) -> None:
    fitted = operands(label, Quantization(activation=scheme))
    assert fitted.multiplier.label == used
    assert (fitted.activation.low, fitted.activation.high) == activation
    assert (fitted.weight.low, fitted.weight.high) == weight


@pytest.mark.parametrize("percentile", [90, 99, 99.9, 100])
def test_percentile_matches_numpy(percentile: float) -> None:
    rng = np.random.default_rng(0)
    batches = [rng.standard_normal(5000).astype(np.float32) * size for size in (0.1, 3, 1, 10)]
    seen = Percentile(percentile)
    for batch in batches:
        seen.update(torch.from_numpy(batch))
    low, high = seen.range()
    everything = np.concatenate(batches)
    exact = np.quantile(np.abs(everything), percentile / 100)
    step = seen.top / 4096
    assert min(exact, everything.max()) - step <= high <= exact + 2 * step
    assert max(-exact, everything.min()) - 2 * step <= low <= -exact + 2 * step or percentile == 100
    reversed_order = Percentile(percentile)
    for batch in batches:
        reversed_order.update(torch.from_numpy(batch))
    assert reversed_order.range() == (low, high)


def test_percentile_keeps_what_it_counted_when_its_range_grows() -> None:
    seen = Percentile(99.8)
    seen.update(torch.linspace(0, 1, 1000))
    seen.update(torch.tensor([3.0]))
    assert seen.range()[1] == pytest.approx(0.999, abs=0.003)


def test_minmax_counts_zero_as_seen() -> None:
    seen = MinMax()
    seen.update(torch.tensor([2.0, 3.0]))
    seen.update(torch.empty(0))
    assert seen.range() == (0.0, 3.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"activation_bits": 17}, "activation_bits = 17 is not allowed; use 2 to 16"),
        ({"weight_bits": 1}, "weight_bits = 1 is not allowed; use 2 to 16"),
        ({"weight_bits": True}, "weight_bits = True is not allowed"),
        ({"activation": "asymmetric"}, "activation = 'asymmetric' is not allowed; use 'affine' or 'symmetric'"),
        ({"calibration": "mse"}, "calibration = 'mse' is not allowed; use 'minmax' or 'percentile'"),
        ({"percentile": 101}, "percentile = 101 is not allowed"),
    ],
)
def test_bad_quantization(options: dict[str, object], message: str) -> None:
    with pytest.raises(PysimError, match=message):
        Quantization(**options)  # type: ignore[arg-type]


def test_codes_wider_than_the_multiplier() -> None:
    with pytest.raises(PysimError, match="activation_bits = 8 does not fit the 4-bit operand of exact4; use 2 to 4"):
        operands("exact4", Quantization())
    assert operands("exact4", Quantization(activation_bits=4, weight_bits=4)).activation.high == 15


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_non_finite_is_named(bad: float) -> None:
    quantizer = ActivationQuantizer(CodeRange(0, 255, affine=True))
    quantizer.calibrate(0.0, 1.0)
    with pytest.raises(NonFiniteError, match=rf"fc1: its input is {bad} at index \(1,\); finite numbers are needed"):
        quantizer(torch.tensor([0.0, bad]), "fc1")
    with pytest.raises(NonFiniteError, match=rf"fc1: its weight is {bad} at index \(0, 1\)"):
        quantize_weight(torch.tensor([[0.0, bad]]), CodeRange(-127, 127), "fc1")


def test_uncalibrated_is_named() -> None:
    with pytest.raises(UncalibratedError, match=r"fc1 is not calibrated; call calibrate_"):
        ActivationQuantizer(CodeRange(0, 255, affine=True))(torch.zeros(1), "fc1")


@pytest.mark.parametrize("activation", ["affine", "symmetric"])
def test_bias_behind_activations_that_are_all_zero(activation: str) -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)).eval()
    with torch.no_grad():
        model[0].bias.fill_(-100.0)  # the ReLU never opens
        model[2].bias.copy_(torch.tensor([0.75, -1.5]))
    x = torch.rand(5, 3)
    approximate_(model, "exact8", quantization=Quantization(activation=activation), calibration=[x])
    assert torch.allclose(model(x), torch.tensor([0.75, -1.5]).expand(5, 2), atol=0.01)
