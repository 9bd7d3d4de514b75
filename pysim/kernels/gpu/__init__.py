"""GPU kernels in Triton: sums of approximate products over codes, exact in accumulators that wrap around or saturate.

They have been run in Triton's interpreter only, and compiled for compute capability 9.0; no GPU has run them yet. Layers on a
GPU come here by way of `choice` and `products`.
Importing this package does not import triton, calling a kernel does. CPU tensors need `TRITON_INTERPRET=1`, see `available`.

>>> from pysim.kernels.gpu import Geometry
>>> Geometry(kernel=(3, 3), stride=(2, 2), padding=((1, 1), (1, 1))).output(28, 28)
(14, 14)
"""

from ._device import available
from .geometry import Geometry
from .low_rank import conv_low_rank, expand_right, linear_low_rank
from .table import conv_table, depthwise_table, linear_table

__all__ = [
    "Geometry",
    "available",
    "conv_low_rank",
    "conv_table",
    "depthwise_table",
    "expand_right",
    "linear_low_rank",
    "linear_table",
]
