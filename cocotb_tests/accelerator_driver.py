"""Drives `accelerator_top` in cocotb as a processor and its DMA would: registers, frames of weights and vectors, results.

    driver = await Accelerator.attach(dut)
    await driver.configure(job)
    await driver.start()
    driver.send(job)
    codes = await driver.codes(job)

Sizes are read from the registers. Whatever waits for the accelerator ends after `patience` cycles by `StuckError`, which says
which handshake is stuck. docs/top.md has the protocol.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Iterator
from typing import Any, TypeVar

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge, SimTimeoutError, with_timeout
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiResp, AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource

from .accelerator_job import Job, pack, unpack
from .accelerator_monitor import INPUTS, OUTPUTS, Monitor
from .accelerator_registers import CHANNELS, IDENTITY, Control, Error, Register, Status

T = TypeVar("T")
PERIOD = 2
"""Steps of a clock cycle."""


class StuckError(AssertionError):
    """Nothing came within the driver's patience; the message names the handshakes that wait."""


class RefusedError(AssertionError):
    """The accelerator has answered an access by SLVERR."""


class Accelerator:
    """An accelerator on its buses; made by `attach`.

    `rows`, `cols`, `max_vectors`, `max_blocks` and the widths are what its registers say; `monitor` sees every handshake.
    """

    def __init__(self, dut: Any, patience: int) -> None:
        self.dut, self.patience = dut, patience
        reset = {"reset": dut.rst_ni, "reset_active_level": False}
        self.axi = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axi"), dut.clk_i, **reset)
        # A beat is one "byte" as wide as the bus: lanes are the driver's affair.
        buses = {name: (AxiStreamBus.from_prefix(dut, name), dut.clk_i) for name in (*INPUTS, *OUTPUTS)}
        self.sources = {name: AxiStreamSource(*buses[name], byte_lanes=1, **reset) for name in INPUTS}
        self.sinks = {name: AxiStreamSink(*buses[name], byte_lanes=1, **reset) for name in OUTPUTS}
        channels = [self.axi.write_if.aw_channel, self.axi.write_if.w_channel, self.axi.write_if.b_channel]
        channels += [self.axi.read_if.ar_channel, self.axi.read_if.r_channel]
        self.channels = channels
        for part in (self.axi.write_if, self.axi.read_if, *channels, *self.sources.values(), *self.sinks.values()):
            part.log.setLevel(logging.ERROR)
        self.monitor = Monitor(dut)
        self.rows = self.cols = self.max_vectors = self.max_blocks = 0
        self.a_width = self.b_width = self.code_width = self.acc_width = 0

    @classmethod
    async def attach(cls, dut: Any, patience: int = 2000) -> Accelerator:
        """Start the clock, reset, and read what the accelerator is; raises RefusedError if it is none."""
        dut.rst_ni.value = 0
        Clock(dut.clk_i, PERIOD, "step").start()
        driver = cls(dut, patience)
        await driver.reset()
        if await driver.read(Register.ID) != IDENTITY:
            raise RefusedError("this is no accelerator: its ID is another")
        size, widths = await driver.read(Register.SIZE), await driver.read(Register.WIDTHS)
        driver.rows, driver.cols = size & 0xFFFF, size >> 16
        driver.a_width, driver.b_width, driver.code_width, driver.acc_width = widths.to_bytes(4, "little")
        driver.max_vectors = await driver.read(Register.MAX_VECTORS)
        driver.max_blocks = await driver.read(Register.MAX_BLOCKS)
        return driver

    async def reset(self, cycles: int = 2) -> None:
        """A synchronous reset; what is queued is dropped."""
        for source in self.sources.values():
            source.clear()
        self.dut.rst_ni.value = 0
        await ClockCycles(self.dut.clk_i, cycles)
        for sink in self.sinks.values():
            sink.clear()
        self.dut.rst_ni.value = 1
        await RisingEdge(self.dut.clk_i)

    async def within(self, awaited: Awaitable[T], what: str) -> T:
        """What is awaited, or StuckError after `patience` cycles."""
        task: Any = cocotb.start_soon(_of(awaited))
        try:
            result: T = await with_timeout(task, self.patience * PERIOD, "step")
        except SimTimeoutError:
            raise StuckError(f"{what} did not end within {self.patience} cycles; {self.monitor.stuck()}") from None
        finally:
            task.cancel()
        return result

    # Registers

    async def try_write(self, address: int, value: int, size: int = 4) -> bool:
        """Write the low `size` bytes of a word; whether it was accepted."""
        data = (value & 0xFFFF_FFFF).to_bytes(4, "little")[:size]
        answer = await self.within(self.axi.write(address, data), f"the write of {value:#x} to {address:#x}")
        return answer is not None and bool(answer.resp == AxiResp.OKAY)  # None: a reset came

    async def write(self, address: int, value: int) -> None:
        """Write a register; raises RefusedError, with the error that stands, if it is not accepted."""
        if not await self.try_write(address, value):
            raise RefusedError(
                f"the write of {value:#x} to {address:#x} was refused; the first error is {await self.error()!r}"
            )

    async def try_read(self, address: int, size: int = 4) -> tuple[bool, int]:
        """Read a register; whether that was accepted, and the value."""
        answer = await self.within(self.axi.read(address, size), f"the read of {address:#x}")
        if answer is None:  # a reset came
            return False, 0
        return bool(answer.resp == AxiResp.OKAY), int.from_bytes(answer.data, "little")

    async def read(self, address: int) -> int:
        """Read a register; raises RefusedError if that is not accepted."""
        accepted, value = await self.try_read(address)
        if not accepted:
            raise RefusedError(f"the read of {address:#x} was refused")
        return value

    async def status(self) -> Status:
        """Whether it is busy, armed, dropping, and whether an error stands."""
        return Status(await self.read(Register.STATUS) & 0xF)

    async def handshakes(self) -> dict[str, tuple[bool, bool]]:
        """What STATUS says of each stream's valid and ready, as software would ask it which one is stuck."""
        bits = await self.read(Register.STATUS) >> 8
        return {name: (bool(bits >> 2 * n & 1), bool(bits >> 2 * n & 2)) for n, name in enumerate((*INPUTS, *OUTPUTS))}

    async def error(self) -> Error:
        """The first error since the last CLEAR."""
        return Error(await self.read(Register.ERROR))

    def channel_address(self, block: int, column: int) -> int:
        """Where a channel's shift is written, and with it its OFFSET and MULTIPLIER."""
        return CHANNELS + 4 * ((block << max(1, (self.cols - 1).bit_length())) + column)

    async def configure(self, job: Job) -> None:
        """Write all that a job needs."""
        counts = {Register.TILES: job.tiles, Register.BLOCKS: job.blocks, Register.VECTORS: job.vectors}
        codes = {Register.ZERO: job.zero, Register.LOW: job.low, Register.HIGH: job.high, Register.MODE: int(job.raw)}
        for register, value in (counts | codes).items():
            await self.write(register, value)
        for channel in job.channels:
            await self.write(Register.OFFSET, channel.offset)
            await self.write(Register.MULTIPLIER, channel.multiplier)
            await self.write(self.channel_address(channel.block, channel.column), channel.shift)

    async def start(self) -> None:
        """Begin the job that is configured."""
        await self.write(Register.CONTROL, Control.START)

    async def finished(self) -> None:
        """Wait until the job has given its last code."""

        async def idle() -> None:
            while Status.BUSY in await self.status():
                pass

        await self.within(idle(), "the job")

    async def recover(self) -> None:
        """End whatever runs, and clear its errors: CLEAR, let the frames end that have begun, CLEAR."""
        for source in self.sources.values():
            source.clear()
        await self.write(Register.CONTROL, Control.CLEAR)
        for name in self.sources:
            await self.within(self._sent(name), f"the rest of a frame of {name}")
        await ClockCycles(self.dut.clk_i, 4)  # what is in the skid buffers
        await self.write(Register.CONTROL, Control.CLEAR)

    # Frames

    async def _sent(self, name: str) -> None:
        source = self.sources[name]
        while not (source.idle() and source.empty()):
            await RisingEdge(self.dut.clk_i)

    async def sent(self) -> None:
        """Wait until all frames that are queued have been taken."""
        for name in self.sources:
            await self.within(self._sent(name), f"sending what is queued for {name}")

    def send_weights(self, rows: list[list[int]], masks: list[list[int]]) -> None:
        """Queue a frame of weights, the first row first: it is sent last."""
        lane = len(self.dut.s_axis_weights_tdata) // self.cols
        beats = [pack(row, lane) for row in reversed(rows)]
        masked = [pack(mask, 1) for mask in reversed(masks)]
        self.sources["s_axis_weights"].send_nowait(AxiStreamFrame(beats, tuser=masked))

    def send_vectors(self, vectors: list[list[int]]) -> None:
        """Queue a frame of activation vectors."""
        lane = len(self.dut.s_axis_vectors_tdata) // self.rows
        self.sources["s_axis_vectors"].send_nowait(AxiStreamFrame([pack(vector, lane) for vector in vectors]))

    def send(self, job: Job) -> None:
        """Queue all frames of a job."""
        for rows, masks in zip(job.weights, job.masks, strict=True):
            self.send_weights(rows, masks)
        for vectors in job.activations:
            self.send_vectors(vectors)

    async def frame(self, name: str) -> tuple[list[int], bool]:
        """The next frame of results: its beats, and whether it was ended before its time."""
        frame = await self.within(self.sinks[name].recv(compact=False), f"a frame of {name}")
        ended = [bool(user) for user in frame.tuser]
        assert not any(ended[:-1]), f"{name} has tuser before tlast"
        return list(frame.tdata), ended[-1]

    async def codes(self, job: Job) -> list[list[list[int]]]:
        """The codes of a job, block by block, as in `Job.codes`."""
        lane = len(self.dut.m_axis_codes_tdata) // self.cols
        return [frame async for frame in self._frames("m_axis_codes", job.blocks, lane, self.code_width, job.low < 0)]

    async def sums(self, job: Job) -> list[list[list[int]]]:
        """The raw sums of a job, block by block, as in `Job.sums`."""
        return [frame async for frame in self._frames("m_axis_sums", job.blocks, 32, 32, True)]

    async def _frames(self, name: str, count: int, lane: int, width: int, signed: bool) -> Any:
        for _ in range(count):
            beats, ended = await self.frame(name)
            assert not ended, f"{name} was ended before its time; the first error is {await self.error()!r}"
            yield [unpack(beat, lane, self.cols, width, signed) for beat in beats]

    # Stalls

    def stall(self, name: str, pattern: Iterator[bool] | None) -> None:
        """Pause a stream, by its name, or all channels of AXI4-Lite ("s_axi") while the pattern says so; None: never."""
        parts = self.channels if name == "s_axi" else [(self.sources | self.sinks)[name]]
        for part in parts:
            part.set_pause_generator(pattern)
            if pattern is None:
                part.pause = False


async def _of(awaited: Awaitable[T]) -> T:
    return await awaited
