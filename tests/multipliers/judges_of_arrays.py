"""Judges of multipliers that change the array of partial products or its cells."""

from functools import cache


@cache
def ones(value: int) -> tuple[int, ...]:
    """Positions of the set bits, read off the binary text."""
    return tuple(place for place, bit in enumerate(reversed(f"{value:b}")) if bit == "1")


def exact(a: int, b: int, width: int) -> int:
    return a * b


def truncated_columns(a: int, b: int, width: int, v: int) -> int:
    return sum([1 << i + j for i in ones(a) for j in ones(b) if i + j >= v])


def broken_array(a: int, b: int, width: int, h: int, v: int) -> int:
    return sum([1 << i + j for i in ones(a) for j in ones(b) if i + j >= v and j >= h])


KULKARNI = {(i, j): 7 if i == j == 3 else i * j for i in range(4) for j in range(4)}


@cache
def base4(value: int) -> tuple[int, ...]:
    """Base-4 digits, lowest first."""
    return () if value == 0 else (value % 4, *base4(value // 4))


def udm(a: int, b: int, width: int) -> int:
    return sum([KULKARNI[x, y] * 4 ** (i + j) for i, x in enumerate(base4(a)) for j, y in enumerate(base4(b))])


CELLS = {
    2: {(1, 1): 0, (1, 3): 2, (3, 1): 2},
    3: {(3, 3): 11},
    4: {(3, 3): 5},
}


def cell_array(a: int, b: int, width: int, m: int) -> int:
    return sum([CELLS[m].get((x, y), x * y) * 4 ** (i + j) for i, x in enumerate(base4(a)) for j, y in enumerate(base4(b))])


def sdlc(a: int, b: int, width: int) -> int:
    """Column by column: a pair of low bits counts once."""
    total = 0
    for g in range((width + 1) // 2):
        columns = [i + j for j in (2 * g, 2 * g + 1) if j in ones(b) for i in ones(a)]
        total += sum([1 << c for c in columns if c >= width + g]) + sum([1 << c for c in {c for c in columns if c < width + g}])
    return total


def error_recovery(a: int, b: int, width: int, k: int) -> int:
    rows = [a << j if j in ones(b) else 0 for j in range(width)]
    errors = 0
    while len(rows) > 1:
        x, y = rows.pop(0), rows.pop(0)
        rows.append(x + y - 2 * (x & y) | 2 * (x & y))
        errors |= x + y - rows[-1]
    return rows[0] + errors - errors % 2 ** (2 * width - k)
