"""Proofs of multipliers' Verilog, and the mutants that the exhaustive test kills. Needs `pip install 'goldaxe[synth]'`."""

from ._errors import FormalError
from ._prove import Attempt, Counterexample, Proof, prove

__all__ = ["Attempt", "Counterexample", "FormalError", "Proof", "prove"]
