"""Units of 256 rows or columns, the most there can be, in lockstep with their models: counts, delays, tags of all lengths."""

import numpy as np
import os_recordings
import pytest
import recordings
from test_array_rtl import check

from accelerator.array import ArrayConfig, array_rtl
from pysim import Accumulator

FLOWS = ["weight_stationary", "output_stationary"]


def in_lockstep(rows: int, cols: int, dataflow: str) -> None:
    """Operands of two bits keep 256 elements small. Some tiles of the recording pass whole, between resets."""
    config = ArrayConfig(rows, cols, "exact2us", Accumulator(12), depth=200, dataflow=dataflow)
    record = recordings.unit if dataflow == "weight_stationary" else os_recordings.unit
    episodes, tiles = (4, 4) if rows > cols else (8, 24)
    recording = record(config, np.random.default_rng(3), episodes, tiles)
    assert sum(valid & mask for valid, mask in recording.expected["sums_valid_o"]) > 10
    check(array_rtl(config), recording)


@pytest.mark.parametrize("dataflow", FLOWS)
def test_the_most_rows(dataflow: str) -> None:
    """A count of rows of 8 bits would take a full tile for an empty one."""
    in_lockstep(256, 1, dataflow)


@pytest.mark.parametrize("dataflow", FLOWS)
def test_the_most_columns(dataflow: str) -> None:
    """The last column's sums come 255 cycles after the first's."""
    in_lockstep(1, 256, dataflow)
