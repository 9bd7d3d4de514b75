"""The vector unit's Verilog, compiled by Verilator and driven in bulk: NumPy integers in, NumPy integers and cycles out."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from cocotb_tests import SimulatorError

from .._compiled_unit import compiled_unit
from ..array._ports_in_bulk import bits_of, from_ports
from ..array._simulate import ALWAYS, Offered, pattern
from ..program import GATES
from ..program._operations import Cell
from ._checks import check_range, check_settings, integers
from ._errors import VectorError
from ._rtl import DEFAULTS, LATENCY, streaming

_BYTES = ctypes.POINTER(ctypes.c_uint8)
_KINDS: dict[Cell, int] = {"RNN_TANH": 0, "GRU": 1, "LSTM": 2}


@dataclass(frozen=True, eq=False)
class VectorRun:
    """What the unit gave, int64, and in how many cycles from the first step to the last result, both counted."""

    values: np.ndarray
    cycles: int
    cell_state: np.ndarray | None = None


class CompiledVectorUnit:
    """The modules of rtl/vector with `lanes` lanes, each compiled when it is first used and cached by content.

    Results and cycles are those of `accelerator.golden` and of `cycles`. `seed` draws what registers hold before they are
    written; `offered` says in which cycles a step is there, over and over. Methods raise VectorError, naming the value, for
    data that the ports do not hold; SimulatorError, ToolchainError and CacheError where the Verilog does not compile or run.
    """

    def __init__(self, lanes: int = 4, seed: int = 0, offered: Offered = ALWAYS) -> None:
        if isinstance(lanes, bool) or not isinstance(lanes, int) or not 1 <= lanes <= 256:
            raise VectorError(f"lanes = {lanes!r} is not allowed; use 1 to 256")
        self.lanes, self.seed = lanes, seed
        self._offered = np.ascontiguousarray(pattern(offered, "offered"), dtype=np.uint8)
        self._modules: dict[str, _Module] = {}

    def rescale(
        self,
        sources: Sequence[np.ndarray],
        multipliers: Sequence[int],
        zero_points: Sequence[int],
        shift: int,
        zero_point: int,
        low: int,
        high: int,
    ) -> VectorRun:
        """`accelerator.fixed_point.rescale` of one or two sources of one shape: codes of that shape."""
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
        codes, cycles = self._run("rescale", {"x_i": self._in_lanes(x)}, settings, x.shape[0], SOURCES=count)
        return VectorRun(_codes(codes, low).reshape(arrays[0].shape), cycles)

    def average_pool(
        self, windows: np.ndarray, multiplier: int, shift: int, source_zero_point: int, zero_point: int, low: int, high: int
    ) -> VectorRun:
        """Codes (count,) of windows (count, size), in which padded positions hold the source's zero point.

        The sum of what is above that zero point must fit 24 bits.
        """
        windows = _windows(windows)
        check_settings([multiplier], shift, zero_point, low, high)
        check_range("zero point", source_zero_point, -(1 << 16), (1 << 16) - 1)
        sums = (windows - source_zero_point).sum(axis=1)
        if len(sums):
            check_range("a window's sum", int(sums[np.abs(sums).argmax()]), -(1 << 23), (1 << 23) - 1)
        settings = {"x_zero_i": [source_zero_point], "multiplier_i": [multiplier], **_clamp(shift, zero_point, low, high)}
        steps = self._windows_in_lanes(windows)
        codes, cycles = self._run("average_pool", steps, settings, len(windows))
        return VectorRun(_codes(codes, low), cycles)

    def max_pool(self, windows: np.ndarray) -> VectorRun:
        """The largest (count,) of each of windows (count, size)."""
        windows = _windows(windows)
        largest, cycles = self._run("max_pool", self._windows_in_lanes(windows), {}, len(windows))
        return VectorRun(largest[0], cycles)

    def cell(
        self,
        kind: Cell,
        gates: np.ndarray,
        from_hidden: np.ndarray,
        hidden: np.ndarray | None,
        cell_state: np.ndarray | None,
        gate_fraction: int,
    ) -> VectorRun:
        """One step of a recurrent layer, as `accelerator.golden` has it: hidden states (B, H) of gates (B, G * H) from the
        input and from the hidden state, of `hidden` (B, H), which a GRU reads, and of `cell_state` (B, H), an LSTM's.

        An LSTM's new cell state is in the result.
        """
        if kind not in _KINDS:
            raise VectorError(f"kind = {kind!r} is not allowed; use {', '.join(map(repr, _KINDS))}")
        check_range("gate_fraction", gate_fraction, 0, 11)
        x, h = integers("gates", gates, 16), integers("from_hidden", from_hidden, 16)
        shape = (x.shape[0], x.shape[-1] // GATES[kind])
        if x.ndim != 2 or x.shape != h.shape or x.shape[1] % GATES[kind]:
            raise VectorError(
                f"gates of shapes {x.shape} and {h.shape} are not allowed; a {kind} has (B, {GATES[kind]} * H) twice"
            )
        read = {"GRU": hidden, "LSTM": cell_state}.get(kind)
        state = integers("the state", np.zeros(shape) if read is None and kind == "RNN_TANH" else read, 16)
        if state.shape != shape:
            raise VectorError(f"a state of shape {state.shape} is not allowed; these gates need {shape}")
        gates_of = [np.stack(_by_slot(kind, each, shape[1]), axis=-1).reshape(-1, 4) for each in (x, h)]
        steps = {"x_i": self._in_lanes(gates_of[0]), "h_i": self._in_lanes(gates_of[1])}
        steps["state_i"] = self._in_lanes(state.reshape(-1, 1))
        settings = {"kind_i": [_KINDS[kind]], "fraction_i": [gate_fraction]}
        (hidden_out, cell_out), cycles = self._run("recurrent_cell", steps, settings, state.size)
        return VectorRun(hidden_out.reshape(shape), cycles, cell_out.reshape(shape) if kind == "LSTM" else None)

    def _in_lanes(self, values: np.ndarray) -> np.ndarray:
        """Elements (N, k) as steps (ceil(N / lanes), lanes * k); lanes that are left over hold zeros."""
        steps = -(-len(values) // self.lanes)
        padded = np.zeros((steps * self.lanes, values.shape[1]), dtype=np.int64)
        padded[: len(values)] = values
        return padded.reshape(steps, self.lanes * values.shape[1])

    def _windows_in_lanes(self, windows: np.ndarray) -> dict[str, np.ndarray]:
        """Windows, a code of each of `lanes` at a time, and where they end."""
        size = windows.shape[1]
        groups = self._in_lanes(windows).reshape(-1, self.lanes, size)
        last = np.tile(np.arange(size) == size - 1, len(groups))
        return {"x_i": groups.transpose(0, 2, 1).reshape(-1, self.lanes), "last_i": last[:, None].astype(np.int64)}

    def _run(
        self, name: str, steps: dict[str, np.ndarray], settings: Mapping[str, Sequence[int]], count: int, **parameters: int
    ) -> tuple[np.ndarray, int]:
        """Each output's integers, (outputs, count), and the cycles."""
        if not count:
            return np.zeros((2, 0), dtype=np.int64), 0
        key = name + "".join(map(str, parameters.values()))
        if key not in self._modules:
            self._modules[key] = _Module(name, DEFAULTS[name] | parameters | {"LANES": self.lanes}, self.seed)
        length = len(steps["x_i"])
        inputs = steps | {port: np.tile(np.asarray(value), (length, 1)) for port, value in settings.items()}
        results, cycles = self._modules[key].run(inputs, self._offered, -(-count // self.lanes))
        return results.reshape(len(results), -1)[:, :count], cycles


class _Module:
    """One module, compiled."""

    def __init__(self, name: str, parameters: Mapping[str, int], seed: int) -> None:
        self.name, self.lanes = name, parameters["LANES"]
        rtl, self.inputs, self.outputs = streaming(name, parameters)
        self._library, self._unit = compiled_unit(self, rtl, files("accelerator.vector") / "harness.cpp", seed)
        sizes = (ctypes.c_int64 * 2)()
        self._library.port_bytes(self._unit, sizes)
        self._step_bytes, self._result_bytes = sizes

    def run(self, inputs: Mapping[str, np.ndarray], offered: np.ndarray, count: int) -> tuple[np.ndarray, int]:
        """Integers (outputs, count, lanes) of `count` results, and the cycles, of inputs (steps, slices) by port."""
        bits = [bits_of(inputs[port.name], port.width // inputs[port.name].shape[1]) for port in self.inputs]
        packed = np.packbits(np.concatenate(bits, axis=1), axis=1, bitorder="little")
        steps = np.zeros((len(packed), self._step_bytes), dtype=np.uint8)
        steps[:, : packed.shape[1]] = packed
        results = np.zeros((count, self._result_bytes), dtype=np.uint8)
        cycles = self._library.unit_run(
            self._unit,
            ctypes.c_int64(len(steps)),
            steps.ctypes.data_as(_BYTES),
            ctypes.c_int64(len(offered)),
            offered.ctypes.data_as(_BYTES),
            ctypes.c_int64(count),
            results.ctypes.data_as(_BYTES),
            ctypes.c_int64(2 * LATENCY[self.name] + 2),
        )
        if cycles < 0:
            what = "gives more results than it was asked for" if cycles == -2 else "is stuck: valid_o stays low"
            raise SimulatorError(f"{self.name} with {self.lanes} lanes {what}")
        width = self.outputs[0].width // self.lanes
        values = from_ports(results, width, self.lanes * len(self.outputs))
        return values.reshape(count, len(self.outputs), self.lanes).transpose(1, 0, 2), cycles


def _clamp(shift: int, zero_point: int, low: int, high: int) -> dict[str, Sequence[int]]:
    return {"shift_i": [shift], "zero_i": [zero_point], "low_i": [low], "high_i": [high]}


def _codes(values: np.ndarray, low: int) -> np.ndarray:
    """The codes that the port's 16 bits are, signed or not."""
    return values[0] if low < 0 else values[0] & 0xFFFF


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
