"""The vector unit's Verilog, compiled by Verilator and driven in bulk: NumPy integers in, NumPy integers and cycles out."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np

from cocotb_tests import SimulatorError

from .._compiled_unit import compiled_unit
from ..array._ports import Port
from ..array._ports_in_bulk import bits_of, from_ports
from ..array._simulate import ALWAYS, Offered, pattern
from ..program import GATES
from ..program._operations import Cell
from ._errors import VectorError
from ._jobs import KINDS, VectorJob, average_pool_job, cell_job, max_pool_job, rescale_job
from ._rtl import LATENCY, streaming, vector_library

_BYTES = ctypes.POINTER(ctypes.c_uint8)


@dataclass(frozen=True, eq=False)
class VectorRun:
    """What the unit gave, int64, and in how many cycles from the first step to the last result, both counted."""

    values: np.ndarray
    cycles: int
    cell_state: np.ndarray | None = None


class CompiledVectorUnit:
    """The modules of rtl/vector with `lanes` lanes, each compiled when it is first used and cached by content.

    Results and cycles are those of `accelerator.golden` and of `cycles`. `seed` draws what registers hold before they are
    written; `offered` says in which cycles a step is there, over and over; `library` are files taken in place of rtl/vector's.
    Methods raise VectorError, naming the value, for data that the ports do not hold; SimulatorError, ToolchainError and
    CacheError where the Verilog does not compile or run.
    """

    def __init__(self, lanes: int = 4, seed: int = 0, offered: Offered = ALWAYS, library: Sequence[Path] | None = None) -> None:
        if isinstance(lanes, bool) or not isinstance(lanes, int) or not 1 <= lanes <= 256:
            raise VectorError(f"lanes = {lanes!r} is not allowed; use 1 to 256")
        self.lanes, self.seed, self.library = lanes, seed, vector_library() if library is None else tuple(library)
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
        run = self.run(rescale_job(sources, multipliers, zero_points, shift, zero_point, low, high))
        return VectorRun(run.values.reshape(np.shape(sources[0])), run.cycles)

    def average_pool(
        self, windows: np.ndarray, multiplier: int, shift: int, source_zero_point: int, zero_point: int, low: int, high: int
    ) -> VectorRun:
        """Codes (count,) of windows (count, size), in which padded positions hold the source's zero point.

        The sum of what is above that zero point must fit 24 bits.
        """
        return self.run(average_pool_job(windows, multiplier, shift, source_zero_point, zero_point, low, high))

    def max_pool(self, windows: np.ndarray) -> VectorRun:
        """The largest (count,) of each of windows (count, size)."""
        return self.run(max_pool_job(windows))

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
        run = self.run(cell_job(kind, gates, from_hidden, hidden, cell_state, gate_fraction))
        batch, width = np.shape(gates)
        shape = batch, width // GATES[kind]
        cells = None if run.cell_state is None else run.cell_state.reshape(shape)
        return VectorRun(run.values.reshape(shape), run.cycles, cells)

    def run(self, job: VectorJob) -> VectorRun:
        """Any of them: results (count,), and an LSTM's cell states (count,)."""
        lstm = job.settings.get("kind_i") == [KINDS["LSTM"]]
        if not job.count:
            nothing = np.zeros(0, dtype=np.int64)
            return VectorRun(nothing, 0, nothing if lstm else None)
        parameters = job.parameters(self.lanes)
        key = job.module + "".join(map(str, parameters.values()))
        if key not in self._modules:
            self._modules[key] = _Module(job.module, parameters, self.library, self.seed)
        results, cycles = self._modules[key].run(job.steps(self.lanes), self._offered, -(-job.count // self.lanes))
        first, *others = results.reshape(len(results), -1)[:, : job.count]
        # Codes have 16 bits on their port, signed or not.
        unsigned = "low_i" in job.settings and job.settings["low_i"][0] >= 0
        return VectorRun(first & 0xFFFF if unsigned else first, cycles, others[0] if lstm else None)


class _Module:
    """One module, compiled."""

    def __init__(self, name: str, parameters: Mapping[str, int], library: Sequence[Path], seed: int) -> None:
        self.name, self.lanes = name, parameters["LANES"]
        rtl, self.inputs, self.outputs = streaming(name, parameters, library)
        self._library, self._unit = compiled_unit(self, rtl, files("accelerator.vector") / "harness.cpp", seed)
        sizes = (ctypes.c_int64 * 2)()
        self._library.port_bytes(self._unit, sizes)
        self._step_bytes, self._result_bytes = sizes

    def run(self, inputs: Mapping[str, np.ndarray], offered: np.ndarray, count: int) -> tuple[np.ndarray, int]:
        """Integers (outputs, count, lanes) of `count` results, and the cycles, of inputs (steps, slices) by port."""
        packed = np.packbits(step_bits(self.inputs, inputs), axis=1, bitorder="little")
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


def step_bits(ports: Sequence[Port], inputs: Mapping[str, np.ndarray]) -> np.ndarray:
    """The bits (steps, width) of `step_i`, lowest first, of the slices (steps, slices) of each of its ports."""
    return np.concatenate([bits_of(inputs[port.name], port.width // inputs[port.name].shape[1]) for port in ports], axis=1)
