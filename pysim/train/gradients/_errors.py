"""The error of a multiplier over an operand pair's codes, e(a, b) = f(a, b) - a * b, compiled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from ..._product import code_table
from ..._quantization import Operands
from ...kernels import Plan, compile_plan


@dataclass(frozen=True, eq=False)
class Errors:
    """The error e of an operand pair over its codes, compiled.

    Weights have one code index more, `absent`, of which all errors are zero; so have activations that leave room in 256. `plan`
    is for weights that stay; `look_up`, and `turned` with the operands in each other's place, for codes that change at each
    call: tables need no preparation. `rows`, int32 (256, 256), is e by the weight's code index, then the activation's.
    """

    plan: Plan
    look_up: Plan
    turned: Plan
    absent: int
    rows: Tensor

    @property
    def most(self) -> int:
        """How many of them a sum of 32 bits holds."""
        return (2**31 - 1) // self.plan.bound

    @staticmethod
    @lru_cache(maxsize=16)
    def of(operands: Operands) -> Errors | None:
        """None if there is no error."""
        a, b = (np.arange(part.low, part.high + 1) for part in (operands.activation, operands.weight))
        error = code_table(operands) - np.multiply.outer(a, b)
        if not error.any():
            return None
        error = np.pad(error, [(0, len(a) < 256), (0, 1)])
        low_a, low_b = operands.activation.low, operands.weight.low
        plan, look_up = (compile_plan(error, low_a, low_b, kind=kind) for kind in (None, "table"))
        turned = compile_plan(error.T, low_b, low_a, kind="table")
        rows = np.zeros((256, 256), np.int32)
        rows[: error.shape[1], : error.shape[0]] = error.T
        return Errors(plan, look_up, turned, len(b), torch.from_numpy(rows))
