"""Judges of multipliers that recode the operand b in signed digits: each digit is read off three characters of binary text."""

import math
from fractions import Fraction
from functools import cache

DIGITS = {"000": 0, "001": 1, "010": 1, "011": 2, "100": -2, "101": -1, "110": -1, "111": 0}


@cache
def booth(b: int) -> tuple[int, ...]:
    """Nine radix-4 digits of a number of any sign, lowest first."""
    text = f"{b % 2**18:018b}0"
    return tuple(DIGITS[text[place - 3 : place]] for place in range(len(text), 2, -2))


def pr(a: int, b: int, width: int, k: int, m: int) -> int:
    rounded = math.floor(Fraction(a, 2**m) + Fraction(1, 2)) * 2**m
    return rounded * sum([digit * 4**i for i, digit in enumerate(booth(b)) if i >= k])


def rad(a: int, b: int, width: int, k: int) -> int:
    return a * high_radix(b, k)


@cache
def high_radix(b: int, k: int) -> int:
    """b with its low digit at the nearest power, the greater size of two as near."""
    digit = min((b - n * 2**k for n in range(b // 2**k, b // 2**k + 2)), key=lambda rest: (abs(rest), rest))
    near = [0, *(sign * 2 ** (k - n) for sign in (1, -1) for n in range(1, 5))]
    return b - digit + min(near, key=lambda power: (abs(power - digit), -abs(power)))
