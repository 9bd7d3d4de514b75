"""The weight-stationary array: what it is, what it is fed, and what comes out after how many cycles.

>>> import numpy as np
>>> from accelerator.array import ArrayConfig, compute, matrix_of, tiles_of
>>> config = ArrayConfig(2, 2, "exact8us")
>>> run = compute(config, tiles_of(config, np.array([[5, 6]]), np.array([[1, 2], [3, 4]])))
>>> matrix_of(config, run, 1, 2).tolist(), run.cycles
([[23, 34]], 7)
"""

from ._compiled import CompiledArray, run_tiles
from ._config import ArrayConfig
from ._errors import ArrayError
from ._product_unit import UnitConfig
from ._rtl import array_rtl, unit_rtl, write_rtl
from ._simulate import compute, cycles, simulate
from ._tile import Run, Tile
from ._tiling import matrix_of, tiles_of
from .requantize import requantize

__all__ = [
    "ArrayConfig",
    "ArrayError",
    "CompiledArray",
    "Run",
    "Tile",
    "UnitConfig",
    "array_rtl",
    "compute",
    "cycles",
    "matrix_of",
    "requantize",
    "run_tiles",
    "simulate",
    "tiles_of",
    "unit_rtl",
    "write_rtl",
]
