"""Table sums in torch, at the limits of what floats hold exactly, judged by NumPy in 64 bits."""

import numpy as np
import pytest
import torch
from lookups import wrapped

from pysim.kernels import table as backend
from pysim.kernels.table import TableSums


def judged(table: np.ndarray, x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """acc[m, g, n], never wrapped."""
    sums = np.zeros((x.shape[0], *weight.shape[:2]), np.int64)
    for k in range(x.shape[2]):
        sums += table[x[:, :, k, None], weight[None, :, :, k]]
    return sums


@pytest.mark.parametrize("largest", [255, 32385, (1 << 23) - 1, 1 << 23, (1 << 24) - 1, 1 << 24, (1 << 24) + 1, (1 << 30) - 1])
@pytest.mark.parametrize("sign", [1, -1])
def test_sums_are_exact_whatever_the_entries(largest: int, sign: int) -> None:
    """Odd entries of one sign, as many as need the last bit of a float before they are cut into pieces."""
    rng = np.random.default_rng(0)
    table = sign * (largest - rng.integers(0, min(largest, 7), (5, 6)))
    inner = 700 if largest < 1 << 20 else 40
    x, weight = rng.integers(0, 5, (9, 2, inner)), rng.integers(0, 6, (2, 3, inner))
    table[0, 0] = sign * largest
    sums = TableSums(torch.from_numpy(table.astype(np.int32)), torch.from_numpy(weight))
    assert torch.equal(sums(torch.from_numpy(x)), wrapped(judged(table, x, weight)))


@pytest.mark.parametrize("tile", [1, 40, 1 << 22])
@pytest.mark.parametrize("outputs", [1, 5, 8])
def test_tiles_and_slices_keep_their_order(tile: int, outputs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "TILE", tile)
    monkeypatch.setattr(backend, "COLUMN_BYTES", 4 * 2 * 11 * 7 * 2)
    rng = np.random.default_rng(1)
    table = rng.integers(-99, 99, (7, 9))
    x, weight = rng.integers(0, 7, (23, 2, 11)), rng.integers(0, 9, (2, outputs, 11))
    sums = TableSums(torch.from_numpy(table.astype(np.int32)), torch.from_numpy(weight))
    assert (sums.columns is None) == (outputs > 2)
    assert torch.equal(sums(torch.from_numpy(x)), wrapped(judged(table, x, weight)))
