"""Compiled units: a design's library, opened, with a unit in it whose elements have their multiplier."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

from cocotb_tests import shared_library
from multipliers import Rtl

from .._compiled_unit import compiled_unit
from ._design import Design


class CompiledUnit:
    """A unit of a design in its compiled Verilog, ready for calls by ctypes.

    With `gates`, or where operands have more than 16 bits together, each element simulates its multiplier's gates; else the
    multiplier's Verilog is evaluated for all operand pairs, and elements look the products up. `harness` names files of C++,
    which say in `port_bytes` how many bytes each of `ports` ports has. `seed` draws what registers hold before they are
    written.
    """

    def __init__(self, design: Design, harness: Sequence[str], ports: int, *, seed: int, gates: bool) -> None:
        looked_up = design.can_be_looked_up and not gates
        names = ["products.h", *harness] if looked_up else harness
        rtl = design.looked_up if looked_up else design.rtl
        library, self.unit = compiled_unit(self, rtl, "\n".join(map(_text, names)), seed)
        self.library: Any = library
        widths = (ctypes.c_int64 * ports)()
        library.port_bytes(self.unit, widths)
        self.port_bytes = list(widths)
        if looked_up:
            table = all_products(design.multiplier, design.parameters["A_WIDTH"], design.parameters["B_WIDTH"])
            library.products_write(self.unit, ctypes.c_int64(len(table)), table.ctypes.data_as(ctypes.POINTER(ctypes.c_int64)))


@lru_cache(maxsize=16)
def all_products(multiplier: Rtl, a_bits: int, b_bits: int) -> np.ndarray:
    """The bits of all products of a multiplier's Verilog, int64, that of the patterns a and b at `b << a_bits | a`."""
    library = ctypes.CDLL(str(shared_library(multiplier, _text("multiplier_harness.cpp"))))
    table = np.zeros(1 << (a_bits + b_bits), dtype=np.int64)
    pointer = table.ctypes.data_as(ctypes.POINTER(ctypes.c_int64))
    library.all_products(ctypes.c_int32(a_bits), ctypes.c_int32(b_bits), pointer)
    return table


def _text(name: str) -> str:
    return (files("accelerator.array") / name).read_text()
