"""The processing elements, cycle by cycle: rtl/array/mac_pe.v and systolic_array.v as plain arrays of registers."""

from __future__ import annotations

import numpy as np

from ._config import ArrayConfig


class Elements:
    """The registers of all elements, arrays of shape (rows, cols); `step` is a clock edge.

    A register is named as in mac_pe.v, without its `_q`. Data that hardware leaves undefined until it is written is zero here.
    """

    def __init__(self, config: ArrayConfig) -> None:
        self.config = config
        self.reset()
        self.a, self.shadow, self.weight, self.sum = (self._zeros(np.int64) for _ in range(4))

    def reset(self) -> None:
        """What the reset clears: control, and that a weight is there."""
        self.valid, self.swap, self.load = (self._zeros(bool) for _ in range(3))
        self.shadow_valid, self.weight_valid = self._zeros(bool), self._zeros(bool)

    def _zeros(self, dtype: type) -> np.ndarray:
        return np.zeros((self.config.rows, self.config.cols), dtype=dtype)

    def step(
        self,
        *,
        valid: np.ndarray,
        swap: np.ndarray,
        a: np.ndarray,
        load: np.ndarray,
        b: np.ndarray,
        b_valid: np.ndarray,
        sum: np.ndarray,
    ) -> None:
        """One cycle with these inputs: `valid`, `swap`, `a`, `load` (rows,) from the left, `b`, `b_valid`, `sum` (cols,) from
        above."""
        products = np.where(self.weight_valid, self.config.products(self.a, self.weight), 0)
        sums = self.config.add(from_above(self.sum, sum), products)
        valid_in, load_in = from_left(self.valid, valid), from_left(self.load, load)
        swap_in = from_left(self.swap, swap)
        swapped = valid_in & swap_in

        self.sum = np.where(self.valid, sums, self.sum)
        self.a = np.where(valid_in, from_left(self.a, a), self.a)
        self.weight = np.where(swapped, self.shadow, self.weight)
        self.weight_valid = np.where(swapped, self.shadow_valid, self.weight_valid)
        self.shadow = np.where(load_in, from_above(self.shadow, b), self.shadow)
        self.shadow_valid = np.where(load_in, from_above(self.shadow_valid, b_valid), self.shadow_valid)
        self.valid, self.swap, self.load = valid_in, swap_in, load_in


def from_left(register: np.ndarray, edge: np.ndarray) -> np.ndarray:
    """What each element has on its left: its neighbour's register, or the edge."""
    return np.concatenate([np.asarray(edge)[:, None], register[:, :-1]], axis=1)


def from_above(register: np.ndarray, edge: np.ndarray) -> np.ndarray:
    """What each element has above it."""
    return np.concatenate([np.asarray(edge)[None, :], register[:-1]], axis=0)
