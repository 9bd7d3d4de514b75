"""The compiled recurrent cells with their derivatives, so that training computes the states that inference does, to the bit."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from ..kernels.cpu import cells as compiled


def trainable(*tensors: Tensor) -> bool:
    """Whether the compiled cells can take these tensors in training."""
    return torch.is_grad_enabled() and compiled.plain(*tensors)


class RNNTanh(torch.autograd.Function):
    """h' = tanh(a + b)."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        """New hidden state (n, H) of gates (n, H)."""
        new = compiled.rnn_tanh(a, b)
        ctx.save_for_backward(new)
        return new

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        """Gradients of a and b."""
        (new,) = ctx.saved_tensors
        inner = grad * (1 - new * new)
        return inner, inner


class GRU(torch.autograd.Function):
    """h' = (1 - z) n + z h, with n = tanh(a_n + r b_n), and r, z sigmoids of the sums of their gates."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, h: Tensor) -> Tensor:
        """New hidden state (n, H) of gates (n, 3 H): reset, update, new."""
        ctx.save_for_backward(a, b, h)
        return compiled.gru(a, b, h)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Gradients of a, b and h."""
        a, b, h = ctx.saved_tensors
        hidden = h.shape[1]
        both = torch.sigmoid(a[:, : 2 * hidden] + b[:, : 2 * hidden])
        reset, update = both[:, :hidden], both[:, hidden:]
        from_hidden = b[:, 2 * hidden :]
        new = torch.tanh(torch.addcmul(a[:, 2 * hidden :], reset, from_hidden))
        into_h = grad * update
        into_new = (grad - into_h) * (1 - new * new)
        into_both = torch.cat([into_new * from_hidden, grad * (h - new)], 1) * both * (1 - both)
        return torch.cat([into_both, into_new], 1), torch.cat([into_both, into_new * reset], 1), into_h


class LSTM(torch.autograd.Function):
    """c' = f c + i g and h' = o tanh(c'), with i, f, o sigmoids and g the tanh of the sums of their gates."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """New hidden and cell states (n, H) of gates (n, 4 H): input, forget, cell, output."""
        new = compiled.lstm(a, b, c)
        ctx.save_for_backward(a, b, c, new[1])
        return new

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_h: Tensor, grad_c: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Gradients of a, b and c."""
        a, b, c, c_new = ctx.saved_tensors
        gates = a + b
        into, forget, _, out = torch.sigmoid(gates).chunk(4, 1)
        cell = torch.tanh(gates.chunk(4, 1)[2])
        squashed = torch.tanh(c_new)
        inner = torch.addcmul(grad_c, grad_h * out, 1 - squashed * squashed)
        parts = (
            inner * cell * into * (1 - into),
            inner * c * forget * (1 - forget),
            inner * into * (1 - cell * cell),
            grad_h * squashed * out * (1 - out),
        )
        both = torch.cat(parts, 1)
        return both, both, inner * forget
