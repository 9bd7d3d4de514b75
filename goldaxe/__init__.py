"""goldaxe: neural networks co-simulated with approximate multipliers that exist as Verilog and as bit-exact models.

The packages below do the work and can be imported by themselves; this one gathers what most programs need.

>>> from goldaxe import approximate_, evaluate, get, measure
>>> measure(get("drum8_k4")).wce
4352
"""

from multipliers import Multiplier, families, get, measure
from pysim import Quantization, approximate_, calibrate_

from ._evaluate import Evaluation, evaluate

__all__ = [
    "Evaluation",
    "Multiplier",
    "Quantization",
    "approximate_",
    "calibrate_",
    "evaluate",
    "families",
    "get",
    "measure",
]
