"""Convolutions' transposes as convolutions, and sums over windows, against loops and torch's own gradients."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from multipliers import Multiplier, Operand, get
from pysim import Quantization
from pysim._quantization import operands
from pysim.kernels import Window
from pysim.train.gradients import _window_sums
from pysim.train.gradients._errors import Errors
from pysim.train.gradients._transposed import spread, transposed

WINDOWS = {
    "pointwise": ((5, 6), 4, 6, Window()),
    "groups": ((5, 6), 4, 6, Window((3, 3), padding=(1, 1), end=(1, 1), groups=2)),
    "depthwise, stride 2": ((7, 8), 4, 4, Window((3, 3), (2, 2), padding=(1, 1), end=(1, 1), groups=4)),
    "rows left over": ((9, 10), 2, 3, Window((2, 3), (3, 4))),
    "more padding than reach": ((4, 5), 2, 3, Window((2, 2), padding=(3, 2), end=(4, 2))),
    "the same, stride 2": ((4, 5), 2, 3, Window((2, 2), (2, 3), padding=(4, 4), end=(4, 2))),
    "the same at the end": ((4, 5), 2, 3, Window((2, 2), padding=(1, 0), end=(3, 2))),
    "dilated": ((9, 9), 2, 2, Window((3, 2), (1, 2), (2, 3), (2, 0), (1, 3))),
    "padded at the end": ((6, 6), 3, 2, Window((3, 3), (2, 1), end=(2, 2))),
}
ABSENT = 99
BATCH = 6


def _far_off(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Errors of up to 2**24, as many of which 32 bits hold as one image has positions, and none of zero where a code is."""
    return a * b + (1 << 24) - 3 * (a & 7) - 5 * (b & 3)


MULTIPLIERS = [get("mitchell8"), Multiplier("far_off", Operand(8, False), Operand(8, True), Operand(26, True), _far_off)]


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("name", WINDOWS)
def test_transpose_is_torchs_gradient(name: str, last: bool) -> None:
    """In float64 of small integers, exactly; what is absent counts as zero."""
    size, channels, outputs, window = WINDOWS[name]
    rng = torch.Generator().manual_seed(0)
    x = torch.zeros(2, channels, *size, dtype=torch.float64, requires_grad=True)
    weight = torch.randint(-9, 10, (outputs, channels // window.groups, *window.kernel), generator=rng).double()
    (top, left), (bottom, right) = window.padding, window.end
    padded = F.pad(x, (left, right, top, bottom))
    y = F.conv2d(padded, weight, None, window.stride, 0, window.dilation, window.groups)
    q = torch.randint(0, 60, y.shape, generator=rng).to(torch.uint8)
    q = q.contiguous(memory_format=torch.channels_last) if last else q
    y.backward(q.double())
    room, back = spread(q, window, size, ABSENT)
    (top, left), (bottom, right) = back.padding, back.end
    assert min(top, left, bottom, right) >= 0
    room = F.pad(room, (left, right, top, bottom), value=ABSENT)
    room = torch.where(room == ABSENT, 0, room.double())
    found = F.conv2d(room, transposed(weight, window.groups), None, 1, 0, back.dilation, back.groups)
    assert back.stride == (1, 1)
    assert x.grad is not None
    assert torch.equal(found, x.grad)


@pytest.fixture(params=["compiled", "by torch"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """With seven threads, which have unequal parts of nearly all positions."""
    if request.param == "by torch":
        monkeypatch.setattr(_window_sums, "library", lambda: None)
    before = torch.get_num_threads()
    torch.set_num_threads(7)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize("multiplier", MULTIPLIERS, ids=str)
@pytest.mark.parametrize("unfolded", [1 << 22, 100])
@pytest.mark.parametrize("name", WINDOWS)
def test_sums_over_windows(name: str, unfolded: int, multiplier: Multiplier, monkeypatch: pytest.MonkeyPatch) -> None:
    """In however many parts and pieces: against a loop over all positions."""
    size, channels, outputs, window = WINDOWS[name]
    fitted = operands(multiplier, Quantization(activation="affine"))
    errors = Errors.of(fitted)
    assert errors is not None
    monkeypatch.setattr(_window_sums, "UNFOLDED", unfolded)
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (BATCH, channels, *size), dtype=np.uint8)
    q = rng.integers(0, 255, (BATCH, outputs, *window.output(*size)), dtype=np.uint8)
    (top, left), (bottom, right) = window.padding, window.end
    padded = np.pad(x, [(0, 0), (0, 0), (top, bottom), (left, right)], constant_values=31)
    codes, weights = np.arange(256)[:, None], np.arange(255)[None] + fitted.weight.low
    table = fitted.multiplier(codes, weights) - codes * weights
    expected = np.zeros((outputs, channels // window.groups, *window.kernel), np.int64)
    for b, n, i, j in np.ndindex(*q.shape):
        for c, ky, kx in np.ndindex(*expected.shape[1:]):
            y, z = i * window.stride[0] + ky * window.dilation[0], j * window.stride[1] + kx * window.dilation[1]
            channel = n // (outputs // window.groups) * expected.shape[1] + c
            expected[n, c, ky, kx] += table[padded[b, channel, y, z], q[b, n, i, j]]
    found = _window_sums.sums_of_windows(torch.from_numpy(x), torch.from_numpy(q), errors, window, 31)
    assert np.array_equal(found.numpy(), expected.reshape(outputs, -1))
