"""A matrix product on an output-stationary array: folds of it, what they give, and after how many cycles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from multipliers import OperandError
from multipliers._bits import checked

from ..cycles import output_stationary_cycles
from ._config import ArrayConfig
from ._errors import ArrayError
from ._tile import Run


@dataclass(frozen=True, eq=False)
class Fold:
    """What an output-stationary array adds up at a time: activations `vectors` (K, rows), `weights` (K, cols) and their `mask`
    (K, cols), False where nothing is added. Element (r, c) gives the sum over k of f(vectors[k, r], weights[k, c])."""

    vectors: np.ndarray
    weights: np.ndarray
    mask: np.ndarray


def folds_of(config: ArrayConfig, x: np.ndarray, w: np.ndarray, mask: np.ndarray | None = None) -> list[Fold]:
    """The folds of a product of activations `x` (M, K) with weights `w` (K, N), int; a False in `mask` (K, N) adds nothing.

    Columns of w are innermost. Columns beyond N are masked; rows beyond M hold 0. Raises ArrayError where shapes do not fit.
    """
    x, w = np.asarray(x), np.asarray(w)
    mask = np.ones(w.shape, dtype=bool) if mask is None else np.asarray(mask, dtype=bool)
    if x.ndim != 2 or w.ndim != 2 or x.shape[1] != w.shape[0] or mask.shape != w.shape or not x.size or not w.size:
        raise ArrayError(f"x of shape {x.shape}, w of shape {w.shape}, mask of shape {mask.shape}; (M, K), (K, N), (K, N)")
    rows, cols = config.rows, config.cols
    vectors = np.pad(x, ((0, -len(x) % rows), (0, 0))).T
    weights, masks = (np.pad(part, ((0, 0), (0, -w.shape[1] % cols))) for part in (w, mask))
    return [
        Fold(vectors[:, m : m + rows], weights[:, n : n + cols], masks[:, n : n + cols])
        for m in range(0, vectors.shape[1], rows)
        for n in range(0, weights.shape[1], cols)
    ]


def compute_folds(config: ArrayConfig, folds: Sequence[Fold]) -> Run:
    """What the array gives for folds, product by product, and the closed form's cycles: sums (F * rows, cols), `rows` of each
    fold, the last row first; `addresses` are the rows. Raises ArrayError."""
    check_folds(config, folds)
    sums = []
    for fold in folds:
        total = np.zeros((config.rows, config.cols), dtype=np.int64)
        for vector, row, mask in zip(fold.vectors, fold.weights, fold.mask, strict=True):
            total = config.add(total, np.where(mask, config.products(vector[:, None], row), 0))
        sums.append(total[::-1])
    rows = np.tile(np.arange(config.rows)[::-1], len(folds))
    return Run(np.concatenate(sums), rows, output_stationary_cycles([len(f.vectors) for f in folds], config.rows, config.cols))


def matrix_of_folds(config: ArrayConfig, run: Run, m: int, n: int) -> np.ndarray:
    """The product (m, n) that the folds of `folds_of` have given, int64."""
    down, across = -(-m // config.rows), -(-n // config.cols)
    blocks = run.sums.reshape(down, across, config.rows, config.cols)[:, :, ::-1]
    return blocks.transpose(0, 2, 1, 3).reshape(down * config.rows, across * config.cols)[:m, :n]


def check_folds(config: ArrayConfig, folds: Sequence[Fold]) -> None:
    """Raise ArrayError, naming the fold, unless the array can run them."""
    if config.dataflow != "output_stationary":
        raise ArrayError(f"folds are for output_stationary arrays; this one is {config.dataflow}")
    if not folds:
        raise ArrayError("no folds: at least one is needed")
    for index, fold in enumerate(folds):
        k = len(fold.vectors)
        shapes = [(k, config.rows), (k, config.cols), (k, config.cols)]
        if not k or [part.shape for part in (fold.vectors, fold.weights, fold.mask)] != shapes:
            raise ArrayError(
                f"fold {index}: vectors of shape {fold.vectors.shape}, weights of shape {fold.weights.shape}, mask of shape "
                f"{fold.mask.shape}; (K, {config.rows}), (K, {config.cols}), (K, {config.cols}) with K of at least 1 are needed"
            )
        try:
            checked(fold.vectors, config.multiplier.a, "a")
            checked(fold.weights, config.multiplier.b, "b")
        except OperandError as error:
            raise ArrayError(f"fold {index}: {error}") from error
