"""A matrix product as tiles, and its sums put together again."""

from __future__ import annotations

import numpy as np

from ._config import ArrayConfig
from ._errors import ArrayError
from ._tile import Run, Tile


def tiles_of(config: ArrayConfig, x: np.ndarray, w: np.ndarray, mask: np.ndarray | None = None) -> list[Tile]:
    """The tiles of a product of activations `x` (M, K) with weights `w` (K, N), int; a False in `mask` (K, N) adds nothing.

    Outermost are chunks of `depth` rows of x, then columns of w, and innermost the tiles that add to one sum, in the order
    of K. Edges are padded with masked weights. Raises ArrayError where shapes do not fit.
    """
    x, w = np.asarray(x), np.asarray(w)
    mask = np.ones(w.shape, dtype=bool) if mask is None else np.asarray(mask, dtype=bool)
    if x.ndim != 2 or w.ndim != 2 or x.shape[1] != w.shape[0] or mask.shape != w.shape or not x.size or not w.size:
        raise ArrayError(f"x of shape {x.shape}, w of shape {w.shape}, mask of shape {mask.shape}; (M, K), (K, N), (K, N)")
    rows, cols = config.rows, config.cols
    vectors = _padded(x, 1, rows)
    weights = _padded(w, cols, rows, axes=(1, 0))
    masks = _padded(mask, cols, rows, axes=(1, 0))
    tiles = []
    for m in range(0, len(x), config.depth):
        chunk = vectors[m : m + config.depth]
        for n in range(0, weights.shape[1], cols):
            for k in range(0, weights.shape[0], rows):
                part = (slice(k, k + rows), slice(n, n + cols))
                ends = (k == 0, k + rows >= len(weights))
                tiles.append(Tile(weights[part], masks[part], chunk[:, k : k + rows], np.arange(len(chunk)), *ends))
    return tiles


def matrix_of(config: ArrayConfig, run: Run, m: int, n: int) -> np.ndarray:
    """The product (m, n) that the tiles of `tiles_of` have given, int64."""
    product = np.empty((m, -(-n // config.cols) * config.cols), dtype=np.int64)
    left = run.sums
    for start in range(0, m, config.depth):
        height = min(config.depth, m - start)
        for column in range(0, product.shape[1], config.cols):
            product[start : start + height, column : column + config.cols] = left[:height]
            left = left[height:]
    return product[:, :n]


def _padded(values: np.ndarray, first: int, second: int, axes: tuple[int, int] = (0, 1)) -> np.ndarray:
    """`values` with zeros behind them, so that two axes have whole multiples of `first` and `second`."""
    padding = [(0, 0), (0, 0)]
    for axis, multiple in zip(axes, (first, second), strict=True):
        padding[axis] = (0, -values.shape[axis] % multiple)
    return np.pad(values, padding)
