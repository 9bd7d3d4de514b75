"""docs/array.md: its example runs, and its timing is the model's."""

import re
from pathlib import Path

import numpy as np

from accelerator.array import ArrayConfig, cycles, tiles_of
from accelerator.array._simulate import rows_of, vectors_of
from accelerator.array._unit import MatrixUnit

PAGE = (Path(__file__).parents[2] / "docs" / "array.md").read_text()


def test_examples_run():
    names: dict = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        exec(compile(block, "array.md", "exec"), names)


def test_timing_is_the_models():
    """Every column of the table, cycle by cycle."""
    config = ArrayConfig(2, 2, "exact8us")
    tiles = tiles_of(config, np.array([[5, 6, 7, 8], [1, 1, 1, 1], [2, 0, 2, 0]]), np.arange(1, 9).reshape(4, 2))
    unit, rows, vectors = MatrixUnit(config), rows_of(tiles), vectors_of(tiles)
    row, vector = next(rows), next(vectors)
    table = re.findall(r"^ +(\d+) +\|(.*)\|(.*)\|(.*)\|(.*)$", PAGE, re.MULTILINE)
    for cycle, line in enumerate(table):
        e = unit.elements
        products = [f"{a}*{w}" for a, w, valid in zip(e.a.flat, e.weight.flat, e.valid.flat, strict=True) if valid]
        out = unit.step(row, vector)
        said = [str(cycle), "", "", " ".join(products), ""]
        if row is not None and out.row_ready:
            said[1], row = " ".join(map(str, row.weights)), next(rows, None)
        if vector is not None and out.vector_ready:
            said[2] = " ".join(map(str, vector.activations)) + f" @{vector.address}" + ", swap" * vector.swap
            vector = next(vectors, None)
        if out.sums is not None:
            said[4] = " ".join(map(str, out.sums))
        assert [" ".join(column.split()) for column in line] == said
    assert len(table) == 12 == cycles(config, [3, 3])
