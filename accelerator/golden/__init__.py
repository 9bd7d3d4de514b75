"""The golden simulator of integer programs: vectorised torch, with pysim's kernels for the array's products.

It is fast enough for whole test sets. `execute` is what `accelerator.run(backend="golden")` calls.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from torch import Tensor

from ..program import Program
from ._cells import CELL_FRACTION
from ._pools import windows
from ._recurrent import GATE_HIGH, GATE_LOW, Cell, RecurrentLayer
from ._run import Golden

__all__ = ["CELL_FRACTION", "GATE_HIGH", "GATE_LOW", "Cell", "Golden", "RecurrentLayer", "execute", "windows"]

_READY: WeakKeyDictionary[Program, Golden] = WeakKeyDictionary()


def execute(program: Program, codes: Tensor, keep: bool) -> dict[str, Tensor]:
    """Every integer of a run by name; the program's products are compiled when it first runs."""
    golden = _READY.get(program)
    if golden is None:
        golden = _READY[program] = Golden(program)
    return golden.run(codes, keep)
