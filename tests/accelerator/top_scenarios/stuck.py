"""What the driver says of handshakes that wait for ever."""

from __future__ import annotations

from cocotb_tests.accelerator_driver import RefusedError, StuckError
from cocotb_tests.accelerator_monitor import STREAMS
from cocotb_tests.accelerator_registers import Register

from .bench import Bench


async def stuck(bench: Bench) -> None:
    """What the driver says when something never comes, for the caller to read."""
    driver, job, patience = bench.driver, bench.job(0), bench.driver.patience
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
    driver.patience = patience
    await driver.reset()
