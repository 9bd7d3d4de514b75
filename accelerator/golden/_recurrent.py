"""One direction of a recurrent layer, step by step, with everything that a step computes."""

from __future__ import annotations

import torch
from torch import Tensor

from pysim.kernels import Window

from ..fixed_point import rescale
from ..program import Arithmetic, Recurrent
from ._cells import gru, lstm, rnn_tanh
from ._products import ArrayProduct

_GATE_LOW, _GATE_HIGH = -(1 << 15), (1 << 15) - 1


class RecurrentLayer:
    """A program's recurrent operation, ready to run."""

    def __init__(self, arithmetic: Arithmetic, operation: Recurrent) -> None:
        self.operation = operation
        self.product = ArrayProduct(arithmetic, operation.matrix, Window())

    def __call__(self, gates: Tensor) -> dict[str, Tensor]:
        """Of gates (B, T, G * H): `h`, codes `hidden`, their product's `acc` and `from_hidden`, and `c`; all (B, T, ...)."""
        operation = self.operation
        batch, steps, _ = gates.shape
        h = torch.zeros(batch, operation.matrix.weight.shape[1], dtype=torch.int64)
        c = torch.zeros_like(h)
        order = reversed(range(steps)) if operation.reverse else range(steps)
        kept: dict[int, dict[str, Tensor]] = {}
        for t in order:
            codes = self._codes(h)
            acc = self.product.rows(codes)
            from_hidden = self.product.requantized(acc, 0, _GATE_LOW, _GATE_HIGH)
            step = {"hidden": codes, "acc": acc, "from_hidden": from_hidden}
            both = gates[:, t].long(), from_hidden.long()
            if operation.cell == "LSTM":
                h, c = lstm(*both, c, operation.gate_fraction)
                step["c"] = c
            elif operation.cell == "GRU":
                h = gru(*both, h, operation.gate_fraction)
            else:
                h = rnn_tanh(*both, operation.gate_fraction)
            kept[t] = {**step, "h": h}
        return {key: torch.stack([kept[t][key] for t in range(steps)], 1).int() for key in kept[0]}

    def _codes(self, h: Tensor) -> Tensor:
        """The array's codes of a hidden state in Q0.15."""
        o = self.operation
        term = (h, 0, o.hidden_multiplier)
        return rescale([term], o.hidden_shift, o.hidden_zero_point, o.hidden_low, o.hidden_high)
