"""accelerator_top compiled and driven in bulk: jobs of as many beats as its counters can count, in a second."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from accelerator._compiled_unit import compiled_unit
from accelerator.array._ports_in_bulk import bits_of, from_ports, to_ports
from accelerator.array._top import TopConfig, top_rtl
from cocotb_tests.accelerator_registers import CHANNELS, Control, Register

HARNESS = (Path(__file__).parent / "top_in_bulk.cpp").read_text()
BYTES = ctypes.POINTER(ctypes.c_uint8)


class Beats(ctypes.Structure):
    _fields_ = [("data", BYTES), ("user", BYTES), ("last", BYTES), ("count", ctypes.c_int64)]


class Results(ctypes.Structure):
    _fields_ = [("data", BYTES), ("last", BYTES), ("room", ctypes.c_int64), ("count", ctypes.c_int64)]


@dataclass(frozen=True)
class Out:
    """A stream's results (N, cols), where they had `tlast`, and where `tuser`."""

    values: np.ndarray
    last: list[int]
    error: list[int]


class BulkTop:
    """An accelerator in Verilog. Operands are integers; frames' ends can be put elsewhere."""

    def __init__(self, top: TopConfig) -> None:
        self.top = top
        library, self.unit = compiled_unit(self, top_rtl(top), HARNESS, 1)
        self.library: Any = library
        self.library.register_write.restype = self.library.register_read.restype = ctypes.c_int64
        sizes = (ctypes.c_int64 * 5)()
        library.port_bytes(self.unit, sizes)
        self.bytes = list(sizes)
        self.reset()

    def reset(self) -> None:
        self.library.unit_reset(self.unit)

    def write(self, address: int, value: int) -> None:
        """Write a register that takes it."""
        answer = self.library.register_write(self.unit, ctypes.c_int64(address), ctypes.c_int64(value & 0xFFFFFFFF))
        assert answer == 0, f"{value:#x} to {address:#x}: {answer}"

    def read(self, register: int) -> int:
        return int(self.library.register_read(self.unit, ctypes.c_int64(register)))

    def channel(self, block: int, column: int, offset: int, multiplier: int, shift: int) -> None:
        """The settings of one output channel."""
        self.write(Register.OFFSET, offset)
        self.write(Register.MULTIPLIER, multiplier)
        self.write(CHANNELS + 4 * (block << self.top.unit.parameters["COLUMN"] | column), shift)

    def start(self, tiles: int, blocks: int, vectors: int, clamp: tuple[int, int, int], raw: bool) -> None:
        """Configure a job and start it; `clamp` is the zero point, the lowest and the highest code."""
        names = ("TILES", "BLOCKS", "VECTORS", "ZERO", "LOW", "HIGH", "MODE")
        for name, value in zip(names, (tiles, blocks, vectors, *clamp, raw), strict=True):
            self.write(Register[name], value)
        self.write(Register.CONTROL, Control.START)

    def run(
        self,
        weights: np.ndarray,
        masks: np.ndarray,
        vectors: np.ndarray,
        *,
        held: bool = False,
        with_sums: bool = True,
        ends: list[int] | None = None,
    ) -> tuple[Out, Out]:
        """Send tiles (T, rows, cols), the first row first, and their vectors (T, V, rows), with `tlast` behind the beats `ends`
        of all vectors if given. Codes and sums, both of which are `held` up first until nothing else moves if asked; without
        `with_sums` no sums are taken."""
        array = self.top.unit.array
        lane = {name: self.top.parameters[f"{name}_LANE"] for name in ("A", "B", "CODE")}
        rows = weights[:, ::-1].reshape(-1, array.cols)
        users = np.packbits(bits_of(masks[:, ::-1].reshape(-1, array.cols).astype(int), 1), axis=1, bitorder="little")
        user = np.zeros((len(rows), self.bytes[1]), dtype=np.uint8)
        user[:, : users.shape[1]] = users
        row_last = np.arange(1, len(rows) + 1) % array.rows == 0
        beats = vectors.reshape(-1, array.rows)
        last = np.arange(1, len(beats) + 1) % vectors.shape[1] == 0
        if ends is not None:
            last = np.isin(np.arange(len(beats)), ends)
        room = len(beats) + self.top.parameters["FIFOS"] + 8
        kept = [
            to_ports(rows, lane["B"], self.bytes[0]), user, row_last.astype(np.uint8),
            to_ports(beats, lane["A"], self.bytes[2]), last.astype(np.uint8),
            np.zeros((room, self.bytes[3]), dtype=np.uint8), np.zeros(room, dtype=np.uint8),
            np.zeros((room, self.bytes[4]), dtype=np.uint8), np.zeros(room, dtype=np.uint8),
        ]  # fmt: skip
        at = [array.ctypes.data_as(BYTES) for array in kept]
        sent = Beats(at[0], at[1], at[2], len(rows)), Beats(at[3], at[3], at[4], len(beats))
        codes, sums = Results(at[5], at[6], room, 0), Results(at[7], at[8], room, 0)
        self.library.unit_run(self.unit, *map(ctypes.byref, (*sent, codes, sums)), int(held), int(with_sums))
        return self._out(codes, kept[5], kept[6], lane["CODE"]), self._out(sums, kept[7], kept[8], 32)

    def _out(self, results: Results, data: np.ndarray, flags: np.ndarray, lane: int) -> Out:
        assert results.count <= results.room, "more results than vectors"
        flags = flags[: results.count]
        values = from_ports(data[: results.count], lane, self.top.unit.array.cols)
        return Out(values, np.flatnonzero(flags & 1).tolist(), np.flatnonzero(flags & 2).tolist())
