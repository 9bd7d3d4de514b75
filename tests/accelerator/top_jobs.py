"""Jobs for the accelerator's top, with what has to come out: products by accelerator.array's model."""

from __future__ import annotations

import numpy as np
from tile_samples import operands

from accelerator.array import ArrayConfig, Tile, UnitConfig, compute, requantize
from cocotb_tests.accelerator_job import Channel, Job


def random_job(
    unit: UnitConfig, rng: np.random.Generator, tiles: int, blocks: int, vectors: int, raw: bool = False, extreme: bool = False
) -> Job:
    """A job with random settings. Operands are random, an eighth of them extreme, or all if `extreme`."""
    array, count = unit.array, tiles * blocks
    ports = array.multiplier.a, array.multiplier.b
    shapes = (count, vectors, array.rows), (count, array.rows, array.cols)
    activations, weights = (operands(rng, port, shape) for port, shape in zip(ports, shapes, strict=True))
    if extreme:
        activations, weights = (
            np.where(rng.random(shape) < 0.5, port.low, port.high) for port, shape in zip(ports, shapes, strict=True)
        )
    masks = rng.random(shapes[1]) < 0.9
    signed = bool(rng.random() < 0.5)
    low, high = (-(1 << (unit.code_bits - 1)), (1 << (unit.code_bits - 1)) - 1) if signed else (0, (1 << unit.code_bits) - 1)
    low, high = sorted(int(v) for v in rng.choice([low, high, *rng.integers(low, high + 1, 2)], 2, replace=False))
    # Factors that take sums of this size to codes.
    reach = 1 << max(1, array.multiplier.p.width + int(array.rows * tiles).bit_length() - unit.code_bits - 1)
    channels = [
        Channel(
            block,
            column,
            int(rng.integers(-reach << 4, reach << 4)),
            int(rng.integers(1 << 30, 1 << 31)),
            min(31, max(0, reach.bit_length() - 2 - int(rng.integers(0, 3)))),
        )
        for block in range(blocks)
        for column in range(array.cols)
    ]
    zero = int(rng.integers(low, high + 1))
    return expected_of(unit, Job(tiles, blocks, vectors, zero, low, high, raw, channels, weights.tolist(),
                                 masks.astype(int).tolist(), activations.tolist()))  # fmt: skip


def expected_of(unit: UnitConfig, job: Job) -> Job:
    """The same job with its codes and sums, as the array's model and gemmlowp's formulas give them."""
    tiles = [
        Tile(np.array(weights), np.array(mask, dtype=bool), np.array(vectors), np.arange(job.vectors), k == 0, k == job.tiles - 1)
        for (weights, mask, vectors), k in zip(
            zip(job.weights, job.masks, job.activations, strict=True), list(range(job.tiles)) * job.blocks, strict=True
        )
    ]
    sums = compute(unit.array, tiles).sums.reshape(job.blocks, job.vectors, unit.array.cols)
    settings = np.zeros((3, job.blocks, 1, unit.array.cols), dtype=np.int64)
    for channel in job.channels:
        settings[:, channel.block, 0, channel.column] = channel.offset, channel.multiplier, channel.shift
    clamp = (np.int64(v) for v in (job.zero, job.low, job.high))
    codes = requantize(sums, *settings, *clamp, single_rounding=unit.single_rounding)
    return Job(**{**vars(job), "codes": codes.tolist(), "sums": sums.tolist()})


def unit_of(rows: int, cols: int, label: str = "drum8us_k4", **others) -> UnitConfig:
    """A product unit; `depth` and `accumulator` are the array's, `code_bits` and `blocks` its own."""
    array = {name: others.pop(name) for name in ("depth", "accumulator") if name in others}
    return UnitConfig(ArrayConfig(rows, cols, label, **array), **{"code_bits": 8, "blocks": 4, **others})
