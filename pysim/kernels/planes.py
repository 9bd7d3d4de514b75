"""Planes, the currency of compiled multipliers: one int8 product each, and the digits by which larger factors become planes.

A table is `T[a, b] = sum_p 2**shift_p * left_p[a] * right_p[b] + column[b]`. What depends on the weight alone is free, since
its sum over k is a constant of each output; so any constant may be taken off a left factor and given to the column.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WINDOW = 256
"""How many consecutive integers a left factor may span: what an unsigned byte holds."""

DEEPEST_SHIFT = 31
"""Largest shift that a 32-bit accumulator can hold anything of."""


@dataclass(frozen=True, eq=False)
class Plane:
    """One int8 product, `2**shift * left[a] * right[b]`.

    `left` is int16 of shape (A,), and `left + offset` lies in 0 ... 255, so it fits the unsigned operand of an int8
    product. `right` is int8 of shape (B,). The offset costs nothing: it adds `2**shift * offset * right[b]`, which is
    taken off each output again as a constant.
    """

    left: np.ndarray
    right: np.ndarray
    shift: int = 0
    offset: int = 0

    @property
    def legal(self) -> bool:
        """Whether the factors have the types, shapes and windows stated above."""
        return (
            (self.left.dtype, self.left.ndim, self.right.dtype, self.right.ndim) == (np.int16, 1, np.int8, 1)
            and 0 <= self.shift <= DEEPEST_SHIFT
            and int(self.left.min()) + self.offset >= 0
            and int(self.left.max()) + self.offset < WINDOW
        )

    def product(self) -> np.ndarray:
        """What the plane adds to the table: int64 of shape (A, B)."""
        return (np.multiply.outer(self.left.astype(np.int64), self.right.astype(np.int64))) << self.shift


def split(left: np.ndarray, right: np.ndarray, shift: int = 0) -> list[Plane]:
    """The fewest planes found for `2**shift * left[a] * right[b]`, up to a term in b alone.

    `left` (A,) and `right` (B,) are int64. Powers of two become shift; odd common factors are shared out
    so as to save digits; what is still too large is cut into digits, and h left by w right digits are h * w planes.
    """
    left = left - left.min()
    common_left, common_right = int(np.gcd.reduce(left)), int(np.gcd.reduce(right))
    if common_left == 0 or common_right == 0:
        return []
    bits_left, bits_right = _twos(common_left), _twos(common_right)
    left, right, shift = left >> bits_left, right >> bits_right, shift + bits_left + bits_right
    odd_left, odd_right = common_left >> bits_left, common_right >> bits_right
    odd = odd_left * odd_right
    left, right = left // odd_left, right // odd_right
    shares = [share for share in range(1, min(odd, WINDOW) + 1, 2) if odd % share == 0] + [odd]
    choices = ((left * share, right * (odd // share)) for share in shares)
    return min((_digit_planes(*choice, shift) for choice in choices), key=len)


def _twos(value: int) -> int:
    """How often two divides a positive integer."""
    return (value & -value).bit_length() - 1


def _digit_planes(left: np.ndarray, right: np.ndarray, shift: int) -> list[Plane]:
    if -int(right.min()) < int(right.max()):  # -128 is a digit and 128 is not, so the larger side should be negative
        right, left = -right, left.max() - left
    return [
        Plane((digit - digit.min()).astype(np.int16), other.astype(np.int8), shift + 8 * (i + j))
        for i, digit in enumerate(_left_digits(left))
        for j, other in enumerate(_right_digits(right))
        if digit.max() > digit.min() and other.any()
    ]


def _left_digits(values: np.ndarray) -> list[np.ndarray]:
    """Digits 0 ... 255 of non-negative integers, lowest first."""
    digits = []
    while values.any():
        digits.append(values & 255)
        values = values >> 8
    return digits


def _right_digits(values: np.ndarray) -> list[np.ndarray]:
    """Digits -128 ... 127 of integers, lowest first."""
    digits = []
    while values.any():
        digits.append((values + 128 & 255) - 128)
        values = (values - digits[-1]) >> 8
    return digits
