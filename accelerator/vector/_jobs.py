"""What one run of a module of the vector unit is given, checked against its ports: the elements, and the settings of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..program import GATES
from ..program._operations import Cell
from ._checks import check_range, check_settings, integers
from ._errors import VectorError
from ._rtl import DEFAULTS

KINDS: dict[Cell, int] = {"RNN_TANH": 0, "GRU": 1, "LSTM": 2}
"""Cells as `recurrent_cell` numbers them."""

_POOLS = ("average_pool", "max_pool")


@dataclass(frozen=True, eq=False)
class VectorJob:
    """`count` results of a module of rtl/vector, each made of `size` cycles' integers: a pool's windows, 1 elsewhere.

    `elements[port]` are int64 (count, size, k), the k slices of the port that belong to one lane; `settings[port]` are the
    slices of a port that all lanes share. `sources` is the parameter of `rescale`, None elsewhere.
    """

    module: str
    elements: Mapping[str, np.ndarray]
    settings: Mapping[str, Sequence[int]]
    sources: int | None = None

    @property
    def count(self) -> int:
        """How many results there are."""
        return int(self.elements["x_i"].shape[0])

    @property
    def size(self) -> int:
        """Cycles in which the integers of one result come."""
        return int(self.elements["x_i"].shape[1])

    def parameters(self, lanes: int) -> dict[str, int]:
        """The module's parameters."""
        own = {} if self.sources is None else {"SOURCES": self.sources}
        return DEFAULTS[self.module] | own | {"LANES": lanes}

    def part(self, begin: int, end: int) -> VectorJob:
        """The same with results `begin` to `end` - 1 alone."""
        return replace(self, elements={port: values[begin:end] for port, values in self.elements.items()})

    def steps(self, lanes: int) -> dict[str, np.ndarray]:
        """The slices (steps, slices) of each input port; lanes that are left over hold zeros."""
        groups = -(-self.count // lanes)
        steps = {port: _in_lanes(values, lanes) for port, values in self.elements.items()}
        if self.module in _POOLS:
            steps["last_i"] = np.tile(np.arange(self.size) == self.size - 1, groups)[:, None].astype(np.int64)
        shared = {port: np.tile(np.asarray(value), (groups * self.size, 1)) for port, value in self.settings.items()}
        return steps | shared


def _in_lanes(values: np.ndarray, lanes: int) -> np.ndarray:
    """Slices (count, size, k) as steps (ceil(count / lanes) * size, lanes * k)."""
    count, size, k = values.shape
    groups = -(-count // lanes)
    padded = np.zeros((groups * lanes, size, k), dtype=np.int64)
    padded[:count] = values
    return padded.reshape(groups, lanes, size, k).transpose(0, 2, 1, 3).reshape(groups * size, lanes * k)


def rescale_job(
    sources: Sequence[np.ndarray],
    multipliers: Sequence[int],
    zero_points: Sequence[int],
    shift: int,
    zero_point: int,
    low: int,
    high: int,
) -> VectorJob:
    """`accelerator.fixed_point.rescale` of one or two sources of one shape, element by element. Raises VectorError."""
    count = len(sources)
    if count not in (1, 2) or not count == len(multipliers) == len(zero_points):
        raise VectorError(f"{count} sources are not allowed; use 1 or 2, with as many multipliers and zero points")
    arrays = [integers(f"source {i}", source, 17) for i, source in enumerate(sources)]
    if len({array.shape for array in arrays}) != 1:
        raise VectorError(f"sources of shapes {arrays[0].shape} and {arrays[-1].shape} are not allowed; they must be equal")
    check_settings(multipliers, shift, zero_point, low, high)
    for zero in zero_points:
        check_range("zero point", zero, -(1 << 16), (1 << 16) - 1)
    settings = {"x_zero_i": zero_points, "multiplier_i": multipliers, **_clamp(shift, zero_point, low, high)}
    x = np.stack([array.reshape(-1) for array in arrays], axis=-1)
    return VectorJob("rescale", {"x_i": x[:, None]}, settings, count)


def average_pool_job(
    windows: np.ndarray, multiplier: int, shift: int, source_zero_point: int, zero_point: int, low: int, high: int
) -> VectorJob:
    """Windows (count, size), in which padded positions hold the source's zero point. Raises VectorError."""
    windows = _windows(windows)
    check_settings([multiplier], shift, zero_point, low, high)
    check_range("zero point", source_zero_point, -(1 << 16), (1 << 16) - 1)
    sums = (windows - source_zero_point).sum(axis=1)
    if len(sums):
        check_range("a window's sum", int(sums[np.abs(sums).argmax()]), -(1 << 23), (1 << 23) - 1)
    settings = {"x_zero_i": [source_zero_point], "multiplier_i": [multiplier], **_clamp(shift, zero_point, low, high)}
    return VectorJob("average_pool", {"x_i": windows[:, :, None]}, settings)


def max_pool_job(windows: np.ndarray) -> VectorJob:
    """Windows (count, size). Raises VectorError."""
    return VectorJob("max_pool", {"x_i": _windows(windows)[:, :, None]}, {})


def cell_job(
    kind: Cell,
    gates: np.ndarray,
    from_hidden: np.ndarray,
    hidden: np.ndarray | None,
    cell_state: np.ndarray | None,
    gate_fraction: int,
) -> VectorJob:
    """One step of a recurrent layer: gates (B, G * H) from the input and from the hidden state, `hidden` (B, H), which a GRU
    reads, and `cell_state` (B, H), an LSTM's; an element is one of the B * H states. Raises VectorError."""
    if kind not in KINDS:
        raise VectorError(f"kind = {kind!r} is not allowed; use {', '.join(map(repr, KINDS))}")
    check_range("gate_fraction", gate_fraction, 0, 11)
    x, h = integers("gates", gates, 16), integers("from_hidden", from_hidden, 16)
    shape = (x.shape[0], x.shape[-1] // GATES[kind])
    if x.ndim != 2 or x.shape != h.shape or x.shape[1] % GATES[kind]:
        raise VectorError(f"gates of shapes {x.shape} and {h.shape} are not allowed; a {kind} has (B, {GATES[kind]} * H) twice")
    read = {"GRU": hidden, "LSTM": cell_state}.get(kind)
    state = integers("the state", np.zeros(shape) if read is None and kind == "RNN_TANH" else read, 16)
    if state.shape != shape:
        raise VectorError(f"a state of shape {state.shape} is not allowed; these gates need {shape}")
    elements = {
        port: np.stack(_by_slot(kind, each, shape[1]), axis=-1).reshape(-1, 1, 4) for port, each in (("x_i", x), ("h_i", h))
    }
    elements["state_i"] = state.reshape(-1, 1, 1)
    return VectorJob("recurrent_cell", elements, {"kind_i": [KINDS[kind]], "fraction_i": [gate_fraction]})


def _clamp(shift: int, zero_point: int, low: int, high: int) -> dict[str, Sequence[int]]:
    return {"shift_i": [shift], "zero_i": [zero_point], "low_i": [low], "high_i": [high]}


def _windows(windows: np.ndarray) -> np.ndarray:
    array = integers("windows", windows, 17)
    if array.ndim != 2 or not array.shape[1]:
        raise VectorError(f"windows of shape {array.shape} are not allowed; use (count, size) with a size of 1 or more")
    return array


def _by_slot(kind: Cell, gates: np.ndarray, width: int) -> list[np.ndarray]:
    """Gates (B, G * H) as the four slots of `recurrent_cell`, each (B, H)."""
    parts = [gates[:, g * width : (g + 1) * width] for g in range(GATES[kind])]
    empty = np.zeros((len(gates), width), dtype=np.int64)
    if kind == "RNN_TANH":
        return [empty, empty, parts[0], empty]
    return [*parts, empty][:4]
