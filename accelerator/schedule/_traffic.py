"""Bytes that move: between the array and its memories, and between these and DRAM.

On chip, a tile reads each of its weights once, an activation for each of its rows and vectors (im2col reads a code as often
as windows overlap; padding counts as read), and 4 bytes of accumulator for each sum that it goes on with or leaves behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from ..program import Program, Value, sources
from ._tiles import Tile

ACCUMULATOR = 4
"""Bytes of a sum."""

CONSTANTS = 9
"""Bytes that an output channel has beside its weights: constant and multiplier, 4 each, and shift."""


@dataclass(frozen=True)
class Traffic:
    """Bytes moved: on chip of weights, activations, sums and results; from and to DRAM of weights and of values."""

    weights: int = 0
    activations: int = 0
    sums: int = 0
    results: int = 0
    dram_weights: int = 0
    dram_values: int = 0

    @property
    def sram(self) -> int:
        """All bytes on chip."""
        return self.weights + self.activations + self.sums + self.results

    @property
    def dram(self) -> int:
        """All bytes from and to DRAM."""
        return self.dram_weights + self.dram_values

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


def bytes_of(bits: int) -> int:
    """Bytes that a code of so many bits takes in memory."""
    return -(-bits // 8)


def size_of(value: Value) -> int:
    """Bytes of a value of one input."""
    return value.elements * bytes_of(value.bits)


def of_tiles(tiles: Sequence[Tile], activation_bytes: int, weight_bytes: int) -> Traffic:
    """What tiles move on chip, results left out."""
    return Traffic(
        weights=weight_bytes * sum(tile.weights for tile in tiles),
        activations=activation_bytes * sum(tile.rows * tile.length for tile in tiles),
        sums=ACCUMULATOR * sum(tile.cols * tile.length * ((not tile.first) + (not tile.last)) for tile in tiles),
    )


def spilled(program: Program, capacity: int) -> set[str]:
    """The values that go by way of DRAM, since not all values that live beside them fit into `capacity` bytes.

    A value lives from the operation that writes it to the last one that reads it. Where the values that live during an
    operation do not fit, the largest of them goes, until they do; of equal ones the first by name. Input and outputs of the
    program are in DRAM anyway, and count while they are read or written.
    """
    alive = lifetimes(program)
    gone: set[str] = set()
    for i in range(len(program.operations)):
        living = {name for name, (begin, end) in alive.items() if begin <= i <= end} - gone
        for name in sorted(living, key=lambda name: (-size_of(program.values[name]), name)):
            if sum(size_of(program.values[other]) for other in living) <= capacity:
                break
            living.remove(name)
            gone.add(name)
    return gone


def lifetimes(program: Program) -> dict[str, tuple[int, int]]:
    """For each value, the numbers of the operation that writes it (0 for the input) and of the last that reads it."""
    last = len(program.operations) - 1
    alive = {program.input: (0, 0)}
    for i, operation in enumerate(program.operations):
        for name in sources(operation):
            alive[name] = alive[name][0], i
        alive[operation.target] = i, i
    return {name: (begin, last if name in program.outputs else end) for name, (begin, end) in alive.items()}


def dram_of_values(program: Program, capacity: int) -> dict[str, int]:
    """Bytes of values that each operation moves from and to DRAM, by its name.

    Spilled values are written once and read by each operation that reads them; the input is read where it is first needed
    (each time, if it is spilled), and an output is written where it is computed.
    """
    gone, seen, moved = spilled(program, capacity), set[str](), {}
    for operation in program.operations:
        total = 0
        for name in dict.fromkeys(sources(operation)):
            if name in gone or (name == program.input and name not in seen):
                total += size_of(program.values[name])
            seen.add(name)
        if operation.target in gone or operation.target in program.outputs:
            total += size_of(program.values[operation.target])
        moved[operation.name] = total
    return moved
