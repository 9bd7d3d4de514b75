"""Multipliers that no correct simulator may confuse: asymmetric in their operands, and with f(0, x) != 0 and f(x, 0) != 0."""

import numpy as np

from multipliers import Multiplier, Operand


def _odd(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a * b + 3 * (a & 7) - 5 * (b & 3) + 11


ODD_US = Multiplier("named_mul16s_to_mislead", Operand(8, False), Operand(8, True), Operand(18, True), _odd)
ODD_S = Multiplier("named_mul4u_to_mislead", Operand(8, True), Operand(8, True), Operand(18, True), _odd)
