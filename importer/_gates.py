"""Builds a list of gates: constants are folded and equal gates shared, so that parameters cost nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from multipliers._netlist import AND, OR, XOR

from ._refusal import Refusal

ZERO, ONE = 0, 1
MOST = 100_000
"""Gates that a circuit may have; a 16 x 16 multiplier of one expression has some 1,500."""


class Gates:
    """Signals by number, as in `multipliers._netlist.Netlist`; a word is a list of signals, lowest bit first."""

    def __init__(self, inputs: int) -> None:
        self.first = 2 + inputs
        self.rows: list[tuple[int, int, int]] = []
        self._known: dict[tuple[int, int, int], int] = {}

    def _gate(self, kind: int, x: int, y: int) -> int:
        row = (kind, min(x, y), max(x, y))
        if row not in self._known:
            if len(self.rows) == MOST:
                raise Refusal(f"a circuit of more than {MOST:,} gates")
            self._known[row] = self.first + len(self.rows)
            self.rows.append(row)
        return self._known[row]

    def and_(self, x: int, y: int) -> int:
        if x == y or y == ONE:
            return x
        if x == ONE:
            return y
        return ZERO if ZERO in (x, y) else self._gate(AND, x, y)

    def or_(self, x: int, y: int) -> int:
        if x == y or y == ZERO:
            return x
        if x == ZERO:
            return y
        return ONE if ONE in (x, y) else self._gate(OR, x, y)

    def xor(self, x: int, y: int) -> int:
        if x == y:
            return ZERO
        if ZERO in (x, y):
            return x + y
        return self._gate(XOR, x, y)

    def not_(self, x: int) -> int:
        return 1 - x if x in (ZERO, ONE) else self.xor(x, ONE)

    def mux(self, select: int, yes: int, no: int) -> int:
        """`select ? yes : no`."""
        if select in (ZERO, ONE):
            return yes if select == ONE else no
        return self.xor(no, self.and_(select, self.xor(yes, no)))

    def any(self, word: Sequence[int]) -> int:
        found = ZERO
        for bit in word:
            found = self.or_(found, bit)
        return found

    def all(self, word: Sequence[int]) -> int:
        found = ONE
        for bit in word:
            found = self.and_(found, bit)
        return found

    def parity(self, word: Sequence[int]) -> int:
        found = ZERO
        for bit in word:
            found = self.xor(found, bit)
        return found

    def add(self, x: Sequence[int], y: Sequence[int], carry: int = ZERO) -> tuple[list[int], int]:
        """Sum of two words of equal length, and the carry out of it."""
        total = []
        for first, second in zip(x, y, strict=True):
            half = self.xor(first, second)
            total.append(self.xor(half, carry))
            carry = self.or_(self.and_(first, second), self.and_(half, carry))
        return total, carry

    def subtract(self, x: Sequence[int], y: Sequence[int]) -> tuple[list[int], int]:
        """Difference, and 1 if there was no borrow: x >= y as unsigned words."""
        return self.add(x, [self.not_(bit) for bit in y], ONE)

    def multiply(self, x: Sequence[int], y: Sequence[int]) -> list[int]:
        """Low half of the product of two words of equal length, which has the same bits for either sign."""
        total = [ZERO] * len(x)
        for shift, bit in enumerate(y):
            if bit != ZERO:
                row = [self.and_(other, bit) for other in x[: len(x) - shift]]
                total[shift:] = self.add(total[shift:], row)[0]
        return total

    def negate(self, word: Sequence[int], select: int) -> list[int]:
        """`select ? -word : word`."""
        return self.add([self.xor(bit, select) for bit in word], [ZERO] * len(word), select)[0]

    def divide(self, word: Sequence[int], divisor: int) -> tuple[list[int], list[int]]:
        """Quotient and remainder of an unsigned word by a constant above 0, digit by digit."""
        width = max(len(word), divisor.bit_length()) + 1
        by = [(divisor >> bit) & 1 for bit in range(width)]
        rest, quotient = [ZERO] * width, []
        for bit in reversed(word):
            rest = [bit, *rest[:-1]]
            less, fits = self.subtract(rest, by)
            rest = [self.mux(fits, yes, no) for yes, no in zip(less, rest, strict=True)]
            quotient.append(fits)
        return quotient[::-1], rest[: len(word)]

    def shift(self, word: Sequence[int], amount: Sequence[int], left: bool, fill: int) -> list[int]:
        """`word` shifted by a word of bits, unsigned."""
        shifted = list(word)
        for bit, select in enumerate(amount):
            if select == ZERO:
                continue
            by = min(1 << min(bit, 32), len(shifted))
            moved = [fill] * by + shifted[: len(shifted) - by] if left else shifted[by:] + [fill] * by
            shifted = [self.mux(select, yes, no) for yes, no in zip(moved, shifted, strict=True)]
        return shifted

    def used(self, outputs: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """The gates that `outputs` depend on, renumbered, and the outputs' new numbers."""
        wanted = set(outputs)
        for index in range(len(self.rows) - 1, -1, -1):
            if self.first + index in wanted:
                wanted.update(self.rows[index][1:])
        number = list(range(self.first))
        kept: list[tuple[int, int, int]] = []
        for index, (kind, x, y) in enumerate(self.rows):
            number.append(self.first + len(kept))
            if self.first + index in wanted:
                kept.append((kind, number[x], number[y]))
        gates = np.array(kept, np.int32).reshape(-1, 3)
        return gates, np.array([number[signal] for signal in outputs], np.int32)
