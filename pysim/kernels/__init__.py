"""Back ends of the integer core: `table` computes, `reference` is the plain loop that it equals exactly."""

from .reference import conv_reference, linear_reference
from .table import TableProduct

__all__ = ["TableProduct", "conv_reference", "linear_reference"]
