"""A promise that spares a converted model the look at its weights at every call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from ._contents import unchanging
from ._errors import PysimError
from ._layers_of import converted


@contextmanager
def frozen(model: nn.Module) -> Iterator[None]:
    """Inside, the caller promises, for all threads, to change no weight, bias or range of `model`'s converted layers.

    Calls then skip the check for changes, which reads all weights, after the first. What is changed inside all the same
    may or may not be noticed before the context ends; then it is. Raises PysimError for a model that is not converted.
    """
    layers = converted(model)
    if not layers:
        raise PysimError("the model has no converted layer; call approximate_ first")
    with unchanging([parameter for layer in layers for parameter in layer.parameters(recurse=False)], everywhere=True):
        yield
