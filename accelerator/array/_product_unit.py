"""The matrix unit with requantisers behind its columns, cycle by cycle: rtl/array/product_unit.v."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..cycles import REQUANTIZE
from ._config import ArrayConfig
from ._errors import ArrayError
from ._lines import DelayLine
from ._unit import MatrixUnit, Outputs, Row, Vector
from .requantize import requantize


@dataclass(frozen=True)
class UnitConfig:
    """A product unit: its array, the bits of its codes (2 to 16), and for how many column blocks it keeps settings (1 to 4096).

    Raises ArrayError.

    >>> UnitConfig(ArrayConfig(4, 4, "drum8us_k4")).latency
    11
    """

    array: ArrayConfig
    code_bits: int = 16
    blocks: int = 1024
    single_rounding: bool = False

    def __post_init__(self) -> None:
        for name, value, allowed in (("code_bits", self.code_bits, (2, 16)), ("blocks", self.blocks, (1, 4096))):
            if isinstance(value, bool) or not isinstance(value, int) or not allowed[0] <= value <= allowed[1]:
                raise ArrayError(f"{name} = {value!r} is not allowed; use {allowed[0]} to {allowed[1]}")

    @property
    def latency(self) -> int:
        """Cycles from the one that takes a vector to the one that gives its codes."""
        return self.array.latency + REQUANTIZE

    @property
    def parameters(self) -> dict[str, int]:
        """The parameters of `product_unit`, rtl/array/product_unit.v."""
        own = {"CODE_WIDTH": self.code_bits, "SINGLE_ROUNDING": int(self.single_rounding), "BLOCKS": self.blocks}
        return self.array.parameters | own | {"BLOCK": self.block_bits, "COLUMN": max(1, (self.array.cols - 1).bit_length())}

    @property
    def block_bits(self) -> int:
        """Bits of a column block's number."""
        return max(1, (self.blocks - 1).bit_length())


@dataclass(frozen=True)
class Setting:
    """What is written to the settings of one column of one block: int32 offset and multiplier, shift 0 to 31."""

    block: int
    column: int
    offset: int
    multiplier: int
    shift: int


class UnitOutputs(NamedTuple):
    """What the unit says in a cycle: its matrix unit's outputs, and codes (cols,) or None."""

    matrix: Outputs
    codes: np.ndarray | None


class ProductUnit:
    """The unit's registers and settings; `step` is a cycle."""

    def __init__(self, config: UnitConfig) -> None:
        self.config = config
        self.matrix = MatrixUnit(config.array)
        self.settings: dict[tuple[int, int], tuple[int, int, int]] = {}
        self.blocks = DelayLine(config.array.latency - 1)
        self.word = [(0, 0, 0)] * config.array.cols
        self.codes = DelayLine(REQUANTIZE, blank=None)

    def reset(self) -> None:
        """A cycle with reset: whatever is under way is dropped. Settings and the banks' words are kept."""
        for part in (self.matrix, self.blocks, self.codes):
            part.reset()

    def step(
        self, row: Row | None, vector: Vector | None, block: int, setting: Setting | None, clamp: tuple[int, int, int]
    ) -> UnitOutputs:
        """One cycle in which a row and a vector of `block` are offered and a setting is written, or None; `clamp`, zero point,
        low and high, is for the sums that leave in this cycle."""
        out = self.matrix.step(row, vector)
        leaving = self.codes.step(None if out.sums is None else (out.sums, self.word, clamp))
        codes = None if leaving is None else self._codes(*leaving)
        number = self.blocks.step(block)
        self.word = [self.settings.get((number, c), (0, 0, 0)) for c in range(self.config.array.cols)]
        if setting is not None:
            place = setting.block, setting.column
            self.settings[place] = setting.offset, setting.multiplier, setting.shift
        return UnitOutputs(out, codes)

    def _codes(self, sums: np.ndarray, word: list[tuple[int, int, int]], clamp: tuple[int, int, int]) -> np.ndarray:
        offset, multiplier, shift = np.array(word, dtype=np.int64).T
        return requantize(sums, offset, multiplier, shift, *np.array(clamp), single_rounding=self.config.single_rounding)
