"""Verilog checked against golden models: cocotb on Verilator, with a stamp of every result.

>>> from cocotb_tests import verify
>>> print(verify(get("drum8_k4")))  # doctest: +SKIP
drum8_k4: RTL equals model on 65,536 pairs (exhaustive, 0.9 s)

The modules whose names end in `_bench` run inside the simulator.
"""

from ._lockstep import Difference, Lockstep, lockstep
from ._process import SimulatorError, ToolchainError
from ._report import Mismatch, Verification
from ._shared_library import shared_library
from ._stamp import Stamp, stamp_of
from ._verify import verify, verify_many

__all__ = [
    "Difference",
    "Lockstep",
    "Mismatch",
    "SimulatorError",
    "Stamp",
    "ToolchainError",
    "Verification",
    "lockstep",
    "shared_library",
    "stamp_of",
    "verify",
    "verify_many",
]
