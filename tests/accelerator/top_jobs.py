"""Jobs for the accelerator's top, with what has to come out: products by accelerator.array's model."""

from __future__ import annotations

from typing import Any

import numpy as np
from tile_samples import operands

from accelerator import Program
from accelerator.array import ArrayConfig, Tile, UnitConfig, compute, requantize
from accelerator.array._top import TopConfig
from accelerator.program import Product
from accelerator.schedule import ArraySize, product_tiles, resting, streaming, streams
from cocotb_tests.accelerator_job import Channel, Job, to_json


def random_job(
    unit: UnitConfig, rng: np.random.Generator, tiles: int, blocks: int, vectors: int, raw: bool = False, extreme: bool = False
) -> Job:
    """A job with random settings. Operands are random, an eighth of them extreme, or all if `extreme`."""
    array, count = unit.array, tiles * blocks
    ports = array.multiplier.a, array.multiplier.b
    shapes = (count, vectors, array.rows), (count, array.rows, array.cols)
    activations, weights = (operands(rng, port, shape) for port, shape in zip(ports, shapes, strict=True))
    if extreme:
        activations = np.where(rng.random(shapes[0]) < 0.1, ports[0].low, ports[0].high)
        weights = np.broadcast_to(np.where(np.arange(array.cols) % 2, ports[1].low, ports[1].high), shapes[1])
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
        Tile(
            np.array(weights), np.array(mask, dtype=bool), np.array(vectors), np.arange(job.vectors), k == 0, k == job.tiles - 1
        )
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


def layer_job(program: Program, operation: Product, values: dict[str, np.ndarray], unit: UnitConfig) -> tuple[Job, np.ndarray]:
    """The first positions of a product of one input, as many as the banks hold, on integers of a run of the program: a job with
    the codes that the program has there, and a mask (blocks, cols) of the columns that are output channels."""
    size = ArraySize(unit.array.rows, unit.array.cols, unit.array.depth)
    matrix, groups = operation.matrix, operation.window.groups
    tiles = [tile for tile in product_tiles(program, operation, size) if tile.start == 0]
    stream = streams(operation, values[operation.source], program.values[operation.source].zero_point)
    held = [resting(tile, matrix.weight, groups, size) for tile in tiles]
    final = [tile for tile in tiles if tile.last]
    positions = tiles[0].length
    codes = values[operation.target].reshape(matrix.outputs, -1)[:, :positions]
    expected, used = np.zeros((len(final), positions, size.cols), int), np.zeros((len(final), size.cols), bool)
    channels = []
    for index, tile in enumerate(final):
        for block in tile.blocks:
            for n in range(block.n_start, block.n_stop):
                output, column = block.group * (matrix.outputs // groups) + n, block.col + n - block.n_start
                settings = (int(part[output]) for part in (matrix.constant, matrix.multiplier, matrix.shift))
                channels.append(Channel(index, column, *settings))
                expected[index, :, column], used[index, column] = codes[output], True
    job = Job(
        len(tiles) // len(final), len(final), positions, program.values[operation.target].zero_point, operation.low,
        operation.high, False, channels, [weights.tolist() for weights, _ in held],
        [valid.astype(int).tolist() for _, valid in held], [streaming(tile, stream, size).tolist() for tile in tiles],
        expected.tolist(),
    )  # fmt: skip
    return job, used


def plan_of(top: TopConfig, jobs: list[Job], seed: int = 0) -> dict[str, Any]:
    """What top_bench is told besides its scenarios."""
    array, values = top.unit.array, top.parameters
    a, b, acc = array.multiplier.a, array.multiplier.b, array.accumulator
    widths = (a.width, b.width, top.unit.code_bits, acc.bits)
    features = [top.raw_sums, acc.overflow == "saturate", array.multiplier.p.signed, top.unit.single_rounding]
    identity = {
        "SIZE": array.rows | array.cols << 16,
        "WIDTHS": int.from_bytes(bytes(widths), "little"),
        "MAX_VECTORS": array.depth,
        "MAX_BLOCKS": top.unit.blocks,
        "FEATURES": sum(bit << index for index, bit in enumerate(features)),
    }
    ranges = {"a": [a.low, a.high], "b": [b.low, b.high], "acc": [acc.low, acc.high]}
    return {
        "config": ranges | {"identity": identity, "fifos": values["FIFOS"]},
        "jobs": [to_json(job) for job in jobs],
        "seed": seed,
    }


def unit_of(rows: int, cols: int, label: str = "drum8us_k4", **others) -> UnitConfig:
    """A product unit; `depth` and `accumulator` are the array's, `code_bits` and `blocks` its own."""
    array = {name: others.pop(name) for name in ("depth", "accumulator") if name in others}
    return UnitConfig(ArrayConfig(rows, cols, label, **array), **{"code_bits": 8, "blocks": 4, **others})
