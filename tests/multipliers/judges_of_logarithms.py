"""Judges of logarithmic multipliers, in fractions: A = 2**k * (1 + x)."""

import math
from fractions import Fraction
from functools import cache


@cache
def split(value: int) -> tuple[int, Fraction]:
    """k and x of A = 2**k * (1 + x)."""
    k = len(f"{value:b}") - 1
    return k, Fraction(value, 2**k) - 1


@cache
def antilogarithm(logarithm: Fraction) -> int:
    """2**k * (1 + x), rounded down, of k + x."""
    k = math.floor(logarithm)
    return math.floor(2**k * (1 + logarithm - k))


def mitchell(a: int, b: int, width: int) -> int:
    return 0 if a == 0 or b == 0 else antilogarithm(sum(split(a)) + sum(split(b)))


def roba(a: int, b: int, width: int) -> int:
    return nearest_power(a) * b + nearest_power(b) * a - nearest_power(a) * nearest_power(b)


@cache
def nearest_power(value: int) -> int:
    """By distance; among two as near, the greater, unless it is 4."""
    powers = [2**n for n in range(18)]
    return 0 if value == 0 else 2 if value == 3 else min(powers, key=lambda power: (abs(power - value), -power))


def mbm(a: int, b: int, width: int, t: int) -> int:
    if a == 0 or b == 0:
        return 0
    (k1, x1), (k2, x2) = split(a), split(b)
    s = thinned(x1, width - 1 - t, t > 0) + thinned(x2, width - 1 - t, t > 0)
    c = Fraction(78125, 1_000_000)
    with_constant = 2 ** (k1 + k2) * (1 + s + c) if s < 1 else 2 ** (k1 + k2 + 1) * (s + c / 2)
    return math.floor(with_constant) if with_constant < 4**width else antilogarithm(k1 + k2 + s)


@cache
def thinned(x: Fraction, bits: int, half: bool = False) -> Fraction:
    """A fraction cut to some bits, plus half a unit of the last of them if wanted."""
    return (math.floor(x * 2**bits) + (Fraction(1, 2) if half else 0)) / Fraction(2**bits)


def dr_alm(a: int, b: int, width: int, t: int) -> int:
    if a < 0 or b < 0:
        product = dr_alm(-a - 1 if a < 0 else a, -b - 1 if b < 0 else b, width, t)
        return product if a < 0 and b < 0 else -product - 1
    if a == 0 or b == 0:
        return 0
    return antilogarithm(odd_mantissa(a, t) + odd_mantissa(b, t) + Fraction(1, 2 ** (t - 1)))


@cache
def odd_mantissa(value: int, t: int) -> Fraction:
    """k + x of the value's t bits from the leading one, the lowest set to one."""
    text = f"{value:b}".ljust(t, "0")
    return len(f"{value:b}") - 1 + Fraction(int(text[1 : t - 1] + "1", 2), 2 ** (t - 1))


def alm_soa(a: int, b: int, width: int, w: int) -> int:
    if a == 0 or b == 0:
        return 0
    (k1, x1), (k2, x2) = split(a), split(b)
    unit, low = Fraction(2**w, 2 ** (width - 1)), Fraction(2**w - 1, 2 ** (width - 1))
    carry = unit if min(x1 % unit, x2 % unit) >= unit / 2 else 0
    return antilogarithm(k1 + k2 + x1 // unit * unit + x2 // unit * unit + carry + low)


def iterative_log(a: int, b: int, width: int, n: int) -> int:
    """Each stage falls short by the product of the residues, which the next one approximates."""
    if a == 0 or b == 0:
        return 0
    a_rest, b_rest = int("0" + f"{a:b}"[1:], 2), int("0" + f"{b:b}"[1:], 2)
    return a * b - a_rest * b_rest + (iterative_log(a_rest, b_rest, width, n - 1) if n > 1 else 0)


def tosam(a: int, b: int, width: int, h: int, t: int) -> int:
    if a == 0 or b == 0:
        return 0
    (k1, x1), (k2, x2) = split(a), split(b)
    return math.floor(2 ** (k1 + k2) * (1 + thinned(x1, t) + thinned(x2, t) + thinned(x1, h, True) * thinned(x2, h, True)))
