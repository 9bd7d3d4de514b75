"""Products of more than 256 codes a side: closed forms as int8 planes, the rest one golden product at a time.

A table of 16-bit operands has 2**32 entries, so the 8-bit compiler has nothing to start from. What replaces it is a closed
form that the multiplier's family states (`Multiplier.factors`) and its golden model judges; without one, products are looked
up in a table of at most 2**24 entries or computed by the model, tile by tile, which a warning tells.
"""

from .compiler import compile_wide
from .plan import WidePlan
from .products import WideProduct, prepare_wide

__all__ = ["WidePlan", "WideProduct", "compile_wide", "prepare_wide"]
