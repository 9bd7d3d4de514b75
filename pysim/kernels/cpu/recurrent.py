"""One direction of one recurrent layer in one call of the compiled kernels, for inference in float32 on the CPU."""

from __future__ import annotations

import ctypes
from ctypes import addressof, byref
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from .build import library
from .interface import NO_MEMORY, Quantizer, _fields
from .products import LowRankProduct, Product

CELLS = {"LSTM": (0, 4), "GRU": (1, 3), "RNN_TANH": (2, 1)}
"""torch's mode -> the kernels' number of the cell, and its gates."""


class Recurrent(ctypes.Structure):
    """`Recurrent` in recurrent.cpp."""

    _fields_ = [
        *_fields("cell gates hidden steps backward threads"),
        *_fields("", "sizes from_input h c output from_hidden c_new codes multiply problem"),
        ("quantizer", Quantizer),
    ]


def run(
    mode: str,
    product: Product,
    constants: tuple[Tensor, Tensor],
    quantizer: tuple[float, int, int, int],
    from_input: Tensor,
    sizes: list[int],
    state: tuple[Tensor, ...],
    backward: bool,
) -> tuple[Tensor, tuple[Tensor, ...]] | None:
    """Output (sum(sizes), H) and last state of gates from the input (sum(sizes), G * H) and the first state, each (B, H).

    `product` multiplies the hidden state, with its `constants` and scales of each output; `quantizer` is that state's scale,
    zero point, and lowest and highest code. Steps have `sizes[t]` rows, never growing. None if a state is not finite.
    """
    cell, gates = CELLS[mode]
    hidden, rows = state[0].shape[1], len(state[0])
    assert all(before >= after for before, after in pairwise(sizes))
    states = tuple(part.contiguous().clone() for part in state)
    output = from_input.new_empty(len(from_input), hidden)
    from_hidden, c_new = from_input.new_empty(rows, gates * hidden), torch.empty_like(states[0])
    codes = torch.empty(rows, hidden, dtype=torch.uint8, device="cpu")
    total = (product.constant + constants[0]).contiguous()
    problem = product.bound(
        codes.view(1, rows, 1, hidden).permute(0, 3, 1, 2),
        from_hidden.view(1, rows, 1, -1).permute(0, 3, 1, 2),
        total,
        constants[1],
    )
    kernels: Any = library()
    multiply = kernels.goldaxe_low_rank if isinstance(product, LowRankProduct) else kernels.goldaxe_table
    steps = torch.tensor(sizes, dtype=torch.int64, device="cpu")
    call = Recurrent(cell, gates, hidden, len(sizes), int(backward), torch.get_num_threads())
    call.sizes, call.from_input, call.output = steps.data_ptr(), from_input.data_ptr(), output.data_ptr()
    call.h, call.c = states[0].data_ptr(), states[-1].data_ptr()
    call.from_hidden, call.c_new, call.codes = from_hidden.data_ptr(), c_new.data_ptr(), codes.data_ptr()
    call.multiply, call.problem = ctypes.cast(multiply, ctypes.c_void_p).value, addressof(problem)
    call.quantizer = Quantizer(None, *quantizer)
    failed = kernels.goldaxe_recurrent(byref(call))
    if failed & NO_MEMORY:
        raise MemoryError(f"no memory for a recurrent layer of {rows} rows")
    return None if failed else (output, states)
