"""Jobs that nothing disturbs: their results, their cycles, and jobs that follow each other."""

from __future__ import annotations

import cocotb
import top_coverage as cover

from cocotb_tests.accelerator_job import Job
from cocotb_tests.accelerator_registers import Register

from .bench import Bench, first_difference


async def alone(bench: Bench) -> None:
    """Each job without stalls, in as many cycles as the model says."""
    for job in bench.jobs:
        await bench.run(job)
        cycles = await bench.driver.read(Register.CYCLES)
        bench.notes.setdefault("cycles", []).append([job.tiles, job.blocks, job.vectors, cycles])
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
            assert got == expected, f"codes {first_difference([got], [expected])}"
        await driver.finished()
        bench.notes.setdefault("layers", []).append([job.tiles, job.blocks, job.vectors])
