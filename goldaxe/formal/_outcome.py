"""How a proof of several equations ends."""

from __future__ import annotations

from dataclasses import dataclass

JOBS = 2
"""Solvers at a time."""


@dataclass(frozen=True)
class Outcome:
    """EQUAL; UNDECIDED at one equation; or DIFFERENT: one does not hold, and `suspects` are the operand pairs in it.

    `checks` is the number of equations that the solver proved. Suspects are bit patterns of (a, b).
    """

    verdict: str
    checks: int
    suspects: tuple[tuple[int, int], ...] = ()


class FailedError(Exception):
    """An equation was not proved; the others need not be tried."""

    def __init__(self, verdict: str, suspects: tuple[tuple[int, int], ...]) -> None:
        super().__init__(verdict)
        self.verdict, self.suspects = verdict, suspects
