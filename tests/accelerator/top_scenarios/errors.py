"""Streams that break the protocol."""

from __future__ import annotations

import itertools
from typing import Any

import top_coverage as cover
from cocotb.triggers import ClockCycles

from cocotb_tests.accelerator_job import Job, pack
from cocotb_tests.accelerator_registers import Control, Error, Register, Status

from .bench import Bench, until_beats, until_error


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
            await driver.within(until_error(driver), f"the error {code!r}")
            driver.send(job)  # all of it is dropped, until CLEAR
            await driver.sent()
            assert sent["s_axis_weights"] < driver.monitor.handshakes["s_axis_weights"].beats
            await bench.stands(code)
            assert Status.BUSY not in await driver.status()
            bench.stall((0.0,) * 5)
            await ClockCycles(driver.dut.clk_i, 3 * (driver.rows + driver.cols) + 60)
            await bench.ended()
            if not before:
                cover.interrupted(("CLEAR", "dropping"))
            await driver.write(Register.CONTROL, Control.CLEAR)
            assert await driver.status() == Status(0)
            await bench.run(bench.job())
            await bench.quiet()


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
        await driver.within(until_beats(driver, name, before + length - 6), "a long frame")
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
