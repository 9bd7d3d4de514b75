"""Memory images: what the product unit is fed and what has to come out, as words for $readmemh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from accelerator import Program
from accelerator.array import UnitConfig
from accelerator.golden import GATE_HIGH, GATE_LOW
from accelerator.program import Product, Recurrent
from accelerator.rtl import ProductPlan
from accelerator.schedule import ArraySize, product_tiles, streams


@dataclass(frozen=True)
class Images:
    """One operation's words, as hexadecimal text by file name, and the numbers that the test bench needs.

    `runs` runs of `vectors` vectors each give `sums` sets of sums and codes each, in `cycles` cycles.
    """

    name: str
    files: dict[str, list[str]]
    runs: int
    rows: int
    vectors: int
    sums: int
    blocks: int
    cycles: int
    clamp: tuple[int, int, int]


def images(
    program: Program,
    operation: Product | Recurrent,
    size: ArraySize,
    config: UnitConfig,
    golden: dict[str, Tensor],
    cycles: int,
) -> Images:
    """The words of one operation for all inputs in `golden`, the golden simulator's integers; a recurrent step is a run."""
    groups = operation.window.groups if isinstance(operation, Product) else 1
    inputs, wanted, acc, clamp = _integers(program, operation, golden)
    plan = ProductPlan(product_tiles(program, operation, size), operation.matrix, groups, inputs[0].shape[1], size)
    array, feed, settings = config.array, plan.feed, plan.settings(*clamp)
    sums = [_back(plan, each - operation.matrix.constant[:, None].astype(np.int64)) for each in acc]
    codes = [_back(plan, each) for each in wanted]
    control = [feed.controls & 1, (feed.controls >> 1) & 1, (feed.controls >> 2) & 1, feed.addresses, feed.blocks]
    widths = [1, 1, 1, array.address_bits, config.block_bits]
    lanes = [array.multiplier.a.width] * size.rows
    words = [
        _words(np.concatenate([plan.vectors(stream), np.stack(control, 1)], axis=1), [*lanes, *widths]) for stream in inputs
    ]
    per_column = np.stack([settings.offset, settings.multiplier, settings.shift], axis=-1).reshape(-1, 3)
    return Images(
        operation.name,
        {
            "rows": _words(
                np.concatenate([feed.rows, feed.masks.astype(np.int64)], axis=1),
                [array.multiplier.b.width] * size.cols + [1] * size.cols,
            ),
            "vectors": [word for run in words for word in run],
            "settings": _words(per_column, [32, 32, 5]),
            "sums": [w for each in sums for w in _words(each, [array.accumulator.bits] * size.cols)],
            "codes": [w for each in codes for w in _words(each, [config.code_bits] * size.cols)],
            "counts": [w for _ in sums for w in _words(_used(plan), [1] * size.cols)],
        },
        len(inputs),
        len(feed.rows),
        len(feed.controls),
        feed.sums,
        plan.blocks,
        cycles,
        clamp,
    )


def _integers(
    program: Program, operation: Product | Recurrent, golden: dict[str, Tensor]
) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray], tuple[int, int, int]]:
    """Activations (groups, M, K), codes and accumulators (N, M) of each run, and zero point, low and high."""
    acc = golden[f"{operation.name}.acc"].numpy().astype(np.int64)
    if isinstance(operation, Recurrent):
        hidden, gates = (golden[f"{operation.name}.{key}"].numpy() for key in ("hidden", "from_hidden"))
        inputs = [codes.reshape(1, 1, -1) for codes in hidden.reshape(-1, hidden.shape[-1])]
        flat = (part.reshape(-1, part.shape[-1], 1) for part in (gates, acc))
        return inputs, *(list(part) for part in flat), (0, GATE_LOW, GATE_HIGH)  # type: ignore[return-value]
    target = program.values[operation.target]
    zero, outputs = program.values[operation.source].zero_point, operation.matrix.outputs
    inputs = [streams(operation, codes, zero) for codes in golden[operation.source].numpy()]
    parts = [golden[operation.target].numpy(), acc]
    if operation.layout == "image":
        planes = [part.reshape(len(part), outputs, -1) for part in parts]
    else:
        planes = [part.reshape(len(part), -1, outputs).transpose(0, 2, 1) for part in parts]
    return inputs, list(planes[0]), list(planes[1]), (target.zero_point, operation.low, operation.high)


def _used(plan: ProductPlan) -> np.ndarray:
    """Which columns of each set of sums are an output's: the others may be anything."""
    return np.asarray(plan.given < plan.matrix.outputs * plan.positions).astype(np.int64)


def _back(plan: ProductPlan, values: np.ndarray) -> np.ndarray:
    """(S, cols) as it leaves the unit, from (N, M); zero where a column is nobody's."""
    return np.append(values.ravel(), 0)[plan.given]


def _words(values: np.ndarray, widths: list[int]) -> list[str]:
    """Rows of integers as hexadecimal words, the first slice lowest."""
    columns = [(values[:, i].astype(np.int64)[:, None] >> np.arange(width)) & 1 for i, width in enumerate(widths)]
    return hexadecimal(np.concatenate(columns, axis=1).astype(np.uint8))


def hexadecimal(bits: np.ndarray) -> list[str]:
    """Words of bits (N, width), uint8 of zeros and ones with the lowest first, as $readmemh reads them."""
    packed = np.packbits(bits, axis=1, bitorder="little")
    digits = (bits.shape[1] + 3) // 4
    return [row[::-1].tobytes().hex()[-digits:] for row in packed]
