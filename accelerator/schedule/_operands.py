"""What a tile holds and what streams through it, as arrays that the array's model and its RTL take."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pysim.kernels import Window

from ..program import Product
from ._size import ArraySize
from ._tiles import Tile


def columns(codes: np.ndarray, window: Window, zero_point: int) -> np.ndarray:
    """im2col of one image: codes (C, H, W) to (groups, M, K), K in the order of weights (channel, row, column of the kernel).

    Padded positions hold the code `zero_point`.
    """
    (top, left), (bottom, right) = window.padding, window.end
    padded = np.pad(codes, ((0, 0), (top, bottom), (left, right)), constant_values=zero_point)
    spans = [dilation * (kernel - 1) + 1 for dilation, kernel in zip(window.dilation, window.kernel, strict=True)]
    views = np.lib.stride_tricks.sliding_window_view(padded, spans, axis=(1, 2))
    views = views[:, :: window.stride[0], :: window.stride[1], :: window.dilation[0], :: window.dilation[1]]
    channels, height, width, rows, cols = views.shape
    grouped = views.reshape(window.groups, channels // window.groups, height * width, rows * cols)
    return grouped.transpose(0, 2, 1, 3).reshape(window.groups, height * width, -1)


def streams(operation: Product, codes: np.ndarray, zero_point: int) -> np.ndarray:
    """Activations (groups, M, K) of a product's source, codes (*shape) of one input whose zero is `zero_point`."""
    if operation.layout == "image":
        return columns(codes, operation.window, zero_point)
    return codes.reshape(1, -1, codes.shape[-1])


def resting(tile: Tile, weight: np.ndarray, groups: int, size: ArraySize) -> tuple[np.ndarray, np.ndarray]:
    """Weights (rows, cols) of a tile and its valid bits, bool (rows, cols), from a product's weight (N, ...)."""
    grouped = weight.reshape(groups, len(weight) // groups, -1)
    held, valid = np.zeros((size.rows, size.cols), weight.dtype), np.zeros((size.rows, size.cols), bool)
    for block in tile.blocks:
        part = grouped[block.group, block.n_start : block.n_stop, block.k_start : block.k_stop].T
        place = slice(block.row, block.row + part.shape[0]), slice(block.col, block.col + part.shape[1])
        held[place], valid[place] = part, True
    return held, valid


def streaming(tile: Tile, stream: np.ndarray, size: ArraySize) -> np.ndarray:
    """Vectors (T, rows) of a tile, from activations (groups, M, K); rows without weights get the code 0, and add nothing."""
    vectors = np.zeros((tile.length, size.rows), stream.dtype)
    for block in tile.blocks:
        part = stream[block.group, tile.start : tile.stop, block.k_start : block.k_stop]
        vectors[:, block.row : block.row + part.shape[1]] = part
    return vectors


def gather(tiles: Sequence[Tile], sums: Sequence[np.ndarray], groups: int, outputs: int, positions: int) -> np.ndarray:
    """Sums (groups * outputs, M), int64, from what left the array, (T, cols) of each tile that is the last of its sums."""
    result = np.zeros((groups, outputs, positions), np.int64)
    for tile, part in zip((tile for tile in tiles if tile.last), sums, strict=True):
        for block in tile.blocks:
            width = block.n_stop - block.n_start
            place = slice(block.n_start, block.n_stop), slice(tile.start, tile.stop)
            result[block.group][place] = part[:, block.col : block.col + width].T
    return result.reshape(groups * outputs, positions)
