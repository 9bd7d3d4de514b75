"""The kernels between numbers and codes, judged by NumPy at every boundary: of vectors, runs, addresses, threads and codes."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from pysim.kernels.cpu.look_up import look_up, quantized_values, scaled_codes
from pysim.kernels.cpu.quantize import quantize_on_cpu, quantize_weight_on_cpu

RUN = 1 << 14
"""Numbers that a thread takes at a time."""

SIZES = (1, 7, 8, 15, 16, 17, 31, 33, 63, 64, 65, 79, 80, 81, 127, 129, RUN - 1, RUN, RUN + 1, 3 * RUN + 21)
LARGEST = float(np.finfo(np.float32).max)
QUANTIZERS = ((0.37, 3, 0, 255), (0.02, -128, -128, 127), (1.0, 0, -7, 7), (1e-30, 17, 0, 200), (2.0, 255, 0, 255))
"""Scale, zero point, lowest and highest code."""


@pytest.fixture(params=[1, 2, 3, 7])
def threads(request: pytest.FixtureRequest) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield
    torch.set_num_threads(before)


def numbers(count: int) -> np.ndarray:
    """Random numbers of all sizes, with ties of rounding, both zeros, subnormal numbers and the largest ones among them."""
    rng = np.random.default_rng(count)
    odd = np.array([0.0, -0.0, 1e-45, -1e-42, LARGEST, -LARGEST, 0.185, -0.185, 0.5, 1.5, -2.5, 47.0, 94.35, 127.5], np.float32)
    x = (rng.standard_normal(count) * 10.0 ** rng.integers(-2, 3, count)).astype(np.float32)
    chosen = rng.random(count) < 0.3
    x[chosen] = rng.choice(odd, chosen.sum())
    return x


def judged(x: np.ndarray, quantizer: tuple[float, int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Code indices, and what the codes stand for."""
    scale, zero_point, low, high = quantizer
    with np.errstate(over="ignore"):
        codes = np.clip(np.rint(x / np.float32(scale)) + np.float32(zero_point), low, high).astype(np.float32)
    return (codes - low).astype(np.uint8), (codes - np.float32(zero_point)) * np.float32(scale)


@pytest.mark.parametrize("quantizer", QUANTIZERS)
def test_codes_and_values(quantizer: tuple[float, int, int, int], isa: int, threads: None) -> None:
    for size, offset in itertools.product(SIZES, (0, 1, 3)):
        x = numbers(size + offset)[offset:]
        given = torch.from_numpy(np.append(np.float32(np.nan), x))[1:]  # an odd address, behind a number that is not read
        codes, values = judged(x, quantizer)
        for found, expected in ((quantize_on_cpu(given, *quantizer), codes), (quantized_values(given, quantizer), values)):
            assert found is not None
            assert np.array_equal(found.numpy(), expected), (size, offset)


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan, -np.nan])
def test_what_is_not_finite_is_found_wherever_it_is(bad: float, isa: int, threads: None) -> None:
    for size in (1, 16, 17, 64, 65, 100, RUN + 3):
        x = torch.from_numpy(np.clip(numbers(size), -1e30, 1e30))
        for place in {0, 15, 16, 63, 64, 80, size // 2, size - 1, RUN - 1, RUN} & set(range(size)):
            for value, finite in ((bad, False), (LARGEST, True), (-LARGEST, True)):
                given = x.clone()
                given[place] = value
                for quantizer in QUANTIZERS[:2]:
                    assert (quantize_on_cpu(given, *quantizer) is not None) == finite, (size, place, value)
                    assert (quantized_values(given, quantizer) is not None) == finite, (size, place, value)
                for weight in (given.view(1, -1), given.view(-1, 1)):
                    assert (quantize_weight_on_cpu(weight, 127, 2.0**-100) is not None) == finite, (size, place, value)


@pytest.mark.parametrize("high", [1, 7, 127, 32767])
def test_weights(high: int, isa: int) -> None:
    for columns in SIZES[:17]:
        rows = [numbers(columns), numbers(columns + 1)[1:] * np.float32(1e-38), np.zeros(columns, np.float32)]
        rows += [np.full(columns, -0.0, np.float32), np.arange(columns, dtype=np.float32) - columns / 2]
        weight = np.stack(rows)
        weight[0] = np.clip(weight[0], -1e30, 1e30)
        weight[4, -1] = -high - 0.5  # the largest by magnitude is negative and last
        largest = np.abs(weight).max(1)
        scale = np.where(largest > 0, np.maximum(largest / np.float32(high), np.float32(2.0**-100)), np.float32(1))
        codes = np.clip(np.rint(weight / scale[:, None]), -high, high).astype(np.int32)
        found = quantize_weight_on_cpu(torch.from_numpy(weight), high, 2.0**-100)
        assert found is not None
        expected = codes, scale, codes.astype(np.float32) * scale[:, None]
        for mine, judge in zip(found, expected, strict=True):
            assert np.array_equal(mine.numpy(), judge)
        assert not np.signbit(found[2].numpy()[codes == 0]).any()  # nothing stands for a negative zero


def test_huge_scales_where_subnormal_numbers_are_flushed_to_zero(isa: int) -> None:
    """The reciprocal of such a scale is subnormal: as zero, it would make every code that of zero."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    if not torch.set_flush_denormal(True):
        pytest.skip("this processor does not flush")
    try:
        found = quantize_on_cpu(torch.tensor([3e38, 2e38, -2e38, 1e38, 0.0] * 20), 2e38, 3, 0, 255)
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(before)
    assert found is not None
    assert found.tolist() == [5, 4, 2, 3, 3] * 20


def test_look_ups(isa: int, threads: None) -> None:
    rng = np.random.default_rng(0)
    table = rng.standard_normal(256).astype(np.float32)
    for size, offset in itertools.product(SIZES, (0, 3)):
        codes = rng.integers(0, 256, size + offset, np.uint8)[offset:]
        codes[0], codes[-1] = 0, 255
        given = torch.from_numpy(codes)
        assert np.array_equal(look_up(given, torch.from_numpy(table)).numpy(), table[codes])
        for shift in (-255, -128, 0, 128):
            expected = (codes.astype(np.float32) + shift) * np.float32(0.37)
            assert np.array_equal(scaled_codes(given, shift, 0.37).numpy(), expected)
