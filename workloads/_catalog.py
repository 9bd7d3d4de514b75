"""The workloads there are, by name."""

from __future__ import annotations

import difflib

from ._dscnn import DSCNN, SmallDSCNN
from ._recurrent import RowGRU, RowLSTM
from ._workload import Workload

_WORKLOADS = (
    Workload("mnist-dscnn", "depthwise-separable CNN, 9,034 parameters, on MNIST digits", DSCNN, (1, 28, 28)),
    Workload("mnist-dscnn-small", "the same with 610 parameters, too few for the task", SmallDSCNN, (1, 28, 28)),
    Workload("mnist-gru", "GRU of 64 units, 18,698 parameters, on MNIST digits row by row", RowGRU, (28, 28)),
    Workload("mnist-lstm", "LSTM of 64 units, 24,714 parameters, on MNIST digits row by row", RowLSTM, (28, 28)),
)


def names() -> list[str]:
    """The names of all workloads."""
    return [workload.name for workload in _WORKLOADS]


def load(name: str) -> Workload:
    """The workload of that name; raises ValueError with suggestions for an unknown one."""
    for workload in _WORKLOADS:
        if workload.name == name:
            return workload
    close = difflib.get_close_matches(name, names(), n=3, cutoff=0.5)
    hint = f"did you mean {', '.join(close)}?" if close else f"known are {', '.join(names())}"
    raise ValueError(f"unknown workload {name!r}; {hint}")
