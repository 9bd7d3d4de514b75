"""The systolic array as a machine: networks lowered to integer programs, the programs run, and what running them costs.

>>> import torch
>>> _ = torch.manual_seed(0)
>>> from accelerator import lower, run
>>> from pysim import approximate_
>>> model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
>>> inputs = torch.rand(8, 4)
>>> _ = approximate_(model, "drum8_k4", calibration=[inputs])
>>> program = lower(model, [inputs])
>>> run(program, inputs).output.shape
torch.Size([8, 2])

`accelerator.array` has the array itself: its model, its cycles, and its Verilog driven in bulk.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._errors import LoweringError, ProgramError
    from ._run import Run, run
    from .lowering import lower
    from .program import Program, load, save

__all__ = ["LoweringError", "Program", "ProgramError", "Run", "load", "lower", "run", "save"]

_HOME = {
    "._errors": ("LoweringError", "ProgramError"),
    "._run": ("Run", "run"),
    ".lowering": ("lower",),
    ".program": ("Program", "load", "save"),
}


def __getattr__(name: str) -> Any:
    """Import a name's module when it is first used: the array's own model needs no torch."""
    for module, names in _HOME.items():
        if name in names:
            return getattr(import_module(module, __name__), name)
    raise AttributeError(f"module 'accelerator' has no attribute {name!r}")
