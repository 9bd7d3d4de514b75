"""Real networks on real data, for accuracy that can be looked up: digit classifiers with committed weights.

>>> from workloads import accuracy, load
>>> gru = load("mnist-gru")
>>> accuracy(gru.model(), *gru.test()) == gru.record().accuracy
True
"""

from ._accuracy import accuracy, correct
from ._catalog import load, names
from ._record import Record
from ._workload import Workload

__all__ = ["Record", "Workload", "accuracy", "correct", "load", "names"]
