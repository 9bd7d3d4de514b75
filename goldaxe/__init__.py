"""goldaxe: neural networks co-simulated with approximate multipliers that exist as Verilog and as bit-exact models.

The packages below do the work and can be imported by themselves; this one gathers what most programs need.

>>> from goldaxe import approximate_, evaluate, get, measure
>>> measure(get("drum8_k4")).wce
7425
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multipliers import Multiplier, families, get, measure
    from pysim import Quantization, approximate_, calibrate_, foreign_state, unconvert_

    from ._evaluate import Evaluation, evaluate

__all__ = [
    "Evaluation",
    "Multiplier",
    "Quantization",
    "approximate_",
    "calibrate_",
    "evaluate",
    "families",
    "foreign_state",
    "get",
    "measure",
    "unconvert_",
]

_HOME = {
    "multipliers": ("Multiplier", "families", "get", "measure"),
    "pysim": ("Quantization", "approximate_", "calibrate_", "foreign_state", "unconvert_"),
    "goldaxe._evaluate": ("Evaluation", "evaluate"),
}


def __getattr__(name: str) -> Any:
    """Import a name's package when it is first used: torch takes seconds, and checking RTL needs none of it."""
    for module, names in _HOME.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module 'goldaxe' has no attribute {name!r}")
