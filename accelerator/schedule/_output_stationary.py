"""The same products on an output-stationary array of the same size, to compare."""

from __future__ import annotations

import math

from ..cycles import output_stationary_cycles, tile_cycles
from ..program import Product, Program, Recurrent
from ._schedule import positions, product_tiles
from ._size import ArraySize


def product_folds(program: Program, operation: Product | Recurrent, size: ArraySize) -> list[int]:
    """Steps of each fold of a product of one input, of a recurrent layer those of one step: positions go down the rows,
    outputs across the columns, and inner weights stream. Groups do not share a fold."""
    outputs, *inner = operation.matrix.weight.shape
    groups = operation.window.groups if isinstance(operation, Product) else 1
    folds = groups * -(-positions(program, operation) // size.rows) * -(-(outputs // groups) // size.cols)
    return [math.prod(inner)] * folds


def dataflow_cycles(program: Program, size: ArraySize) -> dict[str, tuple[int, int]]:
    """Cycles from the first operands to the last sums of each product, weight stationary and output stationary, of one input;
    of a recurrent layer those of one step."""
    found = {}
    for operation in program.operations:
        if isinstance(operation, Product | Recurrent):
            lengths = [tile.length for tile in product_tiles(program, operation, size)]
            resting = tile_cycles(lengths, size.rows, size.cols)
            steps = product_folds(program, operation, size)
            found[operation.name] = resting, output_stationary_cycles(steps, size.rows, size.cols)
    return found
