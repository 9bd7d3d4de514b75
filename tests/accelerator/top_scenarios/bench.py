"""What all scenarios share: a driver, the jobs that may be run, and the scoreboard of what has to come out."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import top_coverage as cover
from cocotb.triggers import ClockCycles, RisingEdge

from cocotb_tests.accelerator_driver import Accelerator
from cocotb_tests.accelerator_job import Job, from_json
from cocotb_tests.accelerator_monitor import STREAMS
from cocotb_tests.accelerator_registers import Error, Register, Status

PORTS = (*STREAMS, "s_axi")


class Bench:
    """A driver, the jobs that may be run, and the scoreboard."""

    def __init__(self, driver: Accelerator, plan: dict[str, Any]) -> None:
        self.driver, self.config, self.random = driver, plan["config"], random.Random(plan["seed"])
        self.jobs = [from_json(job) for job in plan["jobs"]]
        # The slowest stalls leave a beat about every 30 cycles.
        driver.patience = max(2000, 40 * max(job.tiles * job.blocks * (job.vectors + driver.rows) for job in self.jobs))
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
        assert codes == job.codes, f"codes {first_difference(codes, job.codes)}"
        if job.raw:
            sums = await self.driver.sums(job)
            assert sums == job.sums, f"sums {first_difference(sums, job.sums)}"
        cover.contents(job, self.config)

    async def run(self, job: Job) -> None:
        """One job, alone. CYCLES counts it and nothing else."""
        driver = self.driver
        await driver.configure(job)
        begun = driver.monitor.cycle
        await driver.start()
        driver.send(job)
        await self.check(job)
        await driver.finished()
        cycles = await driver.read(Register.CYCLES)
        passed = driver.monitor.cycle - begun
        assert job.tiles * job.blocks * job.vectors < cycles < passed, f"CYCLES is {cycles} after {passed} cycles"
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

    async def stands(self, expected: Error) -> None:
        """The code stands, and streams are dropped if it is a stream's."""
        found = await self.driver.error()
        assert found is expected, f"{found!r} stands where {expected!r} should"
        cover.error(found)
        status = await self.driver.status()
        assert Status.ERROR in status
        assert (Status.DROPPING in status) == (expected >= Error.WEIGHTS_BEFORE_START), f"{status!r} with {expected!r}"

    async def ended(self) -> None:
        """Frames of results that have come are whole, or have been ended by a mark; none is open."""
        for name, sink in self.driver.sinks.items():
            assert not sink.active, f"{name} has a frame that does not end"
            while not sink.empty():
                beats, marked = await self.driver.frame(name)
                assert not marked or beats[-1] == 0


def first_difference(got: Any, expected: Any) -> str:
    """In words, the first vector that is not as expected."""
    for b, (left, right) in enumerate(zip(got, expected, strict=True)):
        assert len(left) == len(right), f"block {b} has {len(left)} vectors where {len(right)} are expected"
        for t, (mine, theirs) in enumerate(zip(left, right, strict=True)):
            if mine != theirs:
                return f"of block {b}, vector {t} are {mine} where {theirs} are expected"
    return "differ"


async def until_error(driver: Accelerator) -> None:
    """Wait until an error stands."""
    while await driver.error() is Error.NONE:
        pass


async def until_beats(driver: Accelerator, name: str, count: int) -> None:
    """Wait until a stream has had so many beats."""
    while driver.monitor.handshakes[name].beats < count:
        await RisingEdge(driver.dut.clk_i)
