"""Back ends of the integer core: compiled plans on CPU kernels, tables in torch, and the plain loops that all equal exactly."""

from .accumulator import Accumulator
from .backends import Product, prepare
from .compiler import compile_plan
from .plan import Plan
from .reference import conv_reference, linear_reference
from .table import TorchProduct
from .wide import WidePlan, WideProduct, compile_wide, prepare_wide
from .window import Window, empty_output

__all__ = [
    "Accumulator",
    "Plan",
    "Product",
    "TorchProduct",
    "WidePlan",
    "WideProduct",
    "Window",
    "compile_plan",
    "compile_wide",
    "conv_reference",
    "empty_output",
    "linear_reference",
    "prepare",
    "prepare_wide",
]
