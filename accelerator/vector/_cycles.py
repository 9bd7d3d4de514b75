"""How many cycles the vector unit takes while a step is there in each of them."""

from __future__ import annotations

from ._rtl import LATENCY


def cycles(module: str, count: int, lanes: int, size: int = 1) -> int:
    """`ceil(count / lanes) * size + latency`, from the first step to the last result, both counted; 0 for nothing.

    `count` elements, or windows of `size` codes; the latency is 5 in `rescale`, 6 in `average_pool`, 1 in `max_pool`, and
    11 in `recurrent_cell`.

    >>> cycles("average_pool", 64, 4, 49)
    790
    """
    return -(-count // lanes) * size + LATENCY[module] if count else 0
