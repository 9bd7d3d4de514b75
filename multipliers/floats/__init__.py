"""Floating-point multipliers whose significands an integer multiplier of the library multiplies.

A sibling of the integer multipliers: operands and products are bit patterns of a format. Formats are `bf16`, `fp16`, `e4m3fn`,
`e5m2`, and in general `eXmY` with X exponent and Y mantissa bits.

>>> from multipliers import floats
>>> drum = floats.get("bf16_drum8_k4")
>>> float(drum.products(1.5, 2.7))
4.46875
>>> hex(drum(0x3FC0, 0x402D))
'0x408f'
"""

from ._format import FloatFormat
from ._metrics import FloatMetrics, measure
from ._multiplier import FloatMultiplier, defaults, find, get

__all__ = ["FloatFormat", "FloatMetrics", "FloatMultiplier", "defaults", "find", "get", "measure"]
