"""Judges of multipliers that keep some bits of their operands and drop the others: bits are read off binary text."""

from functools import cache


@cache
def bits(value: int, width: int = 16) -> str:
    """Binary text, highest bit first."""
    return f"{value:0{width}b}"


def truncated_operands(a: int, b: int, width: int, t: int) -> int:
    return (a - a % 2**t) * (b - b % 2**t)


def perforation(a: int, b: int, width: int, j: int, k: int) -> int:
    return a * int(
        "".join("0" if j <= place < j + k else bit for place, bit in zip(range(15, -1, -1), bits(b), strict=True)), 2
    )


def drum(a: int, b: int, width: int, k: int) -> int:
    return drum_operand(a, k) * drum_operand(b, k)


@cache
def drum_operand(value: int, k: int) -> int:
    text = f"{value:b}"
    return value if len(text) <= k else int(text[: k - 1] + "1" + "0" * (len(text) - k), 2)
