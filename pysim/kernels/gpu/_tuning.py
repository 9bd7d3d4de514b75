"""Tiles that the autotuner tries, for cards like the H100 and H200; first guesses, since no GPU has timed them yet.

A row is (BLOCK_M output pixels, BLOCK_N outputs, BLOCK_K products, warps, pipeline stages). For one shape the autotuner times
every row once in a process and keeps the fastest.
"""

from __future__ import annotations

Tile = tuple[int, int, int, int, int]

LOW_RANK: tuple[Tile, ...] = (
    (128, 256, 64, 8, 4),
    (256, 128, 64, 8, 4),
    (128, 128, 128, 8, 4),
    (128, 128, 64, 8, 4),
    (128, 64, 64, 4, 4),
    (64, 128, 64, 4, 4),
    (64, 64, 64, 4, 4),
    (64, 32, 64, 4, 4),
    (16, 128, 128, 4, 4),  # few output pixels, such as a batch of one in a linear layer
)
"""An int8 product needs at least 16 x 16 x 32. From BLOCK_M = 64 on, a Hopper card runs it as a warp-group product.

Compiled for compute capability 9.0, none of these spills registers where `low_rank` is DIRECT, as it is there.
"""

DENSE: tuple[Tile, ...] = (
    (128, 256, 256, 8, 2),
    (128, 256, 128, 8, 4),
    (256, 128, 128, 8, 4),
    (128, 128, 256, 8, 3),
    (128, 128, 128, 8, 5),
    (128, 128, 128, 4, 3),
    (64, 256, 128, 4, 2),
    (128, 64, 128, 4, 4),
    (64, 64, 128, 4, 6),
    (64, 32, 128, 4, 6),
)
"""Every tile has warp-group products, 64 pixels or more, which wrap around. Triton waits for those of integers at each step, so
steps are long, or two programs share a multiprocessor and one multiplies while the other waits.
"""

RUN = 128
"""Products to which the planes of one shift are filled up; no block of k that is as long or shorter has two shifts."""

GROUP = 8
"""Rows of tiles whose programs run together, see `_kernels.dense`."""

WARM_UP, REPEAT = 5, 20
"""Milliseconds for which each tile runs before it is timed, and while it is."""

TABLE: tuple[Tile, ...] = (
    (32, 64, 1, 4, 2),
    (64, 64, 1, 8, 2),
    (64, 64, 1, 4, 2),
    (64, 128, 1, 8, 2),
    (128, 64, 1, 8, 2),
    (16, 128, 1, 4, 2),
    (8, 32, 1, 4, 2),
)
"""One product at a time (BLOCK_K = 1): each is a load from the table in the first-level cache. Threads meet at a barrier for
each k, to share codes and weights, so large tiles are tried."""

DEPTHWISE: tuple[Tile, ...] = (
    (16, 64, 1, 4, 2),
    (32, 64, 1, 4, 2),
    (32, 128, 1, 8, 2),
    (64, 32, 1, 4, 2),
)

INTERPRETED: Tile = (16, 16, 32, 1, 1)
"""The interpreter's only tile: small, so that small shapes have tails."""

PRODUCTS = 1 << 16
"""Most int8 products summed in one go, a multiple of every BLOCK_K: such a sum is below 2**31 (`_kernels.low_rank`)."""

REUSE = 256
"""Where a code is read for at most so many products of each plane, it is looked up inside the product: one tile reads it."""

EXPANDED_BYTES = 1 << 32
"""Most memory that codes looked up before the product may take."""

EXPAND = (16, 128)
"""Rows and columns of codes that one program looks up before the product."""

EXPAND_ROW = 2048
"""Codes that one program looks up where they are a single row."""
