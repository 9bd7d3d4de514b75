"""Differences: the gradient of the multiplier's own table, smoothed (central differences over 2h + 1 codes).

With f(a, b) = a * b + e(a, b) over codes, and Da e [a, b] = (e[a + h, b] - e[a - h, b]) / 2h, where a window that leaves the
codes is cut at their end and divided by what is left of it,

    dx[m, k] = sum_n g[m, n] * scale_w[n] * (w[n, k] + Da e [x, w])
    dw[n, k] = sum_m g[m, n] * scale_x    * (x[m, k] - Zx + Db e [x, w])

The first terms are straight-through. The sums over Da e have three factors, and g is real, so that no kernel for products of
two codes computes them; but Da e [a, b] = sum_r u_r[a] * v_r[b], and then each r is one more float product, with mapped
operands: sum_n g * scale_w * Da e = sum_r u_r[x] * (sum_n g * scale_w * v_r[w]). Factors are those of the singular value
decomposition, the fewest that leave an error of `TOLERANCE` relative to the gradient of a * b, and at most `HIGHEST_RANK`;
`left_out` tells what error remains.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from ..._errors import PysimError
from ..._product import code_table
from ..._quantization import Operands
from .._call import Call, products_gradients
from .straight_through import StraightThrough

HALF_WIDTH = 8
"""h, in codes."""

TOLERANCE = 0.1
HIGHEST_RANK = 2


@dataclass(frozen=True, eq=False)
class Factors:
    """A table (A, B) as `left` (r, A) and `right` (r, B), float32; `left_out` is the norm of the rest, over that of `scale`."""

    left: Tensor
    right: Tensor
    left_out: float

    @staticmethod
    def of(table: np.ndarray, scale: np.ndarray, tolerance: float, highest: int) -> Factors:
        """The fewest factors within `tolerance` of a float64 table, and at most `highest`."""
        left, sizes, right = np.linalg.svd(table, full_matrices=False)
        rest = np.sqrt(np.append(np.cumsum(sizes[::-1] ** 2)[::-1], 0)) / np.linalg.norm(scale)
        count = min(int(np.argmax(rest <= tolerance)), highest) if table.any() else 0
        root = np.sqrt(sizes[:count, None])
        u, v = (torch.from_numpy(np.ascontiguousarray(part)).float() for part in (left.T[:count] * root, right[:count] * root))
        return Factors(u, v, float(rest[count]))


def difference(table: np.ndarray, half_width: int, axis: int) -> np.ndarray:
    """Smoothed central differences of a table along an axis: float64 of its shape."""
    size = table.shape[axis]
    codes = np.arange(size)
    above, below = np.minimum(codes + half_width, size - 1), np.maximum(codes - half_width, 0)
    change = np.take(table, above, axis).astype(np.float64) - np.take(table, below, axis)
    return change / np.expand_dims(above - below, 1 - axis)


@lru_cache(maxsize=16)
def factors_of(operands: Operands, half_width: int, tolerance: float, highest: int) -> tuple[Factors, Factors]:
    """Factors of Da e and of Db e."""
    table = code_table(operands)
    a, b = (np.arange(part.low, part.high + 1) for part in (operands.activation, operands.weight))
    error = table - np.multiply.outer(a, b)
    ordinary = np.broadcast_to(b, table.shape), np.broadcast_to(a[:, None], table.shape)
    by_a, by_b = (
        Factors.of(difference(error, half_width, axis), ordinary[axis].astype(np.float64), tolerance, highest)
        for axis in (0, 1)
    )
    return by_a, by_b


class Difference(StraightThrough):
    """The rule above; raises PysimError for codes of more than 8 bits, which have no table."""

    def __init__(
        self, operands: Operands, half_width: int = HALF_WIDTH, tolerance: float = TOLERANCE, highest: int = HIGHEST_RANK
    ) -> None:
        super().__init__(operands)
        if operands.wide:
            raise PysimError(
                "gradient = 'difference' needs a table of all code pairs, which operands of more than 8 bits have not; "
                "use 'straight-through' or 'estimate'"
            )
        if half_width < 1:
            raise PysimError(f"half_width = {half_width!r} is not allowed; use 1 or more codes")
        self.by_a, self.by_b = factors_of(operands, half_width, tolerance, highest)

    def __call__(self, call: Call, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """As `StraightThrough.__call__`."""
        grad_x, grad_weight = super().__call__(call, grad)
        low = self.operands.weight.low
        columns = (call.weights.codes - low).long()
        if grad_x is not None:
            for left, right in zip(self.by_a.left, self.by_a.right.to(grad.device), strict=True):
                weight = right.take(columns) * call.weights.scale.view(-1, 1, 1, 1)
                through, _ = products_gradients(grad, call.x, weight, call.window, (True, False))
                assert through is not None
                grad_x = torch.addcmul(grad_x, through, call.mapped(left))
        if grad_weight is not None:
            pad_code = call.pad_code
            for left, right in zip(self.by_b.left, self.by_b.right.to(grad.device), strict=True):
                scaled = left * call.settings[0]
                x = call.mapped(scaled)
                _, through = products_gradients(
                    grad, x, call.weights.values, call.window, (False, True), float(scaled[pad_code])
                )
                assert through is not None
                grad_weight = torch.addcmul(grad_weight, through, right.take(columns))
        return grad_x, grad_weight
