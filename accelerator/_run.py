"""Running an integer program on one of its back ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ._errors import ProgramError
from .program import Program, Value

if TYPE_CHECKING:
    from .rtl import Measured
    from .schedule import ArraySize

_BACKENDS = {"golden": "accelerator.golden", "rtl": "accelerator.rtl"}
"""Back ends, and the modules whose `execute` they are."""


@dataclass(frozen=True, eq=False)
class Run:
    """What a run computed: int32 tensors with the batch in front.

    `values` holds those of the program's values by name, and beside them each product's accumulators `OPERATION.acc` (int32,
    constant included), and of recurrent layers the array's codes `OPERATION.hidden`, their gates `.from_hidden`, and cell
    states `.c`; of a run without `keep`, the outputs alone. `measured` has what each operation took on the Verilog.
    """

    program: Program
    values: dict[str, Tensor]
    measured: dict[str, Measured] = field(default_factory=dict)

    @property
    def output(self) -> Tensor:
        """The codes of the program's first output."""
        return self.values[self.program.outputs[0]]

    @property
    def real(self) -> Tensor:
        """The first output as the real numbers that its codes stand for, float32."""
        value = self.program.values[self.program.outputs[0]]
        return (self.output - value.zero_point).float() * value.scale


def run(
    program: Program, inputs: Tensor, *, backend: str = "golden", keep: bool = True, config: ArraySize | None = None
) -> Run:
    """Run a program on inputs (B, *shape): real numbers, which are quantised first, or codes in an integer dtype.

    The back end "rtl" sends all products through the array's compiled Verilog, of the size that `config` says (16x16 if None);
    "golden" computes them by pysim's kernels.

    Without `keep`, integers between input and outputs are given up as soon as nothing reads them any more. Raises
    ProgramError for an unknown back end, a wrong shape, codes out of range, and numbers that are not finite.
    """
    if backend not in _BACKENDS:
        raise ProgramError(f"backend = {backend!r} is not allowed; use {', '.join(map(repr, _BACKENDS))}")
    wanted = program.values[program.input]
    if inputs.dim() != len(wanted.shape) + 1 or tuple(inputs.shape[1:]) != wanted.shape:
        shape = ", ".join(map(str, wanted.shape))
        raise ProgramError(f"{program.name} takes inputs of shape (B, {shape}), not {tuple(inputs.shape)}")
    codes = quantize(inputs, wanted) if inputs.is_floating_point() else inputs
    if codes.numel() and (int(codes.min()) < wanted.low or int(codes.max()) > wanted.high):
        raise ProgramError(
            f"{program.name} takes codes {wanted.low}..{wanted.high}, not {int(codes.min())}..{int(codes.max())}"
        )
    execute = import_module(_BACKENDS[backend]).execute
    values, measured = execute(program, codes, keep, config) if backend == "rtl" else (execute(program, codes, keep), {})
    return Run(program, values if keep else {name: values[name] for name in program.outputs}, measured)


def quantize(x: Tensor, value: Value) -> Tensor:
    """Codes, int64, of real numbers as pysim quantises them: round half to even, in float32."""
    if not bool(torch.isfinite(x).all()):
        raise ProgramError("the inputs hold NaN or infinity; finite numbers are needed")
    codes = torch.round(x.float() / torch.tensor(value.scale, dtype=torch.float32)) + value.zero_point
    return codes.clamp(value.low, value.high).long()
