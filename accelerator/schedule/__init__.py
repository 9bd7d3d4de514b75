"""What an integer program costs on an array of any size, without running RTL: tiles, cycles, utilisation, bytes moved.

All of it is computed from shapes alone.
"""

from ..cycles import REGISTERS, REQUANTIZE, Dataflow, fold_cycles, folds, product_cycles, tile_cycles
from ._operands import gather, resting, streaming, streams
from ._output_stationary import dataflow_cycles, product_folds
from ._schedule import Cost, Schedule, product_tiles, schedule
from ._size import ArraySize, Memory
from ._tiles import Block, Tile, tiles_of
from ._traffic import Traffic, dram_of_values, spilled

__all__ = [
    "REGISTERS",
    "REQUANTIZE",
    "ArraySize",
    "Block",
    "Cost",
    "Dataflow",
    "Memory",
    "Schedule",
    "Tile",
    "Traffic",
    "dataflow_cycles",
    "dram_of_values",
    "fold_cycles",
    "folds",
    "gather",
    "product_cycles",
    "product_folds",
    "product_tiles",
    "resting",
    "schedule",
    "spilled",
    "streaming",
    "streams",
    "tile_cycles",
    "tiles_of",
]
