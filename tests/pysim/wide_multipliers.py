"""Multipliers of 9 to 16 bits to test with: some of every family, and one that no correct simulator may confuse."""

import numpy as np

from multipliers import Multiplier, Operand, families, get

SIGNS = {"": (False, False), "s": (True, True), "us": (False, True), "su": (True, False)}


def wide_variants(widths: tuple[int, ...], signs: tuple[str, ...] = ("",), choices: int = 3) -> list[Multiplier]:
    """Every family at those of the widths that it has, with middle, first and last parameters as far as `choices` goes."""
    made = []
    for family in families().values():
        for width in widths:
            if width not in family.widths:
                continue
            ranges = {parameter.name: parameter.allowed(width) for parameter in family.parameters}
            sets = [{name: r[at] for name, r in ranges.items()} for at in (0, -1)]
            sets.insert(0, {name: r[len(r) // 2] for name, r in ranges.items()})
            for parameters in (sets if ranges else sets[:1])[:choices]:
                for sign in signs:
                    a, b = SIGNS[sign]
                    made.append(get(family.name, width=width, a_signed=a, b_signed=b, **parameters))
    return made


def _odd(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a * b + 3 * (a & 7) - 5 * (b & 3) + 11


def _odd_factors(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    one = np.ones_like
    return np.stack([a, 3 * (a & 7) + 11, one(a)]), np.stack([b, one(b), -5 * (b & 3)])


def odd(a_bits: int = 16, b_bits: int = 16, closed: bool = True) -> Multiplier:
    """Asymmetric in its operands, with f(0, x) != 0 and f(x, 0) != 0; with a closed form or without."""
    ports = Operand(a_bits, False), Operand(b_bits, True), Operand(a_bits + b_bits + 1, True)
    return Multiplier("named_mul8u_to_mislead", *ports, _odd, factors=_odd_factors if closed else None)
