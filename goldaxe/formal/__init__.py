"""Proofs of multipliers' Verilog at any width, and mutants that test the exhaustive test.

Needs `pip install 'goldaxe[synth]'`.
"""

from ._errors import FormalError
from ._mutate import Mutant, Mutation, mutate
from ._prove import Attempt, Counterexample, Proof, prove

__all__ = ["Attempt", "Counterexample", "FormalError", "Mutant", "Mutation", "Proof", "mutate", "prove"]
