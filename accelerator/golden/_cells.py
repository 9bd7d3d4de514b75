"""Recurrent cells in integers: what the vector unit computes in one step, from gates in 16 bits to the next hidden state.

Gates have `fraction` bits behind the point; hidden states and squashed gates are Q0.15, cell states Q4.11. All are 16-bit
two's complement, and products of two of them fit 32 bits. `round_shift` rounds halves away from zero.
"""

from __future__ import annotations

from torch import Tensor

from ..activations import FRACTION, sigmoid, tanh
from ..fixed_point import round_shift

CELL_FRACTION = 11
"""Bits behind the point of an LSTM's cell state, which saturates at +-16."""

_LOW, _HIGH = -(1 << 15), (1 << 15) - 1
_ONE = 1 << FRACTION


def gru(from_input: Tensor, from_hidden: Tensor, h: Tensor, fraction: int) -> Tensor:
    """Hidden state (B, H) from gates (B, 3 H) reset, update, new, and the hidden state before.

    r = sigmoid(rx + rh), z = sigmoid(zx + zh), n = tanh(nx + round_shift(r * nh, 15)),
    h' = round_shift((2**15 - z) * n + z * h, 15)
    """
    reset_x, update_x, new_x = from_input.chunk(3, -1)
    reset_h, update_h, new_h = from_hidden.chunk(3, -1)
    reset, update = sigmoid(reset_x + reset_h, fraction), sigmoid(update_x + update_h, fraction)
    new = tanh(new_x + round_shift(reset * new_h, FRACTION), fraction)
    return round_shift((_ONE - update) * new + update * h, FRACTION)


def lstm(from_input: Tensor, from_hidden: Tensor, c: Tensor, fraction: int) -> tuple[Tensor, Tensor]:
    """Hidden and cell state (B, H) from gates (B, 4 H) input, forget, cell, output, and the cell state before.

    c' = clamp(round_shift((sigmoid(f) * c << 4) + sigmoid(i) * tanh(g), 19), -2**15, 2**15 - 1),
    h' = round_shift(sigmoid(o) * tanh(c'), 15)
    """
    into, forget, cell, out = (from_input + from_hidden).chunk(4, -1)
    kept = (sigmoid(forget, fraction) * c) << (FRACTION - CELL_FRACTION)
    added = sigmoid(into, fraction) * tanh(cell, fraction)
    c = round_shift(kept + added, 2 * FRACTION - CELL_FRACTION).clamp(_LOW, _HIGH)
    return round_shift(sigmoid(out, fraction) * tanh(c, CELL_FRACTION), FRACTION), c


def rnn_tanh(from_input: Tensor, from_hidden: Tensor, fraction: int) -> Tensor:
    """Hidden state (B, H) from its one gate: tanh(x + h)."""
    return tanh(from_input + from_hidden, fraction)
