"""Bit-exact golden models of approximate multipliers. Needs NumPy alone.

>>> from multipliers import get
>>> int(get("drum8_k4")(200, 100))
21632
"""

from ._all_pairs import measure_all
from ._bits import Operand, from_bits, to_bits
from ._cache import CacheError, cache_folder, cache_root
from ._errors import MultiplierError, OperandError, ParameterError, SourceChangedWarning, UnknownMultiplierError
from ._family import Family, Parameter, Published
from ._metrics import Metrics, measure
from ._multiplier import Multiplier
from ._registry import defaults, families, family, get, judged, register, with_signs
from ._rtl import Rtl, rtl
from ._vectors import Vectors, exhaustive, sampled

__all__ = [
    "CacheError",
    "Family",
    "Metrics",
    "Multiplier",
    "MultiplierError",
    "Operand",
    "OperandError",
    "Parameter",
    "ParameterError",
    "Published",
    "Rtl",
    "SourceChangedWarning",
    "UnknownMultiplierError",
    "Vectors",
    "cache_folder",
    "cache_root",
    "defaults",
    "exhaustive",
    "families",
    "family",
    "from_bits",
    "get",
    "judged",
    "measure",
    "measure_all",
    "register",
    "rtl",
    "sampled",
    "to_bits",
    "with_signs",
]
