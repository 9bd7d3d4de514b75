"""Proofs of multipliers' Verilog at any width, and mutants that test the exhaustive test.

Needs `pip install 'goldaxe[synth]'`.
"""

from ._clocked import Score, score
from ._errors import FormalError
from ._module import Module, Recording
from ._mutate import Mutant, Mutation, mutate
from ._properties import CHECKS, FAILS, HOLDS, Check, Verdict, check_properties
from ._prove import Attempt, Counterexample, Proof, prove

__all__ = [
    "CHECKS",
    "FAILS",
    "HOLDS",
    "Attempt",
    "Check",
    "Counterexample",
    "FormalError",
    "Module",
    "Mutant",
    "Mutation",
    "Proof",
    "Recording",
    "Score",
    "Verdict",
    "check_properties",
    "mutate",
    "prove",
    "score",
]
