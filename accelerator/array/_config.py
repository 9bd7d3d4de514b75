"""What an array is: its size, its multiplier, its accumulators."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from multipliers import Multiplier, MultiplierError, get, to_bits
from pysim import Accumulator

from ._errors import ArrayError

DATAFLOWS = ("weight_stationary", "output_stationary")
_DIMENSIONS = {"rows": 256, "cols": 256, "depth": 65536}
_PRODUCT_BITS = range(4, 41)


@dataclass(frozen=True)
class ArrayConfig:
    """An array of `rows` x `cols` processing elements, 1 to 256 each, with one multiplier in each element.

    `multiplier` is a label or a Multiplier, whose ports say how wide activations, weights and products are. `accumulator` is
    that of every sum; `depth`, 1 to 65536, is how many sums of a column can wait for their next tile, which none does where
    `dataflow` is "output_stationary". Raises ArrayError.

    >>> ArrayConfig(4, 4, "drum8us_k4").latency
    8
    """

    rows: int
    cols: int
    multiplier: Multiplier
    accumulator: Accumulator = field(default_factory=Accumulator)
    depth: int = 64
    dataflow: str = "weight_stationary"

    def __init__(
        self,
        rows: int,
        cols: int,
        multiplier: Multiplier | str,
        accumulator: Accumulator | None = None,
        depth: int = 64,
        dataflow: str = "weight_stationary",
    ) -> None:
        for name, value in (("rows", rows), ("cols", cols), ("depth", depth)):
            if isinstance(value, bool) or not isinstance(value, int) or value not in range(1, _DIMENSIONS[name] + 1):
                raise ArrayError(f"{name} = {value!r} is not allowed; use 1 to {_DIMENSIONS[name]}")
        if dataflow not in DATAFLOWS:
            raise ArrayError(f"dataflow = {dataflow!r} is not allowed; use {' or '.join(map(repr, DATAFLOWS))}")
        if accumulator is None:
            accumulator = Accumulator()
        if not isinstance(accumulator, Accumulator):
            raise ArrayError(f"accumulator = {accumulator!r} is not allowed; use a pysim.Accumulator")
        chosen = _multiplier(multiplier)
        fields: dict[str, object] = {"rows": rows, "cols": cols, "multiplier": chosen, "accumulator": accumulator}
        for name, content in (fields | {"depth": depth, "dataflow": dataflow}).items():
            object.__setattr__(self, name, content)

    @property
    def latency(self) -> int:
        """Cycles from the one that takes a vector to the one that gives its sums; output stationary, from a tile's last step to
        its last row of sums."""
        return self.rows + self.cols + (self.rows - 1 if self.dataflow == "output_stationary" else 0)

    @property
    def parameters(self) -> dict[str, int]:
        """The parameters of `matrix_unit`, rtl/array/matrix_unit.v, or of `os_unit`."""
        size = {"ROWS": self.rows, "COLS": self.cols}
        if self.dataflow == "output_stationary":
            return size | self.element_parameters | {"ROW": max(1, (self.rows - 1).bit_length())}
        return size | self.element_parameters | {"DEPTH": self.depth, "ADDRESS": self.address_bits}

    @property
    def element_parameters(self) -> dict[str, int]:
        """The parameters of `mac_pe`, rtl/array/mac_pe.v."""
        a, b, p = self.multiplier.a, self.multiplier.b, self.multiplier.p
        widths = {"A_WIDTH": a.width, "B_WIDTH": b.width, "P_WIDTH": p.width, "P_SIGNED": int(p.signed)}
        return widths | {"ACC_WIDTH": self.accumulator.bits, "SATURATE": int(self.accumulator.overflow == "saturate")}

    @property
    def address_bits(self) -> int:
        """Bits of an accumulator bank's address."""
        return max(1, (self.depth - 1).bit_length())

    def products(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """int64 products of activations and weights that fit the multiplier's ports, broadcast."""
        multiplier = self.multiplier
        if multiplier.tabulated:
            return multiplier.table[to_bits(a, multiplier.a), to_bits(b, multiplier.b)].astype(np.int64)
        return multiplier(a, b)

    def add(self, sums: np.ndarray, products: np.ndarray) -> np.ndarray:
        """int64 sums of the accumulator with one more product each: clamped, or wrapped around."""
        low, high = self.accumulator.low, self.accumulator.high
        exact = sums + products
        if self.accumulator.overflow == "saturate":
            return np.clip(exact, low, high)
        return ((exact - low) & (high - low)) + low


def _multiplier(asked: Multiplier | str) -> Multiplier:
    try:
        chosen = get(asked) if isinstance(asked, str) else asked
    except MultiplierError as error:
        raise ArrayError(str(error)) from error
    if not isinstance(chosen, Multiplier):
        raise ArrayError(f"multiplier = {asked!r} is not allowed; use a label such as 'drum8us_k4', or a Multiplier")
    if chosen.p.width not in _PRODUCT_BITS:
        allowed = f"{_PRODUCT_BITS[0]} to {_PRODUCT_BITS[-1]}"
        raise ArrayError(f"multiplier {chosen.label} has products of {chosen.p.width} bits; the array takes {allowed}")
    return chosen
