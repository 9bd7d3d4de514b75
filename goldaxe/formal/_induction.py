"""A proof by induction over one operand's digits, where a product is the sum of what its digits give.

The reference is R = U - V, all modulo 2**(product bits). With (X, Y) = (U, U), (V, V) and (design, R), ABC proves
    X(a, x + d) = X(a, x) + Y(a, d)    for all a, all x below place j, and all d of one digit at place j,
for each place j, that X(a, 0) = 0, and that R = U - V. So U, V and R are sums over the digits of b; the design is the
sum of the same R(a, d), and equals R. A step adds one row to equal sums, which solvers find easy where rows are added one
after another. Whole products they do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from time import perf_counter

from cocotb_tests._process import in_parallel
from multipliers import Multiplier

from ._aig import FALSE, Aig, Word
from ._outcome import JOBS, FailedError, Outcome
from ._references import Reference
from ._solver import DIFFERENT, EQUAL, compare


def by_induction(design: Aig, reference: Aig, terms: Aig, multiplier: Multiplier, form: Reference, deadline: float) -> Outcome:
    """Prove two circuits equal that take the bits of a, then of b; `deadline` is a value of perf_counter.

    The outputs of `terms` are those of U, then those of V.
    """
    proved: list[None] = []
    steps = _steps(design, reference, terms, multiplier, form)
    try:
        in_parallel([partial(_prove, step, deadline) for step in steps], JOBS, proved.append)
    except FailedError as failed:
        return Outcome(failed.verdict, len(proved), failed.suspects)
    return Outcome(EQUAL, len(proved))


def _steps(design: Aig, reference: Aig, terms: Aig, multiplier: Multiplier, form: Reference) -> Iterator[_Step]:
    widths = (multiplier.a.width, multiplier.b.width)
    width = widths[form.over == "b"]
    plus, minus = (_with_outputs(terms, part) for part in (slice(multiplier.p.width), slice(multiplier.p.width, None)))
    difference = Aig(sum(widths))
    inputs = [difference.input(bit) for bit in range(sum(widths))]
    difference.outputs = difference.subtract(difference.place(plus, inputs), difference.place(minus, inputs))
    yield _Step(widths, form.over, width, width, reference, difference)
    for circuit, of_digit in ((design, reference), (plus, plus), (minus, minus)):
        yield _Step(widths, form.over, 0, 0, circuit, of_digit)
        for low in range(0, width, form.digit):
            yield _Step(widths, form.over, low, min(low + form.digit, width), circuit, of_digit)


def _with_outputs(circuit: Aig, part: slice) -> Aig:
    """The circuit with some of its outputs."""
    shown = Aig(circuit.inputs)
    shown.outputs = shown.place(circuit, [shown.input(bit) for bit in range(circuit.inputs)])[part]
    return shown


def _prove(step: _Step, deadline: float) -> None:
    answer = compare(*step.equation(), deadline - perf_counter())
    if answer.verdict != EQUAL:
        raise FailedError(answer.verdict, step.pairs(answer.inputs) if answer.verdict == DIFFERENT else ())


@dataclass(frozen=True, eq=False)
class _Step:
    """One equation; its inputs are the other operand's bits, then those of x and of the digit d, the bits from `low` to `high`.

    Without x and d, at (0, 0), it is X(a, 0) = 0; without a digit, at (width, width), that two circuits are equal.
    """

    widths: tuple[int, int]
    over: str
    low: int
    high: int
    circuit: Aig
    of_digit: Aig

    def equation(self) -> tuple[Aig, Aig]:
        """Both sides as circuits."""
        left, right = (Aig(self._other + self.high) for _ in range(2))
        left.outputs = left.place(self.circuit, self._operands(left, 0, self.high))
        if self.high == 0:
            right.outputs = [FALSE] * len(left.outputs)
        elif self.low == self.high:
            right.outputs = right.place(self.of_digit, self._operands(right, 0, self.high))
        else:
            before = right.place(self.circuit, self._operands(right, 0, self.low))
            digit = right.place(self.of_digit, self._operands(right, self.low, self.high))
            right.outputs = right.add(before, digit)
        return left, right

    def pairs(self, bits: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
        """The operand pairs, as bit patterns, at which an equation that does not hold takes products."""
        spans = ((0, self.high), (0, self.low), (self.low, self.high))
        split = [_integer((0,) * low + bits[self._other + low : self._other + high]) for low, high in spans]
        other = _integer(bits[: self._other])
        return tuple((other, value) if self.over == "b" else (value, other) for value in split)

    @property
    def _other(self) -> int:
        return self.widths[self.over != "b"]

    def _operands(self, aig: Aig, low: int, high: int) -> Word:
        """Inputs of a circuit: the other operand, and the split one with its bits `low` to `high` and zeros elsewhere."""
        other = [aig.input(bit) for bit in range(self._other)]
        width = self.widths[self.over == "b"]
        split = [aig.input(self._other + bit) if low <= bit < high else FALSE for bit in range(width)]
        return [*other, *split] if self.over == "b" else [*split, *other]


def _integer(bits: tuple[int, ...]) -> int:
    return sum(bit << index for index, bit in enumerate(bits))
