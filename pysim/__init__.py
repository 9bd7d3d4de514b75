"""Neural networks on approximate multipliers: quantise an ordinary torch model and run it through the integer core.

>>> import torch
>>> from pysim import approximate_
>>> model = torch.nn.Sequential(torch.nn.Linear(4, 2))
>>> approximate_(model, "drum8_k4", calibration=[torch.ones(1, 4)]).multiplier.label
'drum8us_k4'
"""

from ._calibrate import calibrate_
from ._convert import Conversion, approximate_, unconvert_
from ._errors import ConversionError, NonFiniteError, PysimError, StateError, UncalibratedError
from ._frozen import frozen
from ._layers_of import converted
from ._quantization import CodeRange, Operands, Quantization, operands
from ._state import foreign_state
from .kernels import Accumulator

__all__ = [
    "Accumulator",
    "CodeRange",
    "Conversion",
    "ConversionError",
    "NonFiniteError",
    "Operands",
    "PysimError",
    "Quantization",
    "StateError",
    "UncalibratedError",
    "approximate_",
    "calibrate_",
    "converted",
    "foreign_state",
    "frozen",
    "operands",
    "unconvert_",
]
