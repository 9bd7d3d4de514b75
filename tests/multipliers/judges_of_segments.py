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


def dsm(a: int, b: int, width: int, m: int) -> int:
    return dsm_operand(a, m) * dsm_operand(b, m)


@cache
def dsm_operand(value: int, m: int) -> int:
    text = f"{value:b}"
    return int(text[:m].ljust(len(text), "0"), 2)


def ssm(a: int, b: int, width: int, m: int) -> int:
    return static_operand(a, m, (0, width - m)) * static_operand(b, m, (0, width - m))


def essm(a: int, b: int, width: int, m: int) -> int:
    places = (0, (width - m) // 2, width - m)
    return static_operand(a, m, places) * static_operand(b, m, places)


@cache
def static_operand(value: int, m: int, places: tuple[int, ...]) -> int:
    """The m bits at the lowest place from which they reach the leading one."""
    place = min(place for place in places if value < 2 ** (m + place))
    return value // 2**place * 2**place
