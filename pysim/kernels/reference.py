"""Reference loops in plain Python and NumPy: the oracle that every other backend equals exactly. Slow on purpose.

Nothing here is shared with the fast paths: no im2col and no table, just the definition with one golden product at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np

Multiply = Callable[[int, int], int]


def wrap_int32(value: int) -> int:
    """A Python integer as a 32-bit two's complement accumulator holds it."""
    return (value + (1 << 31)) % (1 << 32) - (1 << 31)


def linear_reference(multiply: Multiply, x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """acc[m, n] = sum_k multiply(x[m, k], weight[n, k]) for codes x (M, K) and weight (N, K); int32 (M, N)."""
    acc = np.zeros((x.shape[0], weight.shape[0]), dtype=np.int32)
    for m, n in product(range(x.shape[0]), range(weight.shape[0])):
        acc[m, n] = wrap_int32(sum(multiply(int(x[m, k]), int(weight[n, k])) for k in range(x.shape[1])))
    return acc


def conv_reference(
    multiply: Multiply,
    x: np.ndarray,
    weight: np.ndarray,
    *,
    stride: Sequence[int],
    padding: Sequence[tuple[int, int]],
    dilation: Sequence[int],
    groups: int,
    padding_mode: str = "zeros",
    zero_point: int = 0,
) -> np.ndarray:
    """Convolution of codes x (B, C, *size) and weight (N, C / groups, *kernel): int32 accumulators (B, N, *output size).

    `padding` is (before, after) for each spatial dimension. A zero-padded position holds the code `zero_point`, and its
    product with the weight is added like any other.
    """
    size, kernel = x.shape[2:], weight.shape[2:]
    spans = [before + n + after - d * (k - 1) for n, k, d, (before, after) in zip(size, kernel, dilation, padding, strict=True)]
    output = [(span - 1) // s + 1 for span, s in zip(spans, stride, strict=True)]
    per_group = weight.shape[0] // groups
    acc = np.zeros((x.shape[0], weight.shape[0], *output), dtype=np.int32)
    for batch, channel, position in product(range(x.shape[0]), range(weight.shape[0]), product(*map(range, output))):
        first = channel // per_group * weight.shape[1]
        total = 0
        for offset, tap in product(range(weight.shape[1]), product(*map(range, kernel))):
            place = [
                _padded(o * s + t * d - before, n, padding_mode)
                for o, s, t, d, (before, _), n in zip(position, stride, tap, dilation, padding, size, strict=True)
            ]
            code = zero_point if None in place else int(x[(batch, first + offset, *place)])
            total += multiply(code, int(weight[(channel, offset, *tap)]))
        acc[(batch, channel, *position)] = wrap_int32(total)
    return acc


def _padded(index: int, size: int, mode: str) -> int | None:
    """Where a possibly padded position reads from; None is the zero padding."""
    if 0 <= index < size:
        return index
    if mode == "circular":
        return index % size
    if mode == "replicate":
        return min(max(index, 0), size - 1)
    if mode == "reflect":
        return -index if index < 0 else 2 * (size - 1) - index
    return None
