"""A proof by cases: where both operands' leading ones are known, a design that looks for them loses its shifters."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from time import perf_counter

from cocotb_tests._process import in_parallel
from multipliers import Multiplier

from ._aig import FALSE, TRUE, Aig
from ._outcome import JOBS, FailedError, Outcome
from ._solver import DIFFERENT, EQUAL, compare

_SMALL = 4
"""Operands below 2**_SMALL are one case."""

Bits = tuple[int | None, ...]
"""A case of one operand, lowest bit first: 0, 1, or None for either."""


def by_cases(design: Aig, reference: Aig, multiplier: Multiplier, deadline: float) -> Outcome:
    """Prove two circuits equal, case by case, that take the bits of unsigned a, then of b; `deadline` is of perf_counter."""
    proved: list[None] = []
    cases = [(*a, *b) for a in _leading(multiplier.a.width) for b in _leading(multiplier.b.width)]
    tasks = [partial(_prove, design, reference, case, multiplier.a.width, deadline) for case in cases]
    try:
        in_parallel(tasks, JOBS, proved.append)
    except FailedError as failed:
        return Outcome(failed.verdict, len(proved), failed.suspects)
    return Outcome(EQUAL, len(proved))


def _leading(width: int) -> Iterator[Bits]:
    """Every operand is in one of these: small, or with its leading one at some bit."""
    yield (None,) * min(_SMALL, width) + (0,) * (width - _SMALL)
    for bit in range(_SMALL, width):
        yield (None,) * bit + (1,) + (0,) * (width - 1 - bit)


def _prove(design: Aig, reference: Aig, case: Bits, split: int, deadline: float) -> None:
    free = [index for index, bit in enumerate(case) if bit is None]
    left, right = _fixed(design, case, free), _fixed(reference, case, free)
    answer = compare(left, right, deadline - perf_counter())
    if answer.verdict == EQUAL:
        return
    bits = [bit or 0 for bit in case]
    for index, bit in zip(free, answer.inputs, strict=False):
        bits[index] = bit
    a, b = (sum(bit << index for index, bit in enumerate(part)) for part in (bits[:split], bits[split:]))
    raise FailedError(answer.verdict, ((a, b),) if answer.verdict == DIFFERENT else ())


def _fixed(circuit: Aig, case: Bits, free: list[int]) -> Aig:
    """A circuit with the inputs `free` only; the others are as the case says."""
    aig = Aig(len(free))
    inputs = [TRUE if bit else FALSE for bit in case]
    for number, index in enumerate(free):
        inputs[index] = aig.input(number)
    aig.outputs = aig.place(circuit, inputs)
    return aig
