"""What training does differently, as one object: the gradient, the ranges, the forward pass and its noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from .._errors import PysimError
from ._ranges import Name as Ranges
from .gradients import GRADIENTS
from .gradients import Name as Gradient

Forward = Literal["simulation", "error-model", "quantized"]


@dataclass(frozen=True)
class Training:
    """How a converted model is trained.

    `gradient` goes through approximate products: "straight-through", "difference", "estimate" or "approximate".
    `ranges` of activations are "frozen" as calibrated, "running" with the data, or "learned".
    `forward` is the "simulation" that also evaluates, an "error-model" of it in float, or "quantized", the exact product of the
    codes in float. The latter two serve in training mode only, and have the gradient of what they compute.
    `noise` adds normal numbers to each product's result in training mode, of that share of the result's root mean square.
    `truncate` cuts the gradient between every so many steps of a recurrent layer.
    Raises PysimError for what is not allowed.
    """

    gradient: Gradient = "straight-through"
    ranges: Ranges = "frozen"
    forward: Forward = "simulation"
    noise: float = 0.0
    truncate: int | None = None

    def __post_init__(self) -> None:
        allowed = {"gradient": tuple(GRADIENTS), "ranges": get_args(Ranges), "forward": get_args(Forward)}
        for field, names in allowed.items():
            if getattr(self, field) not in names:
                raise PysimError(f"{field} = {getattr(self, field)!r} is not allowed; use {', '.join(map(repr, names))}")
        if not (math.isfinite(self.noise) and self.noise >= 0):
            raise PysimError(f"noise = {self.noise!r} is not allowed; use 0 or more, as 0.02 for 2% of a result's size")
        if self.truncate is not None and (isinstance(self.truncate, bool) or self.truncate < 1):
            raise PysimError(f"truncate = {self.truncate!r} is not allowed; use 1 or more steps, or None")

    @property
    def needs_batches(self) -> bool:
        """Whether operands have to be recorded before training."""
        return GRADIENTS[self.gradient].statistics or self.forward == "error-model"
