"""One direction of a recurrent layer, step by step, with everything that a step computes."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..fixed_point import rescale
from ..program import Recurrent
from ._cells import gru, lstm, rnn_tanh

GATE_LOW, GATE_HIGH = -(1 << 15), (1 << 15) - 1

StepProduct = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Codes (B, H) of the hidden state to accumulators and requantised gates, (B, G * H)."""


class Cell:
    """What the vector unit computes in a step."""

    def codes(self, o: Recurrent, h: Tensor) -> Tensor:
        """The array's codes of a hidden state in Q0.15."""
        return rescale([(h, 0, o.hidden_multiplier)], o.hidden_shift, o.hidden_zero_point, o.hidden_low, o.hidden_high)

    def step(self, o: Recurrent, gates: Tensor, from_hidden: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """The next hidden and cell state, int64 (B, H), from gates of the input and of the hidden state, int64 (B, G * H)."""
        if o.cell == "LSTM":
            return lstm(gates, from_hidden, c, o.gate_fraction)
        if o.cell == "GRU":
            return gru(gates, from_hidden, h, o.gate_fraction), c
        return rnn_tanh(gates, from_hidden, o.gate_fraction), c


class RecurrentLayer:
    """A program's recurrent operation on whatever computes its products and its cells."""

    def __init__(self, operation: Recurrent, product: StepProduct, cell: Cell | None = None) -> None:
        self.operation, self.product, self.cell = operation, product, cell or Cell()

    def __call__(self, gates: Tensor) -> dict[str, Tensor]:
        """Of gates (B, T, G * H): `h`, codes `hidden`, their product's `acc` and `from_hidden`, and `c`; all (B, T, ...)."""
        operation = self.operation
        batch, steps, _ = gates.shape
        h = torch.zeros(batch, operation.matrix.weight.shape[1], dtype=torch.int64)
        c = torch.zeros_like(h)
        order = reversed(range(steps)) if operation.reverse else range(steps)
        kept: dict[int, dict[str, Tensor]] = {}
        for t in order:
            codes = self.cell.codes(operation, h)
            acc, from_hidden = self.product(codes)
            h, c = self.cell.step(operation, gates[:, t].long(), from_hidden.long(), h, c)
            kept[t] = {"hidden": codes, "acc": acc, "from_hidden": from_hidden, "h": h}
            if operation.cell == "LSTM":
                kept[t]["c"] = c
        return {key: torch.stack([kept[t][key] for t in range(steps)], 1).int() for key in kept[0]}
