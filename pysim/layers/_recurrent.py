"""RNN, GRU and LSTM with every gate product on an approximate multiplier: input, hidden and projection.

Any number of layers, both directions, batch first or not, unbatched, packed sequences, initial states, dropout and
projections, as in torch. Gates are added and squashed in float; `accelerator` has the integer cells.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from .._contents import unchanging
from ..kernels import Window
from ..kernels.cpu import cells, recurrent
from ..kernels.cpu.products import Product
from ._base import ApproximateLayer
from ._cells import HIDDEN_ONLY, lstm

_GATES = {"GRU": 3, "LSTM": 4}
_MODES: dict[type[nn.Module], tuple[str, ...]] = {nn.RNN: ("RNN_TANH", "RNN_RELU"), nn.GRU: ("GRU",), nn.LSTM: ("LSTM",)}

Hidden = Any
"""States of all layers and directions, (L * D, B, H_out); for an LSTM a pair of them, with the cell states (L * D, B, H)."""


class ApproximateRecurrent(ApproximateLayer, nn.RNNBase):
    """nn.RNN, nn.GRU or nn.LSTM with approximate products; takes and returns what the torch layer does."""

    def forward(self, input: Any, hx: Any = None) -> Any:
        """(output, h_n) or (output, (h_n, c_n)), shaped as torch's; raises UncalibratedError or NonFiniteError.

        Attributes count as they are now; raises ValueError where they do not fit the weights and products that there are.
        """
        self._check_attributes()
        if torch.compiler.is_compiling():
            return self._run(input, hx)
        with unchanging([*self.parameters(recurse=False)]):  # within one call, so that a look at the first step will do
            return self._run(input, hx)

    def _run(self, input: Any, hx: Any) -> Any:
        if isinstance(input, PackedSequence):
            data, sizes, order, inverse = input
            hidden = self._zeros(data, int(sizes[0])) if hx is None else self.permute_hidden(hx, order)
            self.check_forward_args(data, hidden, sizes)
            output, hidden = self._stack(data, sizes.tolist(), hidden)
            return PackedSequence(output, sizes, order, inverse), self.permute_hidden(hidden, inverse)
        time = 1 if self.batch_first and input.dim() == 3 else 0
        if input.dim() == 2:
            output, hidden = self._padded(input[:, None], _each(hx, lambda state: state[:, None]), time=0)
            return output[:, 0], _each(hidden, lambda state: state[:, 0])
        return self._padded(input, hx, time)

    def _check_attributes(self) -> None:
        """A layer has the products of its conversion: another number of layers or directions would be other weights."""
        modes = next((modes for kind, modes in _MODES.items() if isinstance(self, kind)), ())
        if self.mode not in modes:
            raise ValueError(f"{self.name}: mode = {self.mode!r} is not allowed; use {' or '.join(map(repr, modes))}")
        rows = _GATES.get(self.mode, 1) * self.hidden_size
        kinds = ("weight", "bias") if self.bias else ("weight",)
        wanted = [f"{kind}_{key}" for key in self.keys(self) for kind in kinds if (kind, key[:2]) != ("bias", "hr")]
        size = rows, self.proj_size or self.hidden_size
        if sorted(wanted) != sorted(self._parameters) or self.weight_hh_l0.shape != size:
            raise ValueError(
                f"{self.name}: num_layers = {self.num_layers}, bidirectional = {self.bidirectional}, hidden_size = "
                f"{self.hidden_size}, proj_size = {self.proj_size} and bias = {self.bias} do not fit the layer's weights; "
                "leave them as they were when it was made"
            )

    def _padded(self, x: Tensor, hx: Hidden | None, time: int) -> tuple[Tensor, Hidden]:
        """A batch of equally long sequences, with time in dimension 0 or 1."""
        if x.dim() != 3:
            raise ValueError(f"{self.name}: an input of {x.dim()} dimensions is not allowed; use 2 (unbatched) or 3")
        steps = x.transpose(0, time)
        length, batch = steps.shape[:2]
        hidden = self._zeros(x, batch) if hx is None else hx
        rows = steps.reshape(length * batch, -1)
        self.check_forward_args(steps.transpose(0, 1) if self.batch_first else steps, hidden, None)
        output, hidden = self._stack(rows, [batch] * length, hidden)
        return output.view(length, batch, -1).transpose(0, time), hidden

    def _zeros(self, x: Tensor, batch: int) -> Hidden:
        """The initial state that torch assumes."""
        count = self.num_layers * (2 if self.bidirectional else 1)
        hidden = x.new_zeros(count, batch, self.proj_size or self.hidden_size)
        return (hidden, x.new_zeros(count, batch, self.hidden_size)) if self.mode == "LSTM" else hidden

    def _stack(self, x: Tensor, sizes: list[int], hidden: Hidden) -> tuple[Tensor, Hidden]:
        """All layers over packed rows x (sum(sizes), F), `sizes[t]` of them at step t, never growing with t."""
        last: list[tuple[Tensor, ...]] = []
        states = list(zip(*hidden, strict=True)) if isinstance(hidden, tuple) else [(state,) for state in hidden]
        for layer in range(self.num_layers):
            outputs = []
            for suffix in _suffixes(self)[layer]:
                output, state = self._direction(x, sizes, states[len(last)], suffix)
                outputs.append(output)
                last.append(state)
            x = torch.cat(outputs, -1)
            if layer + 1 < self.num_layers:
                x = F.dropout(x, self.dropout, self.training)
        stacked = tuple(torch.stack(parts) for parts in zip(*last, strict=True))
        return x, (stacked[0], stacked[1]) if self.mode == "LSTM" else stacked[0]

    def _direction(
        self, x: Tensor, sizes: list[int], state: tuple[Tensor, ...], suffix: str
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """One direction of one layer: the input product of all steps at once, then the steps one by one."""
        gates = self._gates("ih", suffix, x)
        compiled = self._compiled(gates, sizes, state, suffix)
        if compiled is not None:
            return compiled
        from_input = gates.split(sizes)
        steps = range(len(sizes))
        outputs: list[Tensor] = [x] * len(sizes)
        for done, t in enumerate(reversed(steps) if suffix.endswith("_reverse") else steps):
            if self.truncate is not None and done and done % self.truncate == 0:
                state = tuple(part.detach() for part in state)
            # Sequences that have ended (or, backwards, not begun) keep their state: they are the rows from sizes[t] on.
            new = self._cell(from_input[t], tuple(part[: sizes[t]] for part in state), suffix)
            rest = tuple(part[sizes[t] :] for part in state)
            state = tuple(torch.cat(parts) if len(parts[1]) else parts[0] for parts in zip(new, rest, strict=True))
            outputs[t] = new[0]
        return torch.cat(outputs), state

    def _compiled(
        self, gates: Tensor, sizes: list[int], state: tuple[Tensor, ...], suffix: str
    ) -> tuple[Tensor, tuple[Tensor, ...]] | None:
        """All steps in one call of the compiled kernels; None where these cannot be used, or have something to complain of."""
        product, weight = self.product(f"hh{suffix}"), getattr(self, f"weight_hh{suffix}")
        bias = getattr(self, f"bias_hh{suffix}") if self.bias else None
        if self.mode not in recurrent.CELLS or self.proj_size or not product.inferring or not sizes:
            return None
        if not cells.fused(gates, weight, *(part.contiguous() for part in state)) or not product.quantizer.calibrated:
            return None
        with torch.no_grad():
            prepared = product.prepared(weight, bias, Window())
        if not isinstance(prepared.product, Product):
            return None
        quantizer = product.quantizer
        codes = (float(quantizer.scale), int(quantizer.zero_point), quantizer.codes.low, quantizer.codes.high)
        backward = suffix.endswith("_reverse")
        constants = (prepared.constant, prepared.scale)
        return recurrent.run(self.mode, prepared.product, constants, codes, gates, sizes, state, backward)

    def _cell(self, from_input: Tensor, state: tuple[Tensor, ...], suffix: str) -> tuple[Tensor, ...]:
        from_hidden = self._gates("hh", suffix, state[0])
        if self.mode != "LSTM":
            return (HIDDEN_ONLY[self.mode](from_input, from_hidden, state[0]),)
        h, c = lstm(from_input, from_hidden, state[1])
        return (self._gates("hr", suffix, h) if self.proj_size else h), c

    def _gates(self, kind: str, suffix: str, x: Tensor) -> Tensor:
        """One approximate product; the projection has no bias."""
        bias = getattr(self, f"bias_{kind}{suffix}") if self.bias and kind != "hr" else None
        product, weight = self.product(f"{kind}{suffix}"), getattr(self, f"weight_{kind}{suffix}")
        if product.observer is not None:
            product.observe(x)
            return F.linear(x, weight, bias)
        return product.rows(x, weight, bias)

    @staticmethod
    def keys(module: nn.Module) -> list[str]:
        """The products of a layer: input, hidden and, where there is one, projection, for each layer and direction."""
        assert isinstance(module, nn.RNNBase)
        kinds = ("ih", "hh", "hr") if module.proj_size else ("ih", "hh")
        return [f"{kind}{suffix}" for layer in _suffixes(module) for suffix in layer for kind in kinds]


def _suffixes(module: nn.RNNBase) -> list[list[str]]:
    """torch's parameter suffixes: for each layer, that of each direction."""
    directions = ("", "_reverse") if module.bidirectional else ("",)
    return [[f"_l{layer}{direction}" for direction in directions] for layer in range(module.num_layers)]


def _each(hidden: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """A state with one change made to each of its tensors; None stays None."""
    if hidden is None:
        return None
    return tuple(map(change, hidden)) if isinstance(hidden, tuple) else change(hidden)
