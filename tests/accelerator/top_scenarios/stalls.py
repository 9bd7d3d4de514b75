"""Streams that stall: at random, for ever, and while results are cancelled."""

from __future__ import annotations

import top_coverage as cover
from cocotb.triggers import ClockCycles

from cocotb_tests.accelerator_job import unpack
from cocotb_tests.accelerator_monitor import STREAMS
from cocotb_tests.accelerator_registers import Status

from .bench import Bench


async def stalled(bench: Bench, rates: list[float]) -> None:
    """A job with stalled ports, reconfigured and run again."""
    cover.stalls(tuple(rate > 0 for rate in rates))
    bench.stall(tuple(rates))
    for _ in range(2):
        await bench.run(bench.job())
    bench.stall((0.0,) * 5)
    await bench.quiet()


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
