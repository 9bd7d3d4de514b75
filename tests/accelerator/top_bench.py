"""Runs inside the simulator: scenarios on `accelerator_top`, each from a reset, with a scoreboard of what has to come out.

The folder named by GOLDAXE_BENCH holds `job.json`: {"scenarios": [[name, arguments], ...], "jobs": [...], "config": {...},
"seed": N}.
What comes back is `result.json`: {"failures": [sentences], "coverage": {point: {bin: hits}}, "cycles": N, "notes": {...}}.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import traceback
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from typing import Any

import cocotb
import top_coverage as cover
from cocotb.triggers import ClockCycles, RisingEdge

from cocotb_tests.accelerator_driver import Accelerator, RefusedError, StuckError
from cocotb_tests.accelerator_job import Job, from_json, pack, unpack
from cocotb_tests.accelerator_monitor import STREAMS
from cocotb_tests.accelerator_registers import READ_ONLY, VERSION, Control, Error, Register, Status

PORTS = (*STREAMS, "s_axi")


class Bench:
    """A driver, the jobs that may be run, and the scoreboard."""

    def __init__(self, driver: Accelerator, plan: dict[str, Any]) -> None:
        self.driver, self.config, self.random = driver, plan["config"], random.Random(plan["seed"])
        self.jobs = [from_json(job) for job in plan["jobs"]]
        self.done = 0
        self.notes: dict[str, Any] = {}
        driver.monitor.watchers.append(cover.watch)

    def job(self, index: int | None = None) -> Job:
        """One of the jobs."""
        return self.jobs[self.random.randrange(len(self.jobs)) if index is None else index % len(self.jobs)]

    async def check(self, job: Job) -> None:
        """The results of a job are those that it has to have."""
        cover.shape(job, self.driver.rows, self.driver.max_vectors)
        codes = await self.driver.codes(job)
        assert codes == job.codes, f"codes {_first(codes, job.codes)}"
        if job.raw:
            sums = await self.driver.sums(job)
            assert sums == job.sums, f"sums {_first(sums, job.sums)}"
        cover.contents(job, self.config)

    async def run(self, job: Job) -> None:
        """One job, alone."""
        await self.driver.configure(job)
        await self.driver.start()
        self.driver.send(job)
        await self.check(job)
        await self.driver.finished()
        self.done += 1

    async def quiet(self) -> None:
        """Nothing has come that nobody waits for, no error stands, and as many jobs have been counted as were run."""
        driver = self.driver
        await ClockCycles(driver.dut.clk_i, 3 * (driver.rows + driver.cols) + 12)
        assert await driver.error() is Error.NONE
        assert Status.BUSY not in await driver.status()
        assert await driver.read(Register.JOBS) == self.done
        for name, sink in driver.sinks.items():
            assert sink.empty(), f"{name} has given more than was asked for"
            assert not sink.active, f"{name} has a frame that does not end"

    def pattern(self, rate: float) -> Iterator[bool]:
        """Pauses for a share of all cycles; long ones where they are many."""
        source = random.Random(self.random.random())
        while True:
            pause = source.random() < rate
            for _ in range(source.randrange(1, 12) if pause and rate > 0.5 else 1):
                yield pause

    def stall(self, rates: tuple[float, ...]) -> None:
        """Stalls of each port, 0 for none."""
        for name, rate in zip(PORTS, rates, strict=True):
            self.driver.stall(name, self.pattern(rate) if rate else None)

    async def fresh(self) -> None:
        """A reset, without stalls."""
        self.stall((0.0,) * 5)
        self.done = 0
        await self.driver.reset()


def _first(got: Any, expected: Any) -> str:
    for b, (left, right) in enumerate(zip(got, expected, strict=True)):
        assert len(left) == len(right), f"block {b} has {len(left)} vectors where {len(right)} are expected"
        for t, (mine, theirs) in enumerate(zip(left, right, strict=True)):
            if mine != theirs:
                return f"of block {b}, vector {t} are {mine} where {theirs} are expected"
    return "differ"


# Scenarios


async def identity(bench: Bench) -> None:
    """Identity registers say what was built; each register that can be written reads back."""
    driver, config = bench.driver, bench.config
    assert await driver.read(Register.VERSION) == VERSION
    for name, value in config["identity"].items():
        assert await driver.read(Register[name]) == value, name
    assert await driver.read(Register.CONTROL) == 0
    kept = {Register.TILES: 0xFFFF, Register.BLOCKS: driver.max_blocks, Register.VECTORS: driver.max_vectors, Register.MODE: 0}
    kept |= {Register.OFFSET: 0x89ABCDEF, Register.MULTIPLIER: 0x76543210}
    kept |= dict.fromkeys((Register.LOW, Register.ZERO), -(1 << driver.code_width) & 4294967295)
    kept |= {Register.HIGH: (1 << driver.code_width) - 1}
    for register, value in kept.items():
        await driver.write(register, value)
    for register, value in kept.items():
        assert await driver.read(register) == value, register
    assert await driver.status() == Status(0)
    await driver.reset()
    for register in kept:
        assert await driver.read(register) == 0, register


async def alone(bench: Bench) -> None:
    """Each job without stalls, in as many cycles as the model says."""
    for job in bench.jobs:
        await bench.run(job)
        cycles = await bench.driver.read(Register.CYCLES)
        bench.notes.setdefault("cycles", []).append([job.tiles, job.blocks, job.vectors, cycles])
    await bench.quiet()


async def stalled(bench: Bench, rates: list[float]) -> None:
    """A job with stalled ports, reconfigured and run again."""
    cover.stalls(tuple(rate > 0 for rate in rates))
    bench.stall(tuple(rates))
    for _ in range(2):
        await bench.run(bench.job())
    bench.stall((0.0,) * 5)
    await bench.quiet()


async def back_to_back(bench: Bench, rates: list[float]) -> None:
    """All frames of several jobs wait while each is configured and run; results are taken when they come."""
    driver, jobs = bench.driver, [bench.job(i) for i in range(4)]
    bench.stall(tuple(rates))
    await driver.configure(jobs[0])
    await driver.start()
    for job in jobs:
        driver.send(job)
    checking = cocotb.start_soon(_in_order(bench, jobs))
    for job in jobs[1:]:
        await driver.finished()
        cover.follows("frames waited")
        if driver.monitor.handshakes["m_axis_codes"].valid:
            cover.follows("results were still to be taken")
        await driver.configure(job)
        if driver.monitor.handshakes["s_axis_weights"].valid and not driver.monitor.handshakes["s_axis_weights"].ready:
            cover.follows("weights were loaded before START")  # a tile, and what fits into the skid buffer
        await driver.start()
    wrong = await driver.within(checking, "taking the results")
    if wrong is not None:
        raise wrong
    await driver.finished()
    bench.done += len(jobs)
    bench.stall((0.0,) * 5)
    await bench.quiet()


async def _in_order(bench: Bench, jobs: list[Job]) -> AssertionError | None:
    """Take and check the results of several jobs. What is wrong is given back: an exception here would end the simulation."""
    try:
        for job in jobs:
            await bench.check(job)
    except AssertionError as error:
        return error
    return None


async def full(bench: Bench) -> None:
    """Nobody takes results for a long time: they wait, nothing is lost, and vectors are held back."""
    driver = bench.driver
    job = max(bench.jobs, key=lambda job: (job.raw, job.blocks * job.vectors))
    for held in ("m_axis_codes", "m_axis_sums") if job.raw else ("m_axis_codes",):
        driver.stall(held, iter(lambda: True, False))
        await driver.configure(job)
        await driver.start()
        driver.send(job)
        await ClockCycles(driver.dut.clk_i, 300)
        busy = Status.BUSY in await driver.status()
        seen = await driver.handshakes()
        assert seen == {
            name: (bool(driver.monitor.handshakes[name].valid), bool(driver.monitor.handshakes[name].ready)) for name in STREAMS
        }
        assert seen[held] == (True, False)
        assert busy == (job.blocks * job.vectors > bench.config["fifos"]), "what is held back does not match the FIFOs' size"
        driver.stall(held, None)
        await bench.check(job)
        await driver.finished()
        bench.done += 1
    await bench.quiet()


async def full_then_cleared(bench: Bench) -> None:
    """CLEAR while as many results wait as there is room for: all of them come, and an open frame's mark behind them."""
    driver, places = bench.driver, bench.config["fifos"]
    jobs = [job for job in bench.jobs if job.blocks * job.vectors > places]
    for job in sorted(jobs, key=lambda job: places % job.vectors):
        names = ["m_axis_codes", *(["m_axis_sums"] if job.raw else [])]
        for name in names:
            driver.stall(name, iter(lambda: True, False))
        await driver.configure(job)
        await driver.start()
        driver.send(job)
        await ClockCycles(driver.dut.clk_i, 300)
        await driver.recover()
        for name in names:
            driver.stall(name, None)
            beats, ended = [], False
            for _ in range(-(-places // job.vectors)):
                part, ended = await driver.frame(name)
                beats += part
            assert ended == (places % job.vectors > 0)
            assert len(beats) == places + ended
            lane, width, signed, expected = (
                (len(driver.dut.m_axis_codes_tdata) // driver.cols, driver.code_width, job.low < 0, job.codes)
                if name == "m_axis_codes"
                else (32, 32, True, job.sums)
            )
            found = [unpack(beat, lane, driver.cols, width, signed) for beat in beats[:places]]
            assert found == [vector for block in expected for vector in block][:places]
        await bench.run(job)
    await bench.quiet()


async def pipelined(bench: Bench) -> None:
    """Accesses that do not wait for each other's answers, which are taken late: each has its own answer."""
    driver = bench.driver
    values = [bench.random.randrange(1 << 32) for _ in range(12)]
    for rates in ((0.0,) * 5, (0.0, 0.0, 0.0, 0.0, 0.7)):
        bench.stall(rates)
        places = [Register.OFFSET if n % 3 else Register.ID for n in range(12)]
        writes = [cocotb.start_soon(driver.try_write(place, value)) for place, value in zip(places, values, strict=True)]
        accepted = [await driver.within(write, "a write") for write in writes]
        assert accepted == [place is Register.OFFSET for place in places]
        assert await driver.read(Register.OFFSET) == values[11]
        places = [(Register.OFFSET, Register.VERSION, Register.MULTIPLIER, 0x34)[n % 4] for n in range(12)]
        reads = [cocotb.start_soon(driver.try_read(place)) for place in places]
        found = [await driver.within(read, "a read") for read in reads]
        assert found == [(True, values[11]), (True, VERSION), (True, 0), (False, 0)] * 3
        await driver.write(Register.CONTROL, Control.CLEAR)


async def refused(bench: Bench) -> None:
    """Each access that is refused: its code stands until CLEAR, nothing is changed, and the next job is right."""
    driver, job = bench.driver, bench.job(0)
    good = [(Register.TILES, job.tiles), (Register.BLOCKS, job.blocks), (Register.VECTORS, job.vectors)]
    top = 1 << driver.code_width
    cases: list[tuple[Error, int, int, int]] = [
        (Error.BAD_ADDRESS, 0x34, 1, 4),
        (Error.BAD_ADDRESS, 0x100, 1, 4),
        (Error.BAD_ADDRESS, 0x140, 1, 4),
        (Error.BAD_ADDRESS, 0x80000 + Register.TILES, 1, 4),
        (Error.BAD_ADDRESS, Register.TILES + 1, 1, 3),
        (Error.BAD_ADDRESS, driver.channel_address(driver.max_blocks, 0), 1, 4),
        (Error.BAD_ADDRESS, driver.channel_address(0, 0) + 2, 1, 2),
        (Error.BAD_ADDRESS, 0xFFFFC, 1, 4),
        *((Error.READ_ONLY, register, 1, 4) for register in sorted(READ_ONLY)),
        *((Error.PARTIAL_STROBE, register, value, 2) for register, value in good),
        (Error.PARTIAL_STROBE, driver.channel_address(0, 0), 1, 1),
        (Error.PARTIAL_STROBE, Register.CONTROL, Control.START, 1),
        (Error.ILLEGAL_VALUE, Register.TILES, 0x10000 + job.tiles, 4),
        (Error.ILLEGAL_VALUE, Register.BLOCKS, driver.max_blocks + 1, 4),
        (Error.ILLEGAL_VALUE, Register.VECTORS, driver.max_vectors + 1, 4),
        (Error.ILLEGAL_VALUE, Register.ZERO, top, 4),
        (Error.ILLEGAL_VALUE, Register.LOW, -top - 1, 4),
        (Error.ILLEGAL_VALUE, Register.HIGH, 0x40000000, 4),
        (Error.ILLEGAL_VALUE, Register.MODE, 2, 4),
        (Error.ILLEGAL_VALUE, Register.CONTROL, 3, 4),
        (Error.ILLEGAL_VALUE, Register.CONTROL, 4, 4),
        (Error.ILLEGAL_VALUE, driver.channel_address(0, 0), 32, 4),
    ]
    if driver.cols & (driver.cols - 1) or driver.cols == 1:
        cases.append((Error.BAD_ADDRESS, driver.channel_address(0, driver.cols), 1, 4))
    await driver.configure(job)
    for expected, address, value, size in cases:
        assert not await driver.try_write(address, value, size), f"{address:#x} takes {value:#x}"
        await _stands(bench, expected)
        # The first error stands, whatever comes after it, and START is refused.
        assert not await driver.try_write(Register.CONTROL, Control.START)
        assert not await driver.try_write(0x100, 0)
        await _stands(bench, expected)
        await driver.write(Register.CONTROL, Control.CLEAR)
        assert await driver.error() is Error.NONE
    for address, size in ((0x34, 4), (0x100 + Register.ID, 4), (Register.ID + 1, 1), (driver.channel_address(0, 0), 4)):
        accepted, value = await driver.try_read(address, size)
        assert (accepted, value) == (False, 0) or address == Register.ID + 1
        await _stands(bench, Error.BAD_ADDRESS)
        await driver.write(Register.CONTROL, Control.CLEAR)
    await driver.start()  # as configured: nothing that was refused has had an effect
    driver.send(job)
    await bench.check(job)
    await driver.finished()
    bench.done += 1
    for register, count in good:
        await driver.write(register, 0)
        assert not await driver.try_write(Register.CONTROL, Control.START)
        await _stands(bench, Error.ZERO_COUNT)
        await driver.write(register, count)
        assert not await driver.try_write(Register.CONTROL, Control.START), "START with an error that stands"
        await driver.write(Register.CONTROL, Control.CLEAR)
    for low, high in ((job.high, job.low - 1), (0, -1)):
        await driver.write(Register.LOW, low)
        await driver.write(Register.HIGH, high)
        assert not await driver.try_write(Register.CONTROL, Control.START)
        await _stands(bench, Error.EMPTY_RANGE)
        await driver.write(Register.CONTROL, Control.CLEAR)
    assert not await driver.try_write(0x100, 0)
    await driver.write(Register.CONTROL, Control.CLEAR)
    await bench.run(job)
    await bench.quiet()


async def _stands(bench: Bench, expected: Error) -> None:
    found = await bench.driver.error()
    assert found is expected, f"{found!r} stands where {expected!r} should"
    cover.error(found)
    status = await bench.driver.status()
    assert Status.ERROR in status
    assert (Status.DROPPING in status) == (expected >= Error.WEIGHTS_BEFORE_START), f"{status!r} with {expected!r}"


async def busy(bench: Bench) -> None:
    """Writes during a job are refused and change nothing: the job's results are right."""
    driver, job = bench.driver, bench.job(0)
    writable = [r for r in Register if r not in READ_ONLY and r is not Register.CONTROL]
    for address in (*writable, driver.channel_address(0, 0), Register.CONTROL):
        await driver.configure(job)
        await driver.start()
        assert not await driver.try_write(address, 1)
        await _stands(bench, Error.WRITE_WHILE_BUSY)
        assert Status.BUSY in await driver.status()
        driver.send(job)
        await bench.check(job)
        await driver.finished()
        bench.done += 1
        await driver.write(Register.CONTROL, Control.CLEAR)
    await bench.quiet()


def _breakers(bench: Bench, job: Job) -> dict[Error, Any]:
    """For each error of a stream, what brings it about: frames queued behind `START`, or before it."""
    driver = bench.driver
    weights, vectors = driver.sources["s_axis_weights"], driver.sources["s_axis_vectors"]
    rows, masks, streamed = job.weights[0], job.masks[0], job.activations[0]
    lane = len(driver.dut.s_axis_vectors_tdata) // driver.rows
    beats = [pack(vector, lane) for vector in streamed]
    return {
        Error.WEIGHTS_SHORT: lambda: driver.send_weights(rows[1:], masks[1:]),
        Error.WEIGHTS_LATE: lambda: driver.send_weights([*rows, *rows], [*masks, *masks]),
        Error.VECTORS_SHORT: lambda: vectors.send_nowait(beats[:-1]),
        Error.VECTORS_LATE: lambda: vectors.send_nowait(beats * 3),
        Error.WEIGHTS_BEFORE_START: lambda: weights.send_nowait([1] * 3),
        Error.VECTORS_BEFORE_START: lambda: vectors.send_nowait([1] * 3),
    }


async def broken(bench: Bench, rates: list[float]) -> None:
    """Each way in which streams break the protocol, at the first frame and later: the code stands, streams are drained, an open
    frame of results is ended, and after CLEAR the next job is right."""
    driver = bench.driver
    for code in (code for code in Error if code >= Error.WEIGHTS_BEFORE_START):
        for later in range(3):
            job = bench.job(later)
            if {Error.WEIGHTS_SHORT: driver.rows, Error.VECTORS_SHORT: job.vectors}.get(code) == 1:
                continue  # a frame has one beat at least
            bench.stall(tuple(rates))
            breaker = _breakers(bench, job)[code]
            before = code in (Error.WEIGHTS_BEFORE_START, Error.VECTORS_BEFORE_START)
            await driver.configure(job)
            if before:
                await driver.write(Register.CONTROL, Control.CLEAR)  # or frames could belong to the next job
            else:
                await driver.start()
                good = min(later, len(job.weights) - 1)
                for k in range(good + (code in (Error.VECTORS_SHORT, Error.VECTORS_LATE))):
                    driver.send_weights(job.weights[k], job.masks[k])
                for k in range(good):
                    driver.send_vectors(job.activations[k])
                job = Job(**{**vars(job), "weights": job.weights[good:], "masks": job.masks[good:],
                             "activations": job.activations[good:]})  # fmt: skip
                breaker = _breakers(bench, job)[code]
            sent = {name: shake.beats for name, shake in driver.monitor.handshakes.items()}
            breaker()
            await driver.within(_error(driver), f"the error {code!r}")
            driver.send(job)  # all of it is dropped, until CLEAR
            await driver.sent()
            assert sent["s_axis_weights"] < driver.monitor.handshakes["s_axis_weights"].beats
            await _stands(bench, code)
            assert Status.BUSY not in await driver.status()
            bench.stall((0.0,) * 5)
            await ClockCycles(driver.dut.clk_i, 3 * (driver.rows + driver.cols) + 60)
            await _ended(bench)
            if not before:
                cover.interrupted(("CLEAR", "dropping"))
            await driver.write(Register.CONTROL, Control.CLEAR)
            assert await driver.status() == Status(0)
            await bench.run(bench.job())
            await bench.quiet()


async def _error(driver: Accelerator) -> None:
    while await driver.error() is Error.NONE:
        pass


async def _ended(bench: Bench) -> None:
    """Frames of results that have come are whole, or have been ended by a mark; none is open."""
    for name, sink in bench.driver.sinks.items():
        assert not sink.active, f"{name} has a frame that does not end"
        while not sink.empty():
            beats, marked = await bench.driver.frame(name)
            assert not marked or beats[-1] == 0


async def missing_tail(bench: Bench) -> None:
    """A frame whose end comes after CLEAR: its rest is dropped without an error, before START or behind it."""
    driver, job = bench.driver, bench.job(0)
    for name, rest_first in itertools.product(("s_axis_weights", "s_axis_vectors"), (False, True)):
        await driver.configure(job)
        await driver.start()
        if name == "s_axis_vectors":
            driver.send_weights(job.weights[0], job.masks[0])
        length = (driver.rows if name == "s_axis_weights" else job.vectors) + 9
        before = driver.monitor.handshakes[name].beats
        driver.sources[name].send_nowait([5] * length)
        await driver.within(_taken(driver, name, before + length - 6), "a long frame")
        driver.sources[name].pause = True
        await ClockCycles(driver.dut.clk_i, 5)
        assert await driver.error() in (Error.WEIGHTS_LATE, Error.VECTORS_LATE)
        await driver.write(Register.CONTROL, Control.CLEAR)
        if rest_first:
            driver.sources[name].pause = False
            await driver.sent()
            assert await driver.status() == Status(0)
        await driver.configure(job)
        await driver.start()
        driver.sources[name].pause = False
        driver.send(job)
        bench.driver.sinks["m_axis_codes"].clear()
        bench.driver.sinks["m_axis_sums"].clear()
        await bench.check(job)
        await driver.finished()
        bench.done += 1
    await bench.quiet()


async def _taken(driver: Accelerator, name: str, beats: int) -> None:
    while driver.monitor.handshakes[name].beats < beats:
        await RisingEdge(driver.dut.clk_i)


PHASES = ("idle", "before any vector", "between vectors", "after the last", "dropping")


async def interrupted(bench: Bench, how: str, rates: list[float], times: int) -> None:
    """A reset, or CLEAR, in each phase of a job: nothing of it is left, and the next job is right."""
    driver = bench.driver
    for n in range(times):
        phase = PHASES[n % len(PHASES)]
        bench.stall(tuple(rates))
        await _until(bench, phase)
        cover.interrupted((how, phase))
        if how == "reset":
            await driver.reset(1)
            bench.done = 0
        else:
            await driver.recover()
            bench.stall((0.0,) * 5)
            await ClockCycles(driver.dut.clk_i, 3 * (driver.rows + driver.cols) + 60)
            await _ended(bench)
            bench.done = await driver.read(Register.JOBS)
        bench.stall((0.0,) * 5)
        assert await driver.status() == Status(0), f"{await driver.status()!r} after {how}"
        await bench.run(bench.job())
        await bench.quiet()


async def cleared_at_every_cycle(bench: Bench) -> None:
    """CLEAR in each cycle of a small job: it has finished, and is counted, or its results are missing or marked."""
    driver = bench.driver
    job = min(bench.jobs, key=lambda job: (not job.raw, job.tiles * job.blocks * job.vectors))
    for wait in range(job.tiles * job.blocks * max(job.vectors, driver.rows) + 3 * driver.rows + 2 * driver.cols + 24):
        before = await driver.read(Register.JOBS)
        await driver.configure(job)
        await driver.start()
        driver.send(job)
        await ClockCycles(driver.dut.clk_i, wait + 1)
        await driver.recover()
        finished = await driver.read(Register.JOBS) - before
        await ClockCycles(driver.dut.clk_i, 2 * (driver.rows + driver.cols))
        whole = 0
        while not driver.sinks["m_axis_codes"].empty():
            beats, ended = await driver.frame("m_axis_codes")
            assert ended == (len(beats) < job.vectors) or (ended and beats[-1] == 0)
            whole += not ended
        assert finished == (whole == job.blocks), f"{whole} frames of {job.blocks} came, and JOBS rose by {finished}"
        assert not driver.sinks["m_axis_codes"].active
        driver.sinks["m_axis_sums"].clear()
        bench.done += finished
    await bench.run(job)
    await bench.quiet()


async def _until(bench: Bench, phase: str) -> None:
    """Run a job up to somewhere in a phase."""
    driver, job = bench.driver, bench.job()
    taken = driver.monitor.handshakes["s_axis_vectors"]
    start, total = taken.beats, job.tiles * job.blocks * job.vectors
    await driver.configure(job)
    await driver.start()
    for rows, masks in zip(job.weights, job.masks, strict=True):
        driver.send_weights(rows, masks)
    if phase == "before any vector":
        await ClockCycles(driver.dut.clk_i, bench.random.randrange(1, driver.rows + 4))
        return
    if phase == "dropping":
        driver.send_vectors(job.activations[0] * 2)
        await driver.within(_error(driver), "the error of a long frame")
        driver.send_vectors(job.activations[0] * 2)
        await ClockCycles(driver.dut.clk_i, bench.random.randrange(1, 2 * job.vectors + 2))
        return
    for vectors in job.activations:
        driver.send_vectors(vectors)
    wanted = bench.random.randrange(1, total) if phase == "between vectors" and total > 1 else total
    await driver.within(_taken(driver, "s_axis_vectors", start + wanted), "the vectors")
    if phase == "after the last":
        await ClockCycles(driver.dut.clk_i, bench.random.randrange(1, driver.rows + driver.cols + 6))
    if phase == "idle":
        await driver.finished()
        await ClockCycles(driver.dut.clk_i, bench.random.randrange(1, 20))


async def layers(bench: Bench, used: list[list[list[int]]]) -> None:
    """All jobs, one layer after the other; columns that are no output channels give anything."""
    driver = bench.driver
    for job, columns in zip(bench.jobs, used, strict=True):
        await driver.configure(job)
        await driver.start()
        driver.send(job)
        found = await driver.codes(job)
        for block, mask in enumerate(columns):
            got, expected = (
                [[v for v, m in zip(row, mask, strict=True) if m] for row in part[block]] for part in (found, job.codes)
            )
            assert got == expected, f"codes {_first([got], [expected])}"
        await driver.finished()
        bench.notes.setdefault("layers", []).append([job.tiles, job.blocks, job.vectors])


async def stuck(bench: Bench) -> None:
    """What the driver says when something never comes, for the caller to read."""
    driver, job = bench.driver, bench.job(0)
    driver.patience = 200
    said = bench.notes.setdefault("stuck", {})
    await driver.configure(job)
    await driver.start()
    try:
        for vectors in job.activations:
            driver.send_vectors(vectors)
        await driver.codes(job)
    except StuckError as error:
        said["no weights"] = str(error)
    seen = await driver.handshakes()
    assert [seen[name] for name in STREAMS] == [(False, True), (True, False), (False, True), (False, True)]
    await driver.reset()
    await driver.configure(job)
    await driver.start()
    try:
        for rows, masks in zip(job.weights, job.masks, strict=True):
            driver.send_weights(rows, masks)
        await driver.codes(job)
    except StuckError as error:
        said["no vectors"] = str(error)
    await driver.reset()
    driver.channels[2].pause = True
    try:
        await driver.write(Register.TILES, 1)
    except StuckError as error:
        said["no answer taken"] = str(error)
    driver.channels[2].pause = False
    await driver.reset()
    try:
        await driver.write(Register.ID, 1)
    except RefusedError as error:
        said["refused"] = str(error)
    driver.patience = 2000
    await driver.reset()


SCENARIOS = {
    scenario.__name__: scenario
    for scenario in (
        *(identity, alone, stalled, back_to_back, full, full_then_cleared, pipelined, refused, busy, broken, missing_tail),
        *(interrupted, cleared_at_every_cycle, layers, stuck),
    )
}


@cocotb.test()
async def scenarios(dut: Any) -> None:
    """All scenarios of job.json, one after the other."""
    folder = Path(os.environ["GOLDAXE_BENCH"])
    plan = json.loads((folder / "job.json").read_text())
    driver = await Accelerator.attach(dut)
    bench = Bench(driver, plan)
    failures: list[str] = []
    start = process_time()
    for name, arguments in plan["scenarios"]:
        if len(failures) > 2:
            break
        await bench.fresh()
        try:
            await SCENARIOS[name](bench, *arguments)
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)
            lines = [frame.lineno for frame in where if frame.filename == __file__]
            failures.append(f"{name}{arguments} (lines {lines}): {type(error).__name__}: {error}"[:1500])
        failures += [f"{name}{arguments}: {sentence}" for sentence in driver.monitor.violations[:3]]
        driver.monitor.violations.clear()
    answer = {"failures": failures, "coverage": cover.hits(), "cycles": driver.monitor.cycle, "notes": bench.notes}
    answer["seconds"] = process_time() - start
    unfinished = folder / "result.json.part"
    unfinished.write_text(json.dumps(answer))
    unfinished.replace(folder / "result.json")
    assert not failures, failures
