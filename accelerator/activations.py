"""Integer tanh and sigmoid of the vector unit: one ROM of 1,024 unsigned 15-bit entries serves both.

`TANH[i] = round(2**15 * tanh(i / 256))` for i = 0 ... 1022, and `TANH[1023] = 32767`, which stands for all arguments from
there on; negative arguments take the negated entry. Results are Q0.15: 16-bit two's complement, 15 bits behind the point.

    tanh(x)    = sign(i) * TANH[abs(i)]                   with i = index(x, 8)
    sigmoid(x) = (32768 + sign(i) * TANH[abs(i)]) >> 1    with i = index(x, 7), since sigmoid(x) = (1 + tanh(x / 2)) / 2

`index(x, s)` turns x, an integer with f bits behind the point, into one with s bits, rounded (halves away from zero) where
f > s, and clamped to -1023 ... 1023. So tanh is right to 2**-9, sigmoid to 2**-10.

>>> import torch
>>> tanh(torch.tensor([0, 2048, -2048, 32767]), 11)
tensor([     0,  24956, -24956,  32767])
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from .fixed_point import round_shift

FRACTION = 15
"""Bits behind the point of what tanh and sigmoid give, and of hidden states."""

TANH_STEP = 8
"""An index of the table is an argument of tanh with this many bits behind the point, and one of sigmoid with one bit less."""

ENTRIES = 1024


def _table() -> np.ndarray:
    values = np.round(np.tanh(np.arange(ENTRIES) / (1 << TANH_STEP)) * (1 << FRACTION)).astype(np.int16)
    values[-1] = (1 << FRACTION) - 1
    values.setflags(write=False)
    return values


TANH = _table()
"""The ROM, int16 (1024,), of values 0 ... 32767."""

_TANH = torch.tensor(TANH, dtype=torch.int64)


def index(x: Tensor, fraction: int, step: int) -> Tensor:
    """The signed index, int64, of integers x with `fraction` bits behind the point, as one with `step` bits."""
    moved = round_shift(x, fraction - step) if fraction >= step else x << (step - fraction)
    return moved.clamp(1 - ENTRIES, ENTRIES - 1)


def _looked_up(i: Tensor) -> Tensor:
    return i.sign() * _TANH[i.abs()]


def tanh(x: Tensor, fraction: int) -> Tensor:
    """Q0.15 in -32767 ... 32767 of integers x, int64, with `fraction` bits behind the point."""
    return _looked_up(index(x, fraction, TANH_STEP))


def sigmoid(x: Tensor, fraction: int) -> Tensor:
    """Q0.15 in 0 ... 32767 of integers x, int64, with `fraction` bits behind the point."""
    return ((1 << FRACTION) + _looked_up(index(x, fraction, TANH_STEP - 1))) >> 1
