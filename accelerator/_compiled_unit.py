"""Verilog as an object: compiled at first use, cached by content, alive as long as its owner."""

from __future__ import annotations

import ctypes
import weakref
from importlib.resources import files
from importlib.resources.abc import Traversable

from cocotb_tests import shared_library
from multipliers import Rtl


def compiled_unit(owner: object, rtl: Rtl, harness: Traversable | str, seed: int) -> tuple[ctypes.CDLL, ctypes.c_void_p]:
    """The library of `rtl` with `harness`, C++ that stands behind unit.cpp, and a unit in it that lives until `owner` dies.

    `harness` is a file or its text. `unit_run` gives 64 bits. `seed` draws what registers hold before they are written.
    Raises SimulatorError where the Verilog does not compile, ToolchainError if a program is missing, CacheError.
    """
    own = harness if isinstance(harness, str) else harness.read_text()
    text = (files("accelerator") / "unit.cpp").read_text() + own
    library = ctypes.CDLL(str(shared_library(rtl, text)))
    library.unit_new.restype = ctypes.c_void_p
    library.unit_run.restype = ctypes.c_int64
    unit = ctypes.c_void_p(library.unit_new(ctypes.c_int32(seed % (2**31 - 2) + 1)))
    weakref.finalize(owner, library.unit_delete, unit)
    return library, unit
