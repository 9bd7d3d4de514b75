"""A product as tiles of a weight-stationary array: which weights rest where, and which positions stream through them.

The product is that of im2col: K = inner weights of an output go down the rows, N outputs across the columns, and M output
positions stream. Innermost are the tiles that add to one sum, in the order of K; then columns; then groups; outermost are
chunks of as many positions as an accumulator bank has words.

Groups that fit share a tile, each in rows and columns of its own. So a depthwise convolution of 3x3 on 16x16 elements is
blocks of 9x1 on a diagonal, one below each 9 rows: one channel to a tile, or 7 on 64x16. All other elements hold no weight:
their valid bit is 0, and they add nothing, where f(a, 0) might.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ._size import ArraySize


@dataclass(frozen=True)
class Block:
    """Weights [k_start, k_stop) of outputs [n_start, n_stop) of one group, from element (row, col) on.

    Outputs are counted within the group.
    """

    group: int
    k_start: int
    k_stop: int
    n_start: int
    n_stop: int
    row: int
    col: int

    @property
    def weights(self) -> int:
        """Elements that hold a weight."""
        return (self.k_stop - self.k_start) * (self.n_stop - self.n_start)


@dataclass(frozen=True)
class Tile:
    """Blocks that rest in the array while positions [start, stop) stream; `first` and `last` begin and end their sums."""

    blocks: tuple[Block, ...]
    start: int
    stop: int
    first: bool
    last: bool

    @property
    def length(self) -> int:
        """Positions that stream."""
        return self.stop - self.start

    @property
    def weights(self) -> int:
        """Elements that hold a weight."""
        return sum(block.weights for block in self.blocks)

    @property
    def rows(self) -> int:
        """Rows that activations are read for."""
        return sum(block.k_stop - block.k_start for block in self.blocks)

    @property
    def cols(self) -> int:
        """Columns whose sums are used."""
        return sum(block.n_stop - block.n_start for block in self.blocks)


def tiles_of(groups: int, inner: int, outputs: int, positions: int, size: ArraySize) -> list[Tile]:
    """The tiles of a product with `inner` weights in each of `outputs` outputs, both of one group, at M positions."""
    return [
        Tile(blocks, start, min(start + size.depth, positions), first, last)
        for start in range(0, positions, size.depth)
        for blocks, first, last in _weights(groups, inner, outputs, size)
    ]


def _weights(groups: int, inner: int, outputs: int, size: ArraySize) -> Iterator[tuple[tuple[Block, ...], bool, bool]]:
    """The blocks of each tile, with whether sums begin and end there."""
    together = min(size.rows // inner, size.cols // outputs)
    if groups > 1 and together > 1:
        for first in range(0, groups, together):
            chosen = range(first, min(first + together, groups))
            yield tuple(Block(g, 0, inner, 0, outputs, i * inner, i * outputs) for i, g in enumerate(chosen)), True, True
        return
    for group in range(groups):
        for n in range(0, outputs, size.cols):
            for k in range(0, inner, size.rows):
                stop = min(k + size.rows, inner)
                block = Block(group, k, stop, n, min(n + size.cols, outputs), 0, 0)
                yield (block,), k == 0, stop == inner
