"""What an imported multiplier's products are closest to: its operands' product as it was imported, or another reading of it.

A circuit that is signed behind unsigned ports, a table that is shifted by half of its range and an adder have products as well,
only wrong ones. Nothing but the numbers tells, and what they tell is said with the option that would import it right.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from multipliers import Multiplier, Operand, from_bits

from ._errors import ReadingWarning

_PAIRS = 1 << 16
"""Operand pairs that readings are measured on: all of 8 x 8 bits, else a sample."""

_CLOSER = 0.9
"""Another reading of operands or product is named if its error is less than this share of that as imported. Of all families at
2 to 8 bits, whatever their parameters, and of 18 circuits of EvoApproxLib, none has one below 1."""

_OTHER = 0.5
"""The same for what is no product of its operands, sum and shifted product: the coarsest perforation has a sum at 0.65."""

_WRONG_SIGNS = 0.2
"""Share of non-zero products with the wrong sign that is no approximation: Booth rows without carries have up to 0.09."""


@dataclass(frozen=True)
class Reading:
    """One way to read a multiplier's bits: what its products would be, and how far they are from that.

    `mae` is their mean distance, `share` that of the mean magnitude of what they would be: 0 if they are just that, 1 for a
    product that is always 0. `advice` is the option that imports it so; it is named if its share is less than `closer` times
    that as imported.
    """

    meaning: str
    mae: float
    share: float
    advice: str = ""
    closer: float = _CLOSER


@dataclass(frozen=True)
class Examined:
    """The reading as imported, the closest other one, and what follows: `warnings` of what no multiplier does on purpose, and
    `notes` of what approximate ones do, with counts."""

    imported: Reading
    closest: Reading
    warnings: tuple[str, ...]
    notes: tuple[str, ...]

    def warn(self, label: str) -> None:
        """Each warning as a ReadingWarning of Python's."""
        for text in self.warnings:
            warnings.warn(f"{label}: {text}", ReadingWarning, stacklevel=4)


def examine(multiplier: Multiplier, *, by_value: bool = False) -> Examined:
    """Compare a multiplier's products with every likely reading of its bits.

    Operands are read as unsigned, signed, and shifted by half of their range, each on its own; products as unsigned and
    signed; and instead of the product the sum, |a| * |b|, and the product without its low bits. `by_value` says how a table was
    imported, for the advice.
    """
    a, b = multiplier.a, multiplier.b
    x, y, exhaustive = _operands(a, b)
    products = multiplier(from_bits(x, a), from_bits(y, b))
    exact = from_bits(x, a) * from_bits(y, b)
    imported = _reading("a * b as imported", products, exact)
    others = list(_others(multiplier, x, y, products, by_value))
    closest = min(others, key=lambda reading: round(reading.share / reading.closer, 9))
    warned = []
    if closest.share < closest.closer * imported.share:
        warned.append(
            f"its products are closer to {closest.meaning} (mean error {closest.mae:,.6g}) than to a * b as imported "
            f"({imported.mae:,.6g}): {closest.advice}"
        )
    elif imported.share >= 1:
        warned.append(f"its mean error, {imported.mae:,.6g}, is no smaller than that of a product that is always 0")
    wrong, nonzero = int(((products < 0) != (exact < 0))[(exact != 0) & (products != 0)].sum()), int((exact != 0).sum())
    noted: list[str] = []
    if wrong:
        said = f"{wrong:,} of {nonzero:,} non-zero products have the wrong sign"
        (warned if wrong > _WRONG_SIGNS * nonzero and not warned else noted).append(said)
    if not exhaustive:
        warned, noted = ([f"{text} (in a sample)" for text in texts] for texts in (warned, noted))
    return Examined(imported, closest, tuple(warned), (*noted, *_facts(multiplier)))


def _operands(a: Operand, b: Operand) -> tuple[np.ndarray, np.ndarray, bool]:
    """Bit patterns of operand pairs, and whether these are all."""
    if a.codes * b.codes <= _PAIRS:
        x, y = np.meshgrid(np.arange(a.codes), np.arange(b.codes), indexing="ij")
        return x.ravel(), y.ravel(), True
    rng = np.random.default_rng(0)
    return rng.integers(0, a.codes, _PAIRS), rng.integers(0, b.codes, _PAIRS), False


