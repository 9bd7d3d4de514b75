"""Real networks on real data, for accuracy that can be looked up: digit classifiers with committed weights.

>>> from workloads import accuracy, load
>>> gru = load("mnist-gru")
>>> accuracy(gru.model(), *gru.test()) == gru.record().accuracy
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._accuracy import accuracy, correct
    from ._catalog import load, names
    from ._record import Record
    from ._workload import Workload

__all__ = ["Record", "Workload", "accuracy", "correct", "load", "names"]

_HOME = {
    "_accuracy": ("accuracy", "correct"),
    "_catalog": ("load", "names"),
    "_record": ("Record",),
    "_workload": ("Workload",),
}


def __getattr__(name: str) -> Any:
    """Import a name's module when it is first used: `python -m workloads.train` hears of Ctrl-C before torch is loaded."""
    for module, names in _HOME.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module 'workloads' has no attribute {name!r}")
