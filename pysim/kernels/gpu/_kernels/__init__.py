"""The Triton kernels. Imported at first use, since triton decides then whether it compiles or interprets.

All of them number output pixels over batch, rows and columns. The convolutions find a pixel's codes in the NHWC map themselves,
so that no im2col matrix is written; a linear layer is a 1 x 1 convolution of M images of one pixel. Offsets into whole tensors
are 64-bit. Codes are unsigned bytes: they are widened before they index anything, since a pointer takes a byte as signed.
"""

from .dense import dense
from .expand import expand
from .low_rank import low_rank
from .tables import depthwise, table

__all__ = ["dense", "depthwise", "expand", "low_rank", "table"]
