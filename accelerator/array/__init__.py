"""The systolic array, weight or output stationary: what it is, what it is fed, what comes out after how many cycles.

>>> import numpy as np
>>> from accelerator.array import ArrayConfig, compute, matrix_of, tiles_of
>>> config = ArrayConfig(2, 2, "exact8us")
>>> run = compute(config, tiles_of(config, np.array([[5, 6]]), np.array([[1, 2], [3, 4]])))
>>> matrix_of(config, run, 1, 2).tolist(), run.cycles
([[23, 34]], 7)
"""

from ._compiled import CompiledArray, run_tiles
from ._compiled_folds import CompiledOsArray, run_folds
from ._compiled_unit import CompiledProductUnit, Settings, UnitRun
from ._config import ArrayConfig
from ._design import Design
from ._errors import ArrayError
from ._feed import Feed, feed_of
from ._folds import Fold, compute_folds, folds_of, matrix_of_folds
from ._os_unit import simulate_folds
from ._product_unit import UnitConfig
from ._rtl import array_design, array_rtl, unit_design, unit_rtl, write_rtl
from ._simulate import compute, cycles, simulate
from ._tile import Run, Tile
from ._tiling import matrix_of, tiles_of
from ._top import TopConfig, top_rtl
from .requantize import requantize

__all__ = [
    "ArrayConfig",
    "ArrayError",
    "CompiledArray",
    "CompiledOsArray",
    "CompiledProductUnit",
    "Design",
    "Feed",
    "Fold",
    "Run",
    "Settings",
    "Tile",
    "TopConfig",
    "UnitConfig",
    "UnitRun",
    "array_design",
    "array_rtl",
    "compute",
    "compute_folds",
    "cycles",
    "feed_of",
    "folds_of",
    "matrix_of",
    "matrix_of_folds",
    "requantize",
    "run_folds",
    "run_tiles",
    "simulate",
    "simulate_folds",
    "tiles_of",
    "top_rtl",
    "unit_design",
    "unit_rtl",
    "write_rtl",
]