def _reading(meaning: str, products: np.ndarray, expected: np.ndarray, advice: str = "", closer: float = _CLOSER) -> Reading:
    mae = float(np.abs(products - expected).mean())
    size = float(np.abs(expected).mean())
    return Reading(meaning, mae, mae / size if size else np.inf, advice, closer)


def _others(multiplier: Multiplier, x: np.ndarray, y: np.ndarray, products: np.ndarray, by_value: bool) -> Iterator[Reading]:
    """Other readings, likely ones first."""
    a, b, p = multiplier.a, multiplier.b, multiplier.p
    codes = products % p.codes
    ways = [("", products), (" read as unsigned", codes), (" read as signed", from_bits(codes, Operand(p.width, True)))]
    kinds_of_a, kinds_of_b = _kinds("a", a, x), _kinds("b", b, y)
    own = "signed" if a.signed else "unsigned", "signed" if b.signed else "unsigned"
    pairs = sorted(
        ((i, j) for i in kinds_of_a for j in kinds_of_b), key=lambda pair: (pair[0] != pair[1], "shifted" in str(pair))
    )
    for also, read in ways:
        if also and np.array_equal(read, products):
            continue
        for i, j in pairs:
            (name, left), (other, right) = kinds_of_a[i], kinds_of_b[j]
            if (i, j) != own or also:
                said = f"{name} * {other}{_said(own, i, j)}{also}"
                yield _reading(said, read, left * right, _advice(own, (i, j), by_value))
            adder = "it is an adder, which no option makes a multiplier"
            yield _reading(f"the sum {name} + {other}{_said(own, i, j)}{also}", read, left + right, adder, _OTHER)
    exact = from_bits(x, a) * from_bits(y, b)
    if a.signed and b.signed:
        yield _reading("|a| * |b|", products, np.abs(exact), "its signs are lost, which no option brings back")
    for bits in range(1, a.width + b.width - 2):
        advice = f"the lowest {bits} bits of its products are missing, which no option brings back"
        yield _reading(f"a * b >> {bits}", products, exact >> bits, advice, _OTHER)


def _said(own: tuple[str, str], i: str, j: str) -> str:
    return "" if (i, j) == own else f" of {i} operands" if i == j else f" of {i} a and {j} b"


def _kinds(name: str, operand: Operand, bits: np.ndarray) -> dict[str, tuple[str, np.ndarray]]:
    """Values of bit patterns, by how they are read: what to call them, and int64 numbers."""
    half = operand.codes // 2
    return {
        "unsigned": (name, bits),
        "signed": (name, (bits ^ half) - half),
        "shifted signed": (f"({name} - {half})", bits - half),
        "shifted unsigned": (f"({name} ^ {half})", bits ^ half),
    }


def _advice(own: tuple[str, str], read: tuple[str, str], by_value: bool) -> str:
    """The options under which the bits are read so, if there are such."""
    shifted = "shifted signed" in read or "shifted unsigned" in read
    if own == read:
        return "no option reads its product so"
    if read[0] != read[1]:
        return (
            "no option reads its operands so: each operand would have its own"
            if shifted
            else ("declare its ports so: --signed and --unsigned are for both operands")
        )
    options = {
        ("signed", False): "--signed",
        ("unsigned", False): "--unsigned",
        ("shifted signed", False): "--signed --by-value, if it is a table",
        ("signed", True): "--signed --by-value",
        ("shifted signed", True): "--signed without --by-value",
        ("shifted unsigned", True): "--unsigned without --by-value",
    }
    known = options.get((read[0], by_value and own[0] == "signed"))
    return f"import it with {known}" if known else "no option reads its operands so"


def _facts(multiplier: Multiplier) -> Iterator[str]:
    """Counts of what exact multipliers do not do and some approximate ones do."""
    a, b = multiplier.a, multiplier.b
    rows, columns = multiplier(a.values(), 0), multiplier(0, b.values())
    zeros = int((rows != 0).sum() + (columns != 0).sum() - (rows[a.values() == 0] != 0).sum())
    if zeros:
        yield f"{zeros:,} of {a.codes + b.codes - 1:,} products with zero are not 0"
    if a == b:
        x, y, exhaustive = _operands(a, b)
        unlike = int((multiplier(from_bits(x, a), from_bits(y, b)) != multiplier(from_bits(y, a), from_bits(x, b))).sum())
        if unlike:
            of = f"{len(x):,}{'' if exhaustive else ' sampled'}"
            yield f"not commutative: {unlike:,} of {of} products change if the operands are exchanged"
