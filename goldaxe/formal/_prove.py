"""Proofs, at any width, that a multiplier's Verilog computes what an independent reference built on `*` does.

Simulation comes first: design and reference meet the golden model on samples, which finds most that is wrong. Then the solver
gets both whole, with a tenth of the time, and then one digit of an operand at a time, or one place of its leading one. A signed
design with an unsigned core is proved in two parts, that core and the rest. What no attempt decides is not proved, and is never
called so.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np

from multipliers import Multiplier, Rtl, from_bits, get, sampled, to_bits
from multipliers import rtl as rtl_of

from ._aig import Aig, packed, unpacked
from ._cases import by_cases
from ._elaborate import elaborate
from ._errors import FormalError
from ._induction import by_induction
from ._references import parts, reference_of, terms_of
from ._solver import DIFFERENT, EQUAL, Answer, compare

PROVED, REFUTED, NOT_PROVED = "proved", "refuted", "not proved"
SECONDS = 60.0
"""Time for one multiplier's proof, all attempts together; the solver is ended then, elaboration before it is not."""

_SAMPLES = 4096
_DIRECT = 0.1


@dataclass(frozen=True)
class Counterexample:
    """An operand pair at which the Verilog differs from the golden model, and what found it: `simulation` or `solver`."""

    a: int
    b: int
    rtl: int
    model: int
    found_by: str


@dataclass(frozen=True)
class Attempt:
    """One way to a proof, how it ended, the seconds that it took, and the equations that the solver proved."""

    method: str
    verdict: str
    seconds: float
    checks: int


@dataclass(frozen=True)
class Proof:
    """What is known of a multiplier's Verilog: PROVED equal to its reference, REFUTED by a counterexample, or NOT_PROVED.

    `rtl` is the hash of the Verilog that was proved; `seconds` covers everything, elaboration too.
    """

    label: str
    reference: str
    verdict: str
    attempts: tuple[Attempt, ...]
    seconds: float
    rtl: str
    counterexample: Counterexample | None = None

    @property
    def proved(self) -> bool:
        """Whether the solver proved equality for all operands."""
        return self.verdict == PROVED

    @property
    def method(self) -> str:
        """The attempt that decided, or nothing."""
        return self.attempts[-1].method if self.attempts and self.verdict != NOT_PROVED else ""


def prove(
    multiplier: Multiplier | str,
    *,
    rtl: Rtl | None = None,
    against: Multiplier | str | None = None,
    seconds: float = SECONDS,
) -> Proof:
    """Prove a multiplier's Verilog, or another `rtl` with its ports, equal to its family's reference or that of `against`.

    Raises FormalError if there is no reference, `seconds` is not above 0, Yosys is missing, or the design is not combinational;
    MultiplierError for a multiplier without Verilog.
    """
    if not seconds > 0:
        raise FormalError(f"seconds = {seconds} is not allowed; a time limit above 0 is needed")
    multiplier = get(multiplier) if isinstance(multiplier, str) else multiplier
    target = get(against) if isinstance(against, str) else against or multiplier
    if (target.a, target.b, target.p) != (multiplier.a, multiplier.b, multiplier.p):
        raise FormalError(f"{multiplier.label} cannot be compared with {target.label}: their ports differ")
    return _Prover(multiplier, rtl, target, seconds).run()


