"""The vector unit's modules, cycle by cycle: what is on their outputs in each cycle, from integers of that cycle and before.

Values are those of `accelerator.golden`; a cycle without one gives None.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..array._lines import DelayLine
from ..fixed_point import rescale
from ..golden._cells import gru, lstm, rnn_tanh
from ..program._operations import Cell
from ._rtl import LATENCY


@dataclass(frozen=True)
class Scale:
    """Settings of a rescaling: a multiplier and a zero point for each source, and what is made of their sum."""

    multipliers: tuple[int, ...]
    zero_points: tuple[int, ...]
    shift: int
    zero_point: int
    low: int
    high: int

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Codes (lanes,) of sources (lanes, sources)."""
        terms = [
            (torch.from_numpy(each.copy()), zero, multiplier)
            for each, zero, multiplier in zip(x.T, self.zero_points, self.multipliers, strict=True)
        ]
        return rescale(terms, self.shift, self.zero_point, self.low, self.high).numpy()


class Pipeline:
    """A module whose results follow its inputs by a fixed number of cycles; a reset drops those under way."""

    def __init__(self, module: str) -> None:
        self.line = DelayLine(LATENCY[module], None)

    def reset(self) -> None:
        """What a cycle of reset leaves."""
        self.line.reset()

    def step(self, result: np.ndarray | None) -> np.ndarray | None:
        """One cycle, in which the inputs of `result` come; what is given in it."""
        found: np.ndarray | None = self.line.step(result)
        return found


class Pool(Pipeline):
    """Windows, a code of each lane's a cycle; between the first and the last code `seen` holds what came."""

    def __init__(self, module: str) -> None:
        super().__init__(module)
        self.seen: list[np.ndarray] = []

    def reset(self) -> None:
        """The window under way is dropped as well."""
        super().reset()
        self.seen = []

    def window(self, codes: np.ndarray, last: bool) -> np.ndarray | None:
        """All codes of the window (size, lanes) that ends with these (lanes,), or None."""
        self.seen.append(codes)
        if not last:
            return None
        whole, self.seen = np.stack(self.seen), []
        return whole


def average(scale: Scale, window: np.ndarray) -> np.ndarray:
    """Codes (lanes,) of windows (size, lanes), whose zero point the scale has."""
    return Scale(scale.multipliers, (0,), scale.shift, scale.zero_point, scale.low, scale.high)(
        (window - scale.zero_points[0]).sum(axis=0)[:, None]
    )


def step_of(
    kind: Cell, fraction: int, gates: np.ndarray, from_hidden: np.ndarray, state: np.ndarray
) -> tuple[np.ndarray, np.ndarray | None]:
    """Hidden states (lanes,) and an LSTM's cell states, of states (lanes,) and gates (lanes, 4) in `recurrent_cell`'s slots."""
    count = {"GRU": 3, "LSTM": 4, "RNN_TANH": 1}[kind]
    slots = slice(2, 3) if kind == "RNN_TANH" else slice(count)
    x, h = (torch.from_numpy(each[:, slots].astype(np.int64)) for each in (gates, from_hidden))
    s = torch.from_numpy(state.astype(np.int64))[:, None]
    if kind == "LSTM":
        hidden, cell = lstm(x, h, s, fraction)
        return hidden[:, 0].numpy(), cell[:, 0].numpy()
    return (gru(x, h, s, fraction) if kind == "GRU" else rnn_tanh(x, h, fraction))[:, 0].numpy(), None
