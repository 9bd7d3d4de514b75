"""Tensors that lie in memory in other ways than the kernels read them: the same values, or a refusal that the caller knows."""

import numpy as np
import torch

from pysim.kernels.cpu import cells
from pysim.kernels.cpu.look_up import look_up, quantized_values, scaled_codes
from pysim.kernels.cpu.quantize import quantize_on_cpu, quantize_weight_on_cpu

QUANTIZER = (0.37, 3, 0, 255)


def layouts(x: torch.Tensor) -> list[torch.Tensor]:
    """The same values contiguous, channels last, with two dimensions exchanged, with gaps, and overlapping."""
    gaps = torch.stack([x, x], -1)[..., 0]
    return [x, x.contiguous(memory_format=torch.channels_last), x.mT.contiguous().mT, gaps, x[:, :1].expand(x.shape)]


def test_look_ups_of_any_layout() -> None:
    rng = np.random.default_rng(0)
    table = torch.from_numpy(rng.standard_normal(256).astype(np.float32))
    for codes in layouts(torch.from_numpy(rng.integers(0, 256, (2, 3, 4, 5), np.uint8))):
        assert np.array_equal(look_up(codes, table).numpy(), table.numpy()[codes.numpy()])
        expected = (codes.numpy().astype(np.float32) - 9) * np.float32(0.37)
        assert np.array_equal(scaled_codes(codes, -9, 0.37).numpy(), expected)


def test_quantisers_of_any_layout() -> None:
    rng = np.random.default_rng(0)
    for x in layouts(torch.from_numpy(rng.standard_normal((2, 3, 4, 5)).astype(np.float32) * 50)):
        codes = np.clip(np.rint(x.numpy() / np.float32(0.37)) + 3, 0, 255)
        dense = x.is_contiguous() or x.is_contiguous(memory_format=torch.channels_last) or x.mT.is_contiguous()
        for reuse in (False, True):
            found = quantize_on_cpu(x, *QUANTIZER, reuse)
            assert (found is not None) == dense
            if found is not None:
                assert np.array_equal(found.numpy(), codes.astype(np.uint8))
                assert found.stride() == x.stride()
        values = quantized_values(x, QUANTIZER)
        assert (values is not None) or not dense
        if values is not None:
            assert np.array_equal(values.numpy(), (codes.astype(np.float32) - 3) * np.float32(0.37))


def test_memory_that_is_used_again_is_large_enough() -> None:
    for size in (5, 300, 7, 40000):
        x = torch.arange(size) % 200 * 1.0
        found = quantize_on_cpu(x, 1.0, 0, 0, 255, True)
        assert found is not None
        assert np.array_equal(found.numpy(), (np.arange(size) % 200).astype(np.uint8))


def test_other_types_are_not_read_as_float32() -> None:
    x = torch.full((3, 4), 1.0, dtype=torch.float64)
    assert quantized_values(x, QUANTIZER) is None
    assert quantized_values(x.half(), QUANTIZER) is None
    assert quantize_weight_on_cpu(torch.ones(4, 3).T, 127, 1e-30) is None  # with rows that are not neighbours
    assert not cells.plain(x)
    assert not cells.plain(x.float().T)
    assert cells.plain(x.float())
