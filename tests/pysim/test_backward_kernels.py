"""The kernels of training's backward pass equal plain loops, for every shape, layout and thread count."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from pysim.kernels import Window
from pysim.kernels.cpu import look_up, signed_codes
from pysim.kernels.cpu.correlation import correlation
from pysim.kernels.cpu.look_up import scaled_codes
from pysim.kernels.cpu.signed_codes import dense, largest

WINDOWS = {
    "3x3": (3, 3, (5, 6), Window((3, 3), padding=(1, 1), end=(1, 1), groups=3)),
    "stride 2": (2, 4, (9, 8), Window((3, 3), (2, 2), padding=(1, 1), end=(1, 1), groups=2)),
    "stride 3 across": (2, 2, (5, 11), Window((3, 3), (1, 3), groups=2)),
    "stride 2, dilated": (2, 2, (9, 8), Window((3, 3), (2, 2), (1, 2), groups=2)),
    "dilated": (2, 2, (8, 9), Window((3, 3), dilation=(2, 3), padding=(2, 3), end=(2, 3), groups=2)),
    "4x5": (1, 3, (7, 8), Window((4, 5), padding=(0, 2), end=(3, 0))),
    "7x2": (2, 2, (9, 4), Window((7, 2), (2, 1), (1, 2), (3, 0), (3, 1), 2)),
    "pointwise": (3, 6, (4, 4), Window((1, 1), (2, 1), groups=3)),
    "rows of one": (1, 2, (13, 1), Window()),
    "wide padding": (1, 1, (2, 2), Window((3, 3), padding=(4, 5), end=(3, 4))),
    "many channels": (35, 35, (7, 7), Window((3, 3), padding=(1, 1), end=(1, 1), groups=35)),
}


def by_loops(x: np.ndarray, q: np.ndarray, rows: np.ndarray, window: Window, pad_code: int) -> np.ndarray:
    """Every product of every window, one after another."""
    sums = np.zeros((q.shape[1], 1, *window.kernel), np.int64)
    each = q.shape[1] // window.groups
    for b, n, i, j in np.ndindex(*q.shape):
        for ky, kx in np.ndindex(*window.kernel):
            y = i * window.stride[0] + ky * window.dilation[0] - window.padding[0]
            z = j * window.stride[1] + kx * window.dilation[1] - window.padding[1]
            inside = 0 <= y < x.shape[2] and 0 <= z < x.shape[3]
            sums[n, 0, ky, kx] += rows[q[b, n, i, j], x[b, n // each, y, z] if inside else pad_code]
    return sums


@pytest.fixture(params=[1, 3])
def threads(request: pytest.FixtureRequest) -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


@pytest.mark.parametrize("last", [False, True], ids=["channels first", "channels last"])
@pytest.mark.parametrize("bound", [2, 1 << 24, 2**31 - 1])
@pytest.mark.parametrize("name", WINDOWS)
def test_correlation(name: str, bound: int, last: bool, threads: int) -> None:
    """Entries up to the bound, so that sums leave 32 bits wherever the kernel lets them."""
    channels, outputs, size, window = WINDOWS[name]
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (2, channels, *size), dtype=np.uint8)
    q = rng.integers(0, 256, (2, outputs, *window.output(*size)), dtype=np.uint8)
    rows = rng.integers(bound // 2, bound + 1, (256, 256)).astype(np.int32)
    layout = torch.channels_last if last else torch.contiguous_format
    codes = [torch.from_numpy(part).contiguous(memory_format=layout) for part in (x, q)]
    found = correlation(codes[0], codes[1], torch.from_numpy(rows), bound, window, 77)
    assert np.array_equal(found.numpy(), by_loops(x, q, rows, window, 77))


def test_correlation_of_images_that_threads_cannot_share_evenly(threads: int) -> None:
    rng = np.random.default_rng(0)
    x, q = rng.integers(0, 256, (5, 2, 4, 3), dtype=np.uint8), rng.integers(0, 256, (5, 2, 4, 3), dtype=np.uint8)
    rows, window = rng.integers(-9, 9, (256, 256)).astype(np.int32), Window(groups=2)
    found = correlation(torch.from_numpy(x), torch.from_numpy(q), torch.from_numpy(rows), 9, window, 0)
    assert np.array_equal(found.numpy(), by_loops(x, q, rows, window, 0))


def test_correlation_of_nothing() -> None:
    x, q = (torch.zeros(0, 3, 4, 4, dtype=torch.uint8) for _ in range(2))
    assert not correlation(x, q, torch.ones(256, 256, dtype=torch.int32), 1, Window(groups=3), 0).any()


def layouts(x: Tensor) -> list[Tensor]:
    """x (B, N, H, W) in every layout that the kernels take, and in one that `dense` has to copy."""
    return [x, x.contiguous(memory_format=torch.channels_last), torch.stack([x, x], -1)[..., 0]]


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("shape", [(2, 3, 5, 7), (1, 19, 33, 1), (40, 20, 9, 9), (3, 1, 4, 4), (2, 5, 1, 1)])
def test_codes_of_gradients(
    shape: tuple[int, ...], compiled: bool, threads: int, isa: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not compiled:
        monkeypatch.setattr(signed_codes, "library", lambda: None)
    x = torch.from_numpy(np.random.default_rng(1).standard_t(3, shape).astype(np.float32))
    for given in layouts(x):
        laid = dense(given)
        assert torch.equal(laid, x)
        sizes = largest(laid)
        assert np.array_equal(sizes.numpy(), np.abs(x.numpy()).max((0, 2, 3)))
        factor = 100 / sizes  # the largest magnitudes are clipped
        codes = signed_codes.signed_codes(laid, factor, 90, 93)
        expected = np.clip(np.rint(x.numpy() * factor.numpy().reshape(-1, 1, 1)), -90, 90) + 93
        assert np.array_equal(codes.numpy(), expected.astype(np.uint8))
        assert codes.stride() == laid.stride()
        assert codes.min() == 3 or codes.max() == 183


@pytest.mark.parametrize("shape", [(0, 3, 2, 2), (2, 3, 0, 1), (2, 0, 1, 1)])
def test_codes_of_no_gradients(shape: tuple[int, ...]) -> None:
    x = torch.zeros(shape)
    assert not largest(x).any()
    assert signed_codes.signed_codes(x, torch.ones(shape[1]), 127, 127).shape == shape


@pytest.mark.parametrize("compiled", [True, False])
def test_codes_of_halves_and_of_what_is_not_finite(compiled: bool, isa: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Halves go to even codes; NaN has some code, so that no table is read beyond its end, and makes the scale NaN."""
    if not compiled:
        monkeypatch.setattr(signed_codes, "library", lambda: None)
    x = torch.tensor([0.5, 1.5, -2.5, 1e30, math.inf, -math.inf, math.nan]).view(1, 1, 7, 1)
    codes = signed_codes.signed_codes(x, torch.ones(1), 127, 127)
    assert codes.flatten().tolist() == [127, 129, 125, 254, 254, 0, 0]
    assert largest(x[:, :, :6]).item() == math.inf
    assert math.isnan(largest(x).item())


@pytest.mark.parametrize("compiled", [True, False])
def test_what_codes_stand_for(compiled: bool, isa: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if not compiled:
        monkeypatch.setattr(look_up, "library", lambda: None)
    for shape, offset in itertools.product([(256,), (40, 9, 11, 13), (0, 3)], (-128, 0, -31)):
        codes = torch.arange(math.prod(shape)).view(shape).to(torch.uint8)
        scale = float(np.float32(0.0371))
        expected = (codes.numpy().astype(np.float32) + np.float32(offset)) * np.float32(scale)
        assert np.array_equal(scaled_codes(codes, offset, scale).numpy(), expected)
