"""Whether somebody's table is a circuit; if not, which of the known mistakes was made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from multipliers import Multiplier, to_bits

from ._errors import TableError

SHOWN = 8


@dataclass(frozen=True)
class Difference:
    """One operand pair on which table and circuit differ."""

    a: int
    b: int
    table: int
    circuit: int


@dataclass(frozen=True)
class Conformance:
    """What a table is to a circuit.

    `verdict` is "equal", "transposed", "sign-folded", "zero-point-shifted", "product sign" or "wrong"; `detail` says it in a
    sentence. `differing` of `entries` differ from the circuit as it is, `unexplained` of them also from the circuit with that
    mistake; `by_sign` counts the differing ones by the signs of a and b. Mean and worst errors are against the exact product.
    """

    verdict: str
    detail: str
    entries: int
    differing: int
    unexplained: int
    by_sign: dict[str, int]
    first: tuple[Difference, ...]
    table_mae: float
    circuit_mae: float
    table_wce: int
    circuit_wce: int

    @property
    def conforms(self) -> bool:
        """Whether the table is the circuit."""
        return self.verdict == "equal"


def conform(table: np.ndarray, circuit: Multiplier) -> Conformance:
    """Compare a table, int64 `T[a, b]` by bit patterns, with a circuit's; raises TableError if their shapes differ.

    A mistake is named if it explains every entry, or every one but those with the most negative operand, whose magnitude has
    no code of its own.
    """
    truth = circuit.table.astype(np.int64)
    if table.shape != truth.shape:
        ours, theirs = (" x ".join(map(str, shape)) for shape in (table.shape, truth.shape))
        raise TableError(f"the table has {ours} entries, {circuit.label} has {theirs}")
    a, b = np.meshgrid(circuit.a.values(), circuit.b.values(), indexing="ij")
    wrong = table != truth
    differing = int(wrong.sum())
    verdict, detail, unexplained = "equal", "the table is the circuit", 0
    if differing:
        verdict, detail, unexplained = _diagnosed(table, truth, circuit)
    first = [Difference(*map(int, (a[i], b[i], table[i], truth[i]))) for i in zip(*np.nonzero(wrong), strict=True)][:SHOWN]
    signs = {f"a {s} 0, b {t} 0": ((a < 0) == (s == "<")) & ((b < 0) == (t == "<")) for s in "<≥" for t in "<≥"}
    by_sign = {name: int((wrong & where).sum()) for name, where in signs.items() if (wrong & where).any()}
    errors = [np.abs(values - a * b) for values in (table, truth)]
    means, worst = [float(error.mean()) for error in errors], [int(error.max()) for error in errors]
    counts = (table.size, differing, unexplained)
    return Conformance(verdict, detail, *counts, by_sign, tuple(first), means[0], means[1], worst[0], worst[1])


def _diagnosed(table: np.ndarray, truth: np.ndarray, circuit: Multiplier) -> tuple[str, str, int]:
    """Verdict, sentence, and how many entries that mistake leaves unexplained."""
    corner = np.zeros(table.shape, bool)
    if circuit.a.signed:
        corner[circuit.a.codes // 2] = True
    if circuit.b.signed:
        corner[:, circuit.b.codes // 2] = True
    closest = ("", "", table.size)
    for verdict, detail, candidate in _candidates(table, truth, circuit):
        unlike = table != candidate
        count = int(unlike.sum())
        if not (unlike & ~corner).any():
            note = f", but for {count:,} entries with the most negative operand" if count else ""
            return verdict, detail + note, count
        if count < closest[2]:
            closest = verdict, detail, count
    differing = int((table != truth).sum())
    near = closest[2] < differing / 10
    note = f"; closest to: {closest[1]}, but for {closest[2]:,} entries" if near else ""
    return "wrong", f"the table is another function{note}", differing


def _candidates(table: np.ndarray, truth: np.ndarray, circuit: Multiplier) -> Iterator[tuple[str, str, np.ndarray]]:
    """Known mistakes: their name, the sentence, and the table that they make of the circuit."""
    square = truth.shape[0] == truth.shape[1] and circuit.a == circuit.b
    forms = [("", truth)] + ([(", and transposed", truth.T)] if square else [])
    if square:
        yield "transposed", "the table is the circuit with its operands exchanged: T[b, a]", truth.T
    codes = circuit.p.codes
    for also, form in forms:
        for signed, folded in ((False, form % codes), (True, (form + codes // 2) % codes - codes // 2)):
            kind = "signed" if signed else "unsigned"
            if (folded != form).any():
                yield "product sign", f"the table reads the product's bits as {kind}{also}", folded
    if circuit.a.signed and circuit.b.signed:
        a, b = np.meshgrid(circuit.a.values(), circuit.b.values(), indexing="ij")
        sign = np.where((a < 0) != (b < 0), -1, 1)
        for also, form in forms:
            folded = form[to_bits(np.abs(a), circuit.a), to_bits(np.abs(b), circuit.b)]
            both = (a < 0) & (b < 0)
            yield "sign-folded", f"the table is f(|a|, |b|){also}", folded
            yield "sign-folded", f"the table is sign(a) sign(b) f(|a|, |b|){also}", sign * folded
            yield "sign-folded", f"the table is f(|a|, |b|) where both are negative{also}", np.where(both, folded, form)
    for also, form in forms:
        for za, zb in _shifts(table, form):
            shifted = ", ".join(f"{side} - {by}" if by else side for side, by in (("a", za), ("b", zb)))
            detail = f"the table is f({shifted}), its index shifted by a zero point{also}"
            yield "zero-point-shifted", detail, np.roll(form, (za, zb), (0, 1))


def _shifts(table: np.ndarray, truth: np.ndarray) -> list[tuple[int, int]]:
    """Shifts of both indices, other than none, under which the tables agree on 64 sampled entries: few, to be tried in full."""
    rows, columns = table.shape
    rng = np.random.default_rng(0)
    agree = np.ones(table.shape, bool)
    za, zb = np.arange(rows)[:, None], np.arange(columns)[None, :]
    for i, j in zip(rng.integers(0, rows, 64), rng.integers(0, columns, 64), strict=True):
        agree &= truth[(i - za) % rows, (j - zb) % columns] == table[i, j]
    agree[0, 0] = False
    return [(int(i), int(j)) for i, j in np.argwhere(agree)[:512]]
