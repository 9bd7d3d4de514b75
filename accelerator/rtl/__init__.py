"""Programs on the array's compiled Verilog. `execute` is what `accelerator.run(backend="rtl")` calls."""

from __future__ import annotations

from torch import Tensor

from ..program import Program
from ..schedule import ArraySize
from ._plan import ProductPlan
from ._run import DEFAULT_SIZE, Measured, OnVerilog, check_size
from ._units import Units, unit_config
from ._vector import VectorPart, vector_parts

__all__ = [
    "DEFAULT_SIZE",
    "Measured",
    "OnVerilog",
    "ProductPlan",
    "Units",
    "VectorPart",
    "execute",
    "unit_config",
    "vector_parts",
]


def execute(
    program: Program, codes: Tensor, keep: bool, config: ArraySize | None = None
) -> tuple[dict[str, Tensor], dict[str, Measured]]:
    """Every integer of a run by name, and what each operation took. Raises ProgramError for a `config` that is no ArraySize,
    and what `CompiledProductUnit` raises."""
    machine = OnVerilog(program, check_size(config))
    return machine.run(codes, keep), machine.measured
