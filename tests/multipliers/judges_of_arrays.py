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
