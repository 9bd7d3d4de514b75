"""Layers on approximate multipliers, each a mixin over the torch layer that it replaces in place."""

from torch import nn

from ._base import ApproximateLayer, Former, original_of, swap_, unswap_
from ._conv import ApproximateConv
from ._geometry import Geometry
from ._linear import ApproximateLinear
from ._recurrent import ApproximateRecurrent

CONVERTIBLE: dict[type[nn.Module], type[ApproximateConv] | type[ApproximateLinear] | type[ApproximateRecurrent]] = {
    nn.Conv1d: ApproximateConv,
    nn.Conv2d: ApproximateConv,
    nn.Conv3d: ApproximateConv,
    nn.Linear: ApproximateLinear,
    nn.RNN: ApproximateRecurrent,
    nn.GRU: ApproximateRecurrent,
    nn.LSTM: ApproximateRecurrent,
}
"""Torch layers, and with them their subclasses, and what they become."""

__all__ = [
    "CONVERTIBLE",
    "ApproximateConv",
    "ApproximateLayer",
    "ApproximateLinear",
    "ApproximateRecurrent",
    "Former",
    "Geometry",
    "original_of",
    "swap_",
    "unswap_",
]
