"""Operand streams: files, what is refused of them, and a layer's own operands against its accumulators."""

from pathlib import Path

import numpy as np
import pytest
import torch

from goldaxe.cost import CostError, Stream, read_stream, uniform
from goldaxe.cost._layer_stream import layer_stream, operand_codes, visits
from multipliers import get
from pysim import approximate_, converted
from pysim.kernels import Window


def test_uniform_streams_cover_the_ports() -> None:
    stream = uniform(get("exact8us"), 4096, seed=3)
    assert (stream.a.min(), stream.a.max(), stream.b.min(), stream.b.max()) == (0, 255, -128, 127)
    assert np.array_equal(stream.a, uniform(get("exact8us"), 4096, seed=3).a)
    assert not np.array_equal(stream.a, uniform(get("exact8us"), 4096, seed=4).a)


def test_files(tmp_path: Path) -> None:
    a, b = np.arange(5, dtype=np.uint8), np.arange(-5, 0, dtype=np.int16)
    np.savez(tmp_path / "s.npz", a=a, b=b)
    np.save(tmp_path / "s.npy", np.stack([a.astype(np.int32), b], axis=1))
    for name in ("s.npz", "s.npy"):
        stream = read_stream(tmp_path / name)
        assert (stream.name, stream.a.tolist(), stream.b.tolist()) == (name, a.tolist(), b.tolist())
        assert stream.a.dtype == stream.b.dtype == np.int64
    with pytest.raises(CostError, match=r"b = -5 does not fit exact8, whose operand is 8 bits unsigned, 0 to 255"):
        stream.check(get("exact8"))
    stream.check(get("exact8us"))


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"a": np.zeros(3, int)}, "neither"),
        ({"a": np.zeros(3), "b": np.zeros(3)}, "float64"),
        ({"a": np.zeros(3, int), "b": np.zeros(2, int)}, r"must be \(N,\)"),
        ({"a": np.zeros((2, 2), int), "b": np.zeros((2, 2), int)}, r"must be \(N,\)"),
        ({"a": np.zeros(1, int), "b": np.zeros(1, int)}, "1 operations"),
        ({"a": np.array([{}]), "b": np.array([{}])}, "no .npy or .npz"),
    ],
)
def test_bad_files(arrays: dict[str, np.ndarray], said: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "s.npz", **arrays)
    with pytest.raises(CostError, match=said):
        read_stream(tmp_path / "s.npz")


def test_files_that_are_something_else(tmp_path: Path) -> None:
    good = tmp_path / "good.npz"
    np.savez(good, a=np.arange(100), b=np.arange(100))
    for index, content in enumerate((b"", b"PK\x03\x04", b"hello", b"\x93NUMPY\x01\x00", good.read_bytes()[:300])):
        path = tmp_path / f"{index}.npz"
        path.write_bytes(content)
        with pytest.raises(CostError, match=r"no \.npy or \.npz"):
            read_stream(path)
    np.save(tmp_path / "three.npy", np.zeros((4, 3), int))
    with pytest.raises(CostError, match="neither"):
        read_stream(tmp_path / "three.npy")
    with pytest.raises(CostError, match="cannot read"):
        read_stream(tmp_path / "missing.npy")
    with pytest.raises(CostError, match="vectors = 1 "):
        uniform(get("exact8"), 1)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(
    "layer",
    [
        torch.nn.Linear(12, 5),
        torch.nn.Conv2d(4, 6, 3, stride=2, padding=1),
        torch.nn.Conv2d(4, 8, (3, 2), dilation=2, padding=2, groups=4),
    ],
    ids=["linear", "strided", "grouped"],
)
def test_codes_sum_to_the_accumulators(layer: torch.nn.Module, signed: bool) -> None:
    """sum_k x w - Zx sum_k w + bias, of the recorded codes in int64, is what the layer accumulates."""
    torch.manual_seed(0)
    x = torch.randn(3, 12) if isinstance(layer, torch.nn.Linear) else torch.randn(2, 4, 9, 8)
    model = torch.nn.Sequential(layer)
    approximate_(model, get("exact8s" if signed else "exact8us"), calibration=[x])
    (found,) = converted(model)
    activations, weights = operand_codes(found, x)
    product = found.product("weight")
    zero = int(product.quantizer.zero_point)
    assert (zero == 0) == signed
    assert activations.min() >= (-127 if signed else 0)
    assert activations.max() <= (127 if signed else 255)
    rows = weights.reshape(len(activations), -1, weights.shape[1])
    sums = np.einsum("gnk,gkm->gnm", rows, activations - zero).reshape(len(weights), -1)
    images, window = x[:, :, None, None], Window()
    if isinstance(layer, torch.nn.Conv2d):
        bottom_right = tuple(map(int, layer.padding))
        window = Window(layer.kernel_size, layer.stride, layer.dilation, bottom_right, bottom_right, layer.groups)
        images = x
    expected = product.accumulators(images, layer.weight, None, window)
    assert np.array_equal(sums, expected.permute(1, 0, 2, 3).flatten(1).numpy())


def test_weights_meet_the_activations_of_their_group() -> None:
    """Two groups of three taps, two output rows each, two positions: x = 100 group + 10 tap + position, w = 10 row + tap."""
    x = np.fromfunction(lambda group, tap, position: 100 * group + 10 * tap + position, (2, 3, 2), dtype=np.int64)
    w = np.fromfunction(lambda row, tap: 10 * row + tap, (4, 3), dtype=np.int64)
    a, b = visits(x, w, np.array([0, 4, 6, 11]))
    assert b.tolist() == [0, 0, 11, 11, 20, 20, 32, 32]
    assert a.tolist() == [0, 1, 10, 11, 100, 101, 120, 121]


def test_a_workload_s_layer() -> None:
    stream = layer_stream("mnist-dscnn", "blocks.1.pointwise")
    positions = 8 * 7 * 7  # images, height, width
    assert stream.name == "mnist-dscnn:blocks.1.pointwise, weight-stationary"
    assert len(stream.a) == 64 * positions
    assert np.all(stream.b.reshape(64, positions) == stream.b.reshape(64, positions)[:, :1])
    assert 0 <= stream.a.min() < stream.a.max() <= 255
    assert np.abs(stream.b).max() <= 127
    assert len(np.unique(stream.a)) > 50
    with pytest.raises(CostError, match=r"no convolution or linear layer 'stemm'; it has stem, blocks\.0"):
        layer_stream("mnist-dscnn", "stemm")


def test_streams_have_two_operations() -> None:
    with pytest.raises(CostError, match="1 operations"):
        Stream("short", np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64))
