"""Registers: what they say, what they keep, and what they refuse."""

from __future__ import annotations

import cocotb

from cocotb_tests.accelerator_registers import READ_ONLY, VERSION, Control, Error, Register, Status

from .bench import Bench


async def identity(bench: Bench) -> None:
    """Identity registers say what was built; each register that can be written reads back, and each of its bits changes."""
    driver, config = bench.driver, bench.config
    assert await driver.read(Register.VERSION) == VERSION
    for name, value in config["identity"].items():
        assert await driver.read(Register[name]) == value, name
    assert await driver.read(Register.CONTROL) == 0
    highest = {Register.TILES: 0xFFFF, Register.BLOCKS: driver.max_blocks, Register.VECTORS: driver.max_vectors}
    highest[Register.MODE] = config["identity"]["FEATURES"] & 1
    code = 1 << driver.code_width
    signed = dict.fromkeys((Register.ZERO, Register.LOW, Register.HIGH), (-code & 0xFFFF_FFFF, code - 1))
    signed |= dict.fromkeys((Register.OFFSET, Register.MULTIPLIER), (0x89AB_CDEF, 0x7654_3210))
    patterns = {register: (value, max(0, value - 1)) for register, value in highest.items()} | signed
    for pattern in (0, 1, 0):
        for register, values in patterns.items():
            await driver.write(register, values[pattern])
        for register, values in patterns.items():
            assert await driver.read(register) == values[pattern], register
    assert await driver.status() == Status(0)
    await driver.reset()
    for register in patterns:
        assert await driver.read(register) == 0, register


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
        await bench.stands(expected)
        # The first error stands, whatever comes after it, and START is refused.
        assert not await driver.try_write(Register.CONTROL, Control.START)
        assert not await driver.try_write(0x100, 0)
        await bench.stands(expected)
        await driver.write(Register.CONTROL, Control.CLEAR)
        assert await driver.error() is Error.NONE
    for address, size in (
        *((0x34, 4), (0x100 + Register.ID, 4), (Register.ID + 1, 1), (Register.ID + 2, 2), (driver.channel_address(0, 0), 4)),
        *((1 << bit, 4) for bit in range(7, 20)),
    ):
        accepted, value = await driver.try_read(address, size)
        assert (accepted, value) == (False, 0) or size < 4
        await bench.stands(Error.BAD_ADDRESS)
        await driver.write(Register.CONTROL, Control.CLEAR)
    await driver.start()  # as configured: nothing that was refused has had an effect
    driver.send(job)
    await bench.check(job)
    await driver.finished()
    bench.done += 1
    for register, count in good:
        await driver.write(register, 0)
        assert not await driver.try_write(Register.CONTROL, Control.START)
        await bench.stands(Error.ZERO_COUNT)
        await driver.write(register, count)
        assert not await driver.try_write(Register.CONTROL, Control.START), "START with an error that stands"
        await driver.write(Register.CONTROL, Control.CLEAR)
    for low, high in ((job.high, job.low - 1), (0, -1)):
        await driver.write(Register.LOW, low)
        await driver.write(Register.HIGH, high)
        assert not await driver.try_write(Register.CONTROL, Control.START)
        await bench.stands(Error.EMPTY_RANGE)
        await driver.write(Register.CONTROL, Control.CLEAR)
    assert not await driver.try_write(0x100, 0)
    await driver.write(Register.CONTROL, Control.CLEAR)
    await bench.run(job)
    await bench.quiet()


async def busy(bench: Bench) -> None:
    """Writes during a job are refused and change nothing: the job's results are right."""
    driver, job = bench.driver, bench.job(0)
    writable = [r for r in Register if r not in READ_ONLY and r is not Register.CONTROL]
    for address in (*writable, driver.channel_address(0, 0), Register.CONTROL):
        await driver.configure(job)
        await driver.start()
        assert not await driver.try_write(address, 1)
        await bench.stands(Error.WRITE_WHILE_BUSY)
        assert Status.BUSY in await driver.status()
        driver.send(job)
        await bench.check(job)
        await driver.finished()
        bench.done += 1
        await driver.write(Register.CONTROL, Control.CLEAR)
    await bench.quiet()
