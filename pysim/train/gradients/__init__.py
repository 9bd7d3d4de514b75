"""Gradients through approximate products, by name."""

from __future__ import annotations

from typing import Literal

from .approximate_backward import ApproximateBackward
from .difference import Difference
from .estimate import Estimate
from .straight_through import StraightThrough

Name = Literal["straight-through", "difference", "estimate", "approximate"]

GRADIENTS: dict[str, type[StraightThrough]] = {
    "straight-through": StraightThrough,
    "difference": Difference,
    "estimate": Estimate,
    "approximate": ApproximateBackward,
}
"""A name and the rule that it stands for."""

__all__ = ["GRADIENTS", "ApproximateBackward", "Difference", "Estimate", "Name", "StraightThrough"]
