"""What stands on the product unit's ports, and in its elements, in each cycle, as the model has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from ._compiled_unit import Settings
from ._elements import Elements
from ._product_unit import ProductUnit, Setting, UnitConfig
from ._record import Expected, Inputs, input_ports, output_ports, packed
from ._simulate import rows_of, vectors_of
from ._tile import Tile
from ._unit import Outputs


@dataclass(frozen=True, eq=False)
class State:
    """The registers of all elements at the beginning of a cycle, (rows, cols)."""

    valid: np.ndarray
    a: np.ndarray
    weight: np.ndarray
    sum: np.ndarray


@dataclass(frozen=True, eq=False)
class Recorded:
    """Inputs, and expected outputs with the bits that count, by port and cycle; elements by cycle; and the number of the
    cycle with the first row of weights."""

    inputs: dict[str, list[int]]
    expected: dict[str, list[tuple[int, int]]]
    states: list[State]
    begin: int


def record_unit(config: UnitConfig, tiles: Sequence[Tile], settings: Settings) -> Recorded:
    """A reset, the settings of block 0, and tiles of that block without stalls until the last codes are out."""
    unit, rows, vectors = ProductUnit(config), rows_of(tiles), vectors_of(tiles)
    array, clamp = config.array, (settings.zero, settings.low, settings.high)
    cycles: list[tuple[Inputs, Expected]] = []
    states: list[State] = []
    steady = {
        f"{name}_i": packed([value], config.code_bits + 1) for name, value in zip(("zero", "low", "high"), clamp, strict=True)
    }
    blank = dict.fromkeys(output_ports(array, Outputs(True, True, None, 0), offered=False), (0, 0)) | {
        "codes_valid_o": (0, 0),
        "codes_o": (0, 0),
    }

    def inputs(setting: Setting | None, **ports: int) -> Inputs:
        given = setting or Setting(0, 0, 0, 0, 0)
        said = {"settings_write_i": int(setting is not None), "settings_block_i": 0, "settings_column_i": given.column}
        said |= {"offset_i": packed([given.offset], 32), "multiplier_i": packed([given.multiplier], 32)}
        return steady | said | {"shift_i": given.shift, "block_i": 0, "rst_ni": 1} | ports

    def keep(ports: Inputs, outputs: Expected) -> None:
        cycles.append((ports, outputs))
        states.append(_state(unit.matrix.elements))

    keep(inputs(None, rst_ni=0, **input_ports(array, None, None)), blank)
    for column in range(array.cols):
        values = (int(part[0, column]) for part in (settings.offset, settings.multiplier, settings.shift))
        setting = Setting(0, column, *values)
        keep(inputs(setting, **input_ports(array, None, None)), blank)
        unit.step(None, None, 0, setting, clamp)
    begin = len(cycles)
    row, vector = next(rows, None), next(vectors, None)
    idle = 0
    while idle <= config.latency:
        ports = inputs(None, **input_ports(array, row, vector))
        before = _state(unit.matrix.elements)
        out, codes = unit.step(row, vector, 0, None, clamp)
        expected = output_ports(array, out, vector is not None)
        every = (1 << (config.code_bits * array.cols)) - 1
        expected["codes_valid_o"] = int(codes is not None), 1
        expected["codes_o"] = (0, 0) if codes is None else (packed(codes.tolist(), config.code_bits), every)
        cycles.append((ports, expected))
        states.append(before)
        idle = idle + 1 if row is None and vector is None else 0
        row = next(rows, None) if row is not None and out.row_ready else row
        vector = next(vectors, None) if vector is not None and out.vector_ready else vector
    given, wanted = zip(*cycles, strict=True)
    return Recorded(
        {port: [cycle[port] for cycle in given] for port in given[0]},
        {port: [cycle[port] for cycle in wanted] for port in blank},
        states,
        begin,
    )


def _state(elements: Elements) -> State:
    return State(*(part.copy() for part in (elements.valid, elements.a, elements.weight, elements.sum)))


def places(config: UnitConfig) -> list[tuple[int, int]]:
    """Rows and columns of all elements."""
    return list(product(range(config.array.rows), range(config.array.cols)))
