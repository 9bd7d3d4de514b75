"""Limits of quantisers and observers: ties, the first bad number, bits that just do not fit, and where a percentile cuts."""

import numpy as np
import pytest
import torch

from pysim import CodeRange, NonFiniteError, PysimError, Quantization, operands
from pysim._observers import Percentile
from pysim._quantizer import check_finite, quantized_weight
from pysim.kernels.factors import exact_planes


@pytest.mark.parametrize("compiled", [True, False])
def test_weights_halves_go_to_even(compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not compiled:
        monkeypatch.setattr("pysim._quantizer.quantize_weight_on_cpu", lambda *_: None)
    codes, scale, _ = quantized_weight(torch.tensor([[127.0, 0.5, 1.5, 2.5, -0.5, -1.5]]), CodeRange(-127, 127), "w")
    assert (codes.tolist(), scale.tolist()) == ([[127, 0, 2, 2, 0, -2]], [1.0])


def test_the_first_number_that_is_not_finite_is_named() -> None:
    with pytest.raises(NonFiniteError, match=r"x is nan at index \(0, 1\)"):
        check_finite(torch.tensor([[0.0, float("nan")], [float("inf"), 1.0]]), "x")


@pytest.mark.parametrize("name", ["activation_bits", "weight_bits"])
def test_one_bit_more_than_the_operand_is_refused(name: str) -> None:
    operands("exact8", Quantization(**{name: 8}))  # type: ignore[arg-type]
    with pytest.raises(PysimError, match=f"{name} = 9 does not fit the 8-bit operand of exact8; use 2 to 8"):
        operands("exact8", Quantization(**{name: 9}))  # type: ignore[arg-type]


def test_a_percentile_is_above_50() -> None:
    assert Quantization(calibration="percentile", percentile=50.1).percentile == 50.1
    with pytest.raises(PysimError, match=r"percentile = 50 is not allowed; use more than 50 and at most 100"):
        Quantization(calibration="percentile", percentile=50)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_percentile_holds_its_share_and_no_more_than_was_seen(sign: int) -> None:
    """Of 1 ... 100, 90 is the 90th percentile; an end on which nothing lies stays 0."""
    observer = Percentile(90)
    observer.update(sign * torch.arange(1.0, 101.0))
    far, near = observer.range()[::-sign] if sign > 0 else observer.range()
    assert near == 0
    assert 90 <= abs(far) <= 90 + 100 / 4096


def test_exact_planes_have_bytes() -> None:
    """Codes 0 ... 255 need no offset, later ones do; weight code 128 does not fit a signed byte."""
    a, b = np.arange(1, 257), np.arange(-127, 128)
    (plane,) = exact_planes(a, b)
    assert plane.legal
    assert exact_planes(np.arange(256), b)[0].offset == 0
    planes = exact_planes(np.arange(256), np.arange(0, 129))
    difference = sum(plane.product() for plane in planes) - np.multiply.outer(np.arange(256), np.arange(129))
    assert all(plane.legal for plane in planes)
    assert not (difference - difference[0]).any()
