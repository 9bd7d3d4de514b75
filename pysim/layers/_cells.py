"""Gate arithmetic of the recurrent cells, in float, between the approximate products (equations of torch.nn.RNN, LSTM, GRU).

Compiled kernels compute them where they can, with gradients too, and torch elsewhere; both agree to float32's rounding.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..kernels.cpu import cells as compiled
from ._cell_gradients import GRU, LSTM, RNNTanh, trainable


def rnn_tanh(from_input: Tensor, from_hidden: Tensor, h: Tensor) -> Tensor:
    """New hidden state (n, H) from both gate products (n, H)."""
    if compiled.fused(from_input, from_hidden):
        return compiled.rnn_tanh(from_input, from_hidden)
    if trainable(from_input, from_hidden):
        return RNNTanh.apply(from_input, from_hidden)
    return torch.tanh(from_input + from_hidden)


def rnn_relu(from_input: Tensor, from_hidden: Tensor, h: Tensor) -> Tensor:
    """New hidden state (n, H) from both gate products (n, H)."""
    return torch.relu(from_input + from_hidden)


def gru(from_input: Tensor, from_hidden: Tensor, h: Tensor) -> Tensor:
    """New hidden state (n, H) from both gate products (n, 3 H), in torch's order: reset, update, new."""
    if compiled.fused(from_input, from_hidden, h):
        return compiled.gru(from_input, from_hidden, h)
    if trainable(from_input, from_hidden, h):
        return GRU.apply(from_input, from_hidden, h)
    reset_x, update_x, new_x = from_input.chunk(3, -1)
    reset_h, update_h, new_h = from_hidden.chunk(3, -1)
    reset, update = torch.sigmoid(reset_x + reset_h), torch.sigmoid(update_x + update_h)
    new = torch.tanh(new_x + reset * new_h)
    return (1 - update) * new + update * h


def lstm(from_input: Tensor, from_hidden: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """Unprojected hidden state and cell state (n, H) from both gate products (n, 4 H): input, forget, cell, output."""
    if compiled.fused(from_input, from_hidden, c):
        return compiled.lstm(from_input, from_hidden, c)
    if trainable(from_input, from_hidden, c):
        return LSTM.apply(from_input, from_hidden, c)
    into, forget, cell, out = (from_input + from_hidden).chunk(4, -1)
    c = torch.sigmoid(forget) * c + torch.sigmoid(into) * torch.tanh(cell)
    return torch.sigmoid(out) * torch.tanh(c), c


HIDDEN_ONLY = {"RNN_TANH": rnn_tanh, "RNN_RELU": rnn_relu, "GRU": gru}
"""Cells whose only state is the hidden one, by torch's `mode`."""
