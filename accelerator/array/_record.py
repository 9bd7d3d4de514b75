"""What stands on the matrix unit's ports in each cycle, as the model has it: the stuff of tests in lockstep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ._config import ArrayConfig
from ._simulate import rows_of, vectors_of
from ._tile import Tile
from ._unit import MatrixUnit, Outputs, Row, Vector

Inputs = dict[str, int]
Expected = dict[str, tuple[int, int]]
"""Bits of each output port, and the mask of those that count."""


def packed(values: Iterable[int], width: int) -> int:
    """Integers as slices of a port, the first lowest, in two's complement where negative."""
    return sum((int(value) & ((1 << width) - 1)) << (width * index) for index, value in enumerate(values))


def input_ports(config: ArrayConfig, row: Row | None, vector: Vector | None) -> Inputs:
    """The bits of what is offered; ports that offer nothing are zero. Clock and reset are not among them."""
    ports = dict.fromkeys(("row_valid_i", "row_i", "row_mask_i", "vector_valid_i", "vector_i"), 0)
    ports |= dict.fromkeys(("swap_i", "first_i", "last_i", "address_i"), 0)
    if row is not None:
        weights = packed(row.weights.tolist(), config.multiplier.b.width)
        ports |= {"row_valid_i": 1, "row_i": weights, "row_mask_i": packed(row.mask, 1)}
    if vector is not None:
        activations = packed(vector.activations.tolist(), config.multiplier.a.width)
        ports |= {"vector_valid_i": 1, "vector_i": activations, "address_i": vector.address}
        ports |= {"swap_i": int(vector.swap), "first_i": int(vector.first), "last_i": int(vector.last)}
    return ports


def output_ports(config: ArrayConfig, out: Outputs, offered: bool) -> Expected:
    """The bits of what the unit says; whether it takes a vector counts if one is `offered`, and sums if there are any."""
    bits, sums = config.accumulator.bits, out.sums
    every = (1 << (bits * config.cols)) - 1
    return {
        "row_ready_o": (int(out.row_ready), 1),
        "vector_ready_o": (int(out.vector_ready), int(offered)),
        "sums_valid_o": (int(sums is not None), 1),
        "sums_address_o": (out.address, 0 if sums is None else (1 << config.address_bits) - 1),
        "sums_o": (0, 0) if sums is None else (packed(sums.tolist(), bits), every),
    }


def record(config: ArrayConfig, tiles: Sequence[Tile]) -> tuple[dict[str, list[int]], dict[str, list[tuple[int, int]]]]:
    """A reset, and tiles without stalls until the last sums are out: inputs and expected outputs by port and cycle."""
    unit, rows, vectors = MatrixUnit(config), rows_of(tiles), vectors_of(tiles)
    cycles: list[tuple[Inputs, Expected]] = []
    blank = dict.fromkeys(output_ports(config, Outputs(True, True, None, 0), offered=False), (0, 0))
    cycles.append(({"rst_ni": 0, **input_ports(config, None, None)}, blank))
    row, vector = next(rows, None), next(vectors, None)
    idle = 0
    while idle <= config.latency:
        out = unit.step(row, vector)
        cycles.append(({"rst_ni": 1, **input_ports(config, row, vector)}, output_ports(config, out, vector is not None)))
        idle = idle + 1 if row is None and vector is None else 0
        row = next(rows, None) if row is not None and out.row_ready else row
        vector = next(vectors, None) if vector is not None and out.vector_ready else vector
    inputs, expected = zip(*cycles, strict=True)
    return (
        {port: [cycle[port] for cycle in inputs] for port in inputs[0]},
        {port: [cycle[port] for cycle in expected] for port in blank},
    )
