"""Recurrent cells by the compiled kernels: gates to new states in one pass, for inference in float32 on the CPU."""

from __future__ import annotations

from ctypes import c_int64, c_void_p

import torch
from torch import Tensor

from .build import library


def plain(*tensors: Tensor) -> bool:
    """Whether the compiled cells can read these tensors."""
    simple = all(t.dtype == torch.float32 and t.device.type == "cpu" and t.is_contiguous() for t in tensors)
    return simple and not torch.compiler.is_compiling() and library() is not None


def fused(*tensors: Tensor) -> bool:
    """Whether the compiled cells can take these tensors without gradients."""
    return not (torch.is_grad_enabled() and any(t.requires_grad for t in tensors)) and plain(*tensors)


def lstm(from_input: Tensor, from_hidden: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """Unprojected hidden state and cell state (n, H) from both gate products (n, 4 H) and the cell state (n, H)."""
    h_new, c_new = torch.empty_like(c), torch.empty_like(c)
    _call("goldaxe_lstm", (from_input, from_hidden, c), (h_new, c_new))
    return h_new, c_new


def gru(from_input: Tensor, from_hidden: Tensor, h: Tensor) -> Tensor:
    """New hidden state (n, H) from both gate products (n, 3 H) and the hidden state (n, H)."""
    h_new = torch.empty_like(h)
    _call("goldaxe_gru", (from_input, from_hidden, h), (h_new,))
    return h_new


def rnn_tanh(from_input: Tensor, from_hidden: Tensor) -> Tensor:
    """New hidden state (n, H) from both gate products (n, H)."""
    h_new = torch.empty_like(from_hidden)
    _call("goldaxe_rnn_tanh", (from_input, from_hidden), (h_new,))
    return h_new


def _call(name: str, inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...]) -> None:
    rows, hidden = outputs[0].shape
    before, after = ([c_void_p(t.data_ptr()) for t in tensors] for tensors in (inputs, outputs))
    getattr(library(), name)(*before, c_int64(rows), c_int64(hidden), *after)
