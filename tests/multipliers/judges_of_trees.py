"""Judge of compressor trees: column by column, with cells as the lists of their wrong counts."""

from functools import cache

import numpy as np

WRONG = {
    1: {"0000": 1, "0011": 1, "1100": 1, "1111": 3},
    2: {f"{n:04b}": (n >> 3) + 2 * (n & 1) for n in range(16)},
    4: {"1111": 3},
    5: {"0101": 1, "0110": 1, "1001": 1, "1010": 1, "1111": 3},
}
"""What a cell counts, for inputs x1 x2 x3 x4, where it is not the number of ones."""

Column = dict[int, np.ndarray]


def counted(cell: int, bits: list[np.ndarray]) -> np.ndarray:
    """What is counted for up to four bits of a column."""
    if len(bits) < 4:
        return np.sum(bits, axis=0)
    truth = [WRONG[cell].get(f"{n:04b}", f"{n:04b}".count("1")) for n in range(16)]
    return np.array(truth)[8 * bits[0] + 4 * bits[1] + 2 * bits[2] + bits[3]]


def chained(rows: list[Column]) -> tuple[Column, Column]:
    """Two rows of four by Momeni's design 1, column by column from the right, with the carry that goes between them."""
    first: Column = {}
    second: Column = {}
    carry = np.array(0)
    for column in sorted({column for row in rows for column in row}):
        bits = [row[column] for row in rows if column in row]
        if len(bits) == 4:
            low, high = bits[0] + bits[1], bits[2] + bits[3]
            first[column] = np.where(carry == 1, 0, (low != 1) | (high != 1))
            second[column + 1] = carry
            carry = np.minimum(low, 1) * np.minimum(high, 1)
        else:
            count = np.sum(bits, axis=0) + carry
            first[column], carry = count % 2, count // 4
            if len(bits) > 1:
                second[column + 1] = np.minimum(count // 2, 1)
            else:
                assert not np.any(count > 1), "a carry would reach a column of one entry"
    assert not np.any(carry), "a carry would leave the row"
    return first, second


def group(cell: int, rows: list[Column]) -> tuple[Column, Column]:
    """Two rows of four."""
    if cell == 6:
        return chained(rows)
    first: Column = {}
    second: Column = {}
    for column in sorted({column for row in rows for column in row}):
        bits = [row[column] for row in rows if column in row]
        if cell == 3:
            two = np.minimum(np.sum(bits, axis=0), 2)
            first[column], second[column] = two // 2, (two + 1) // 2
            continue
        count = counted(cell, bits)
        first[column] = count % 2
        if len(bits) > 1:
            second[column + 1] = count // 2
    return first, second


def tree(a: np.ndarray, b: np.ndarray, width: int, cell: int) -> np.ndarray:
    rows: list[Column] = [{i + j: (a >> i) % 2 * ((b >> j) % 2) for i in range(width)} for j in range(width)]
    while len(rows) > 2:
        rows = [row for n in range(0, len(rows), 4) for row in group(cell, rows[n : n + 4])]
    return np.sum([bits << column for row in rows for column, bits in row.items()], axis=0)


@cache
def tree_table(width: int, cell: int) -> list[list[int]]:
    a, b = np.meshgrid(np.arange(1 << width), np.arange(1 << width), indexing="ij")
    table: list[list[int]] = tree(a, b, width, cell).tolist()
    return table


def compressor_tree(a: int, b: int, width: int, c: int) -> int:
    return tree_table(width, c)[a][b] if width <= 8 else int(tree(np.array(a), np.array(b), width, c))