class _Prover:
    """One multiplier's proof; `model` is the golden model of what the reference stands for."""

    def __init__(self, multiplier: Multiplier, rtl: Rtl | None, model: Multiplier, seconds: float) -> None:
        self.start = perf_counter()
        self.seconds, self.deadline = seconds, self.start + seconds
        self.multiplier, self.model = multiplier, model
        self.form, self.reference = reference_of(model)
        self.rtl = rtl or rtl_of(multiplier)
        self.split = parts(model) if rtl is None and model is multiplier else None
        self.attempts: list[Attempt] = []

    def run(self) -> Proof:
        design, reference = self._circuits(schoolbook=False)
        found = self._simulated(design, reference)
        if found is not None:
            self._attempt("simulation", REFUTED, self.start, 0)
            return self._proof(REFUTED, found)
        if self.split:
            return self._in_parts(*self.split, design, reference)
        begun = perf_counter()
        answer = compare(design, reference, min(self.seconds * _DIRECT, self._left()))
        verdict, found = self._judged(answer, design)
        self._attempt("whole", verdict, begun, int(answer.verdict == EQUAL))
        if verdict != NOT_PROVED:
            return self._proof(verdict, found)
        if self._left() <= 0:
            return self._proof(NOT_PROVED)
        native = self.model.family is not None and self.model.family.native_signs
        if native or not (self.model.a.signed or self.model.b.signed):
            return self._in_steps()
        return self._proof(NOT_PROVED)

    def _in_parts(self, core: Multiplier, around: Rtl, design: Aig, reference: Aig) -> Proof:
        """The unsigned core against its reference, then the design around that reference."""
        begun = perf_counter()
        inner = _Prover(core, None, core, self._left()).run()
        checks = sum(attempt.checks for attempt in inner.attempts)
        verdict, found = NOT_PROVED, None
        if inner.proved:
            rest = elaborate(around, self.multiplier, schoolbook=False)
            answer = compare(rest, reference, self._left())
            if answer.verdict == EQUAL:
                verdict, checks = PROVED, checks + 1
            elif answer.verdict == DIFFERENT:
                found = self._replayed(design, (self._pair(answer),))
        elif inner.counterexample:
            sizes = (inner.counterexample.a, inner.counterexample.b)
            signs = ((1, 1), (-1, 1), (1, -1), (-1, -1))
            masks = (self.model.a.codes - 1, self.model.b.codes - 1)
            found = self._replayed(design, tuple((sizes[0] * x & masks[0], sizes[1] * y & masks[1]) for x, y in signs))
        self._attempt(f"{inner.attempts[-1].method}; signs apart", REFUTED if found else verdict, begun, checks)
        return self._proof(REFUTED if found else verdict, found)

    def _in_steps(self) -> Proof:
        """By induction over digits where the product is additive, else by cases of leading ones."""
        begun = perf_counter()
        form = self.form
        design, reference = self._circuits(schoolbook=True)
        if form.digit:
            both = ("plus_o", "minus_o")
            terms = elaborate(terms_of(self.model), self.model, schoolbook=True, outputs=both)
            result = by_induction(design, reference, terms, self.model, form, self.deadline)
        else:
            result = by_cases(design, reference, self.model, self.deadline)
        found = self._replayed(design, result.suspects) if result.verdict == DIFFERENT else None
        verdict = PROVED if result.verdict == EQUAL else REFUTED if found else NOT_PROVED
        self._attempt(f"induction over {form.over}" if form.digit else "leading ones", verdict, begun, result.checks)
        return self._proof(verdict, found)

    def _circuits(self, schoolbook: bool) -> tuple[Aig, Aig]:
        sources = (self.rtl, self.reference)
        design, reference = (elaborate(source, self.multiplier, schoolbook=schoolbook) for source in sources)
        return design, reference

    def _simulated(self, design: Aig, reference: Aig) -> Counterexample | None:
        """Where the design differs from the model on samples; raises FormalError if the reference does."""
        vectors = sampled(self.model, _SAMPLES)
        expected = self.model(vectors.a, vectors.b)
        came = _products(reference, self.model, vectors.a, vectors.b)
        if (came != expected).any():
            first = int(np.flatnonzero(came != expected)[0])
            where = f"a = {vectors.a[first]}, b = {vectors.b[first]}"
            raise FormalError(
                f"the reference of {self.model.label} is not its model: {came[first]}, not {expected[first]}, for {where}"
            )
        came = _products(design, self.model, vectors.a, vectors.b)
        if (came == expected).all():
            return None
        first = int(np.flatnonzero(came != expected)[0])
        a, b, wrong, right = (int(column[first]) for column in (vectors.a, vectors.b, came, expected))
        return Counterexample(a, b, wrong, right, "simulation")

    def _judged(self, answer: Answer, design: Aig) -> tuple[str, Counterexample | None]:
        if answer.verdict != DIFFERENT:
            return (PROVED if answer.verdict == EQUAL else NOT_PROVED), None
        pair = self._pair(answer)
        found = self._replayed(design, (pair,))
        if found is None:
            raise FormalError(f"{self.model.label}: the reference differs from the model where the solver looked, at {pair}")
        return REFUTED, found

    def _replayed(self, design: Aig, pairs: tuple[tuple[int, int], ...]) -> Counterexample | None:
        """The first of some pairs, bit patterns, at which the design, simulated, differs from the golden model."""
        patterns = np.array(pairs, np.int64)
        a, b = from_bits(patterns[:, 0], self.model.a), from_bits(patterns[:, 1], self.model.b)
        came, expected = _products(design, self.model, a, b), self.model(a, b)
        for one, other, wrong, right in zip(a.tolist(), b.tolist(), came.tolist(), expected.tolist(), strict=True):
            if wrong != right:
                return Counterexample(one, other, wrong, right, "solver")
        return None

    def _pair(self, answer: Answer) -> tuple[int, int]:
        """The operands' bit patterns in an answer about whole circuits."""
        width = self.model.a.width
        a, b = (sum(bit << index for index, bit in enumerate(part)) for part in (answer.inputs[:width], answer.inputs[width:]))
        return a, b

    def _left(self) -> float:
        return self.deadline - perf_counter()

    def _attempt(self, method: str, verdict: str, begun: float, checks: int) -> None:
        self.attempts.append(Attempt(method, verdict, perf_counter() - begun, checks))

    def _proof(self, verdict: str, found: Counterexample | None = None) -> Proof:
        attempts, seconds = tuple(self.attempts), perf_counter() - self.start
        return Proof(self.multiplier.label, self.form.formula, verdict, attempts, seconds, self.rtl.digest, found)


def _products(circuit: Aig, model: Multiplier, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """What a circuit computes for integers that fit the ports, int64 of their shape (N,)."""
    inputs = np.concatenate([packed(to_bits(a, model.a), model.a.width), packed(to_bits(b, model.b), model.b.width)])
    return from_bits(unpacked(circuit.simulate(inputs), len(a)), model.p)
