"""What an integer program does, one dataclass an operation; arithmetic is that of `accelerator.fixed_point`.

Operations name the values that they read (`sources`) and the one that they write (`target`); scales and zero points are the
values'. Arrays are int32. `low` and `high` clamp what is written, which is how ReLU and ReLU6 are computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from pysim.kernels import Window

Array: TypeAlias = "np.ndarray[Any, np.dtype[np.int32]]"


@dataclass(frozen=True, eq=False)
class Matrix:
    """What the array is given for one product: weight codes (N, C / groups, kernel_h, kernel_w), and for each output n

        acc[n] = sum_k f(x[k], weight[n, k]) + constant[n]          32 bits that wrap around, see `Arithmetic`
        code[n] = clamp(zero_point + round_shift(SRDHM(acc[n], multiplier[n]), shift[n]), low, high)

    `constant` is bias and zero-point correction, `bias[n] - Zx * sum_k weight[n, k]`; a padded position holds the code Zx and
    adds f(Zx, weight), as if it were data. `multiplier` is negative where batch norm's factor is.
    """

    weight: Array
    constant: Array
    multiplier: Array
    shift: Array

    @property
    def outputs(self) -> int:
        """Output channels."""
        return len(self.weight)


@dataclass(frozen=True, eq=False)
class Product:
    """A product on the array and its requantisation: a convolution of images (C, H, W), or of rows (..., K) to (..., N).

    Depthwise convolutions are those with as many groups as channels.
    """

    name: str
    source: str
    target: str
    matrix: Matrix
    window: Window
    layout: Literal["image", "rows"]
    low: int
    high: int


@dataclass(frozen=True, eq=False)
class Rescale:
    """code = clamp(zero_point + round_shift(sum_i multiplier_i * (x_i - zero_point_i), shift), low, high), element by element.

    Two sources are a residual addition, one is a change of scale or a clamp by itself.
    """

    name: str
    sources: tuple[str, ...]
    target: str
    multipliers: tuple[int, ...]
    shift: int
    low: int
    high: int


@dataclass(frozen=True, eq=False)
class AveragePool:
    """clamp(zero_point + round_shift(multiplier * sum over the window of (x - zero_point of x), shift), low, high).

    Padded positions count as zeros. Where source and target have one scale, that is the mean of the codes rounded exactly,
    halves away from the zero point, for windows of up to 32,768 8-bit codes. Windows that do not fit whole are dropped.
    """

    name: str
    source: str
    target: str
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    multiplier: int
    shift: int
    low: int
    high: int


@dataclass(frozen=True, eq=False)
class MaxPool:
    """The largest code of each window of images (C, H, W); padded positions are never the largest."""

    name: str
    source: str
    target: str
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Reshape:
    """The same codes in the same order, in the target's shape."""

    name: str
    source: str
    target: str


@dataclass(frozen=True, eq=False)
class Transpose:
    """Axes of one input in another order: axis i of the target is axis `axes[i]` of the source."""

    name: str
    source: str
    target: str
    axes: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Select:
    """One index of one axis of an input, such as the last step of a sequence; the axis is gone then."""

    name: str
    source: str
    target: str
    axis: int
    index: int


@dataclass(frozen=True, eq=False)
class Concatenate:
    """Sources of one scale, one behind the other along an axis of an input."""

    name: str
    sources: tuple[str, ...]
    target: str
    axis: int


Cell = Literal["LSTM", "GRU", "RNN_TANH"]


@dataclass(frozen=True, eq=False)
class Recurrent:
    """One direction of one recurrent layer over gates (T, G * H) that its input's product gave: hidden states (T, H).

    Gates have `gate_fraction` bits behind the point (16 bits in all), hidden states Q0.15; a `reverse` direction runs from
    the last step to the first. Each step, with the last hidden state h, at first 0:

        code = clamp(hidden_zero_point + round_shift(hidden_multiplier * h, hidden_shift), hidden_low, hidden_high)
        from_hidden = the array's product of `matrix` with these codes, requantised like the gates of the input
        h = cell(gates[t], from_hidden, h)

    `accelerator.golden` has the cells. Gates are in torch's order: LSTM input, forget, cell, output; GRU reset, update, new.
    """

    name: str
    source: str
    target: str
    cell: Cell
    matrix: Matrix
    gate_fraction: int
    hidden_multiplier: int
    hidden_shift: int
    hidden_zero_point: int
    hidden_low: int
    hidden_high: int
    reverse: bool


Operation: TypeAlias = Product | Rescale | AveragePool | MaxPool | Reshape | Transpose | Select | Concatenate | Recurrent

KINDS: dict[str, type[Operation]] = {
    kind.__name__: kind for kind in (Product, Rescale, AveragePool, MaxPool, Reshape, Transpose, Select, Concatenate, Recurrent)
}
"""Operations by the name that files and listings give them."""

GATES: dict[Cell, int] = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1}
"""Gates of each cell."""


def sources(operation: Operation) -> tuple[str, ...]:
    """The names of the values that an operation reads."""
    return operation.sources if isinstance(operation, Rescale | Concatenate) else (operation.source,)
