"""Judges of multipliers that recode the operand b in signed digits: each digit is read off three characters of binary text."""

import math
from fractions import Fraction
from functools import cache

DIGITS = {"000": 0, "001": 1, "010": 1, "011": 2, "100": -2, "101": -1, "110": -1, "111": 0}


@cache
def triplets(b: int) -> tuple[str, ...]:
    """Nine overlapping triplets of a number of any sign, lowest first."""
    text = f"{b % 2**18:018b}0"
    return tuple(text[place - 3 : place] for place in range(len(text), 2, -2))


@cache
def booth(b: int) -> tuple[int, ...]:
    """Nine radix-4 digits of a number of any sign, lowest first."""
    return tuple(DIGITS[triplet] for triplet in triplets(b))


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


def joined(upper: int, lower: int, columns: int) -> int:
    """A two's complement number with the low columns of another."""
    weight = 2 ** max(columns, 0)
    return upper - upper % weight + lower % weight


def abm(a: int, b: int, width: int, m: int) -> int:
    total = 0
    for i, digit in enumerate(booth(b)):
        if digit > 0:
            total += joined(digit * a, a, m - 2 * i) * 4**i
        if digit < 0:
            row = joined(digit * a - 1, -a - 1, m - 2 * i)
            total += (row + 1 - row % 2) * 4**i
    return total


def r4abm(a: int, b: int, width: int, e: int, p: int) -> int:
    total = 0
    for i, triplet in enumerate(triplets(b)):
        exact = DIGITS[triplet] * a
        if triplet[0] == "1":
            exact, approximate = exact - 1, -a - 1
        else:
            approximate = a
        if e == 1 and triplet[1] == triplet[2]:
            approximate = 0
        total += (joined(exact, approximate, p - 2 * i) + int(triplet[0])) * 4**i
    return total
