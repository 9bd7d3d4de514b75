"""A reset, or CLEAR, in the middle of things."""

from __future__ import annotations

import top_coverage as cover
from cocotb.triggers import ClockCycles

from cocotb_tests.accelerator_registers import Register, Status

from .bench import Bench, until_beats, until_error

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
            await bench.ended()
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
        await driver.within(until_error(driver), "the error of a long frame")
        driver.send_vectors(job.activations[0] * 2)
        await ClockCycles(driver.dut.clk_i, bench.random.randrange(1, 2 * job.vectors + 2))
        return
    for vectors in job.activations:
        driver.send_vectors(vectors)
    wanted = bench.random.randrange(1, total) if phase == "between vectors" and total > 1 else total
    await driver.within(until_beats(driver, "s_axis_vectors", start + wanted), "the vectors")
    if phase == "after the last":
        await ClockCycles(driver.dut.clk_i, bench.random.randrange(1, driver.rows + driver.cols + 6))
    if phase == "idle":
        await driver.finished()
        await ClockCycles(driver.dut.clk_i, bench.random.randrange(1, 20))
