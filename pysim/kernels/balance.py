"""Balancing factors: changing the bases of `M = U V` together, so that both sides keep small entries.

LLL makes V short and leaves U whatever size that takes. Adding k times row j of V to its row i, and taking k times column i of
U off its column j, changes no product; the best k for a pair is known in closed form, if smallness is Seysen's measure, the sum
over planes of |u|**2 |v|**2 (Seysen, "Simultaneous reduction of a lattice basis and its reciprocal basis", Combinatorica 1993).
A column of U counts by its distance from its mean, since constants in it are free (see planes.py).
"""

from __future__ import annotations

import numpy as np

_STEPS = 1000
"""Most additions; ranks up to 24 have needed at most some 250."""


def balanced(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Factors with the same product as `left` (A, r) and `right` (r, B), int64, and a locally smallest measure."""
    left, right = left.copy(), right.copy()
    for _ in range(_STEPS if len(right) > 1 else 0):
        centred = left - left.mean(0)
        gram_left, gram_right = centred.T @ centred, right.astype(np.float64) @ right.T
        size_left, size_right = np.diag(gram_left), np.diag(gram_right)
        # k[i, j]: right[i] += k * right[j], left[:, j] -= k * left[:, i]
        k = np.rint((gram_left / size_left[:, None] - gram_right / size_right[None, :]) / 2)
        new_right = size_right[:, None] + 2 * k * gram_right + k * k * size_right[None, :]
        new_left = size_left[None, :] - 2 * k * gram_left + k * k * size_left[:, None]
        measure = size_left * size_right
        old = measure[:, None] + measure[None, :]
        gain = old - new_right * size_left[:, None] - new_left * size_right[None, :]
        gain[(k == 0) | np.eye(len(k), dtype=bool) | (gain < 1e-9 * old)] = 0
        i, j = np.unravel_index(np.argmax(gain), gain.shape)
        if gain[i, j] <= 0:
            break
        right[i] += int(k[i, j]) * right[j]
        left[:, j] -= int(k[i, j]) * left[:, i]
    return left, right
