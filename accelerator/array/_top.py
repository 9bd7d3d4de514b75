"""The accelerator behind AXI: rtl/top/accelerator_top.v for a configuration."""

from __future__ import annotations

import re
from dataclasses import dataclass

from multipliers import Rtl

from ._errors import ArrayError
from ._ports import FOLDER, TOP_FOLDER
from ._product_unit import UnitConfig
from ._rtl import fixed

ADDRESS_BITS = 20
"""Of AXI4-Lite."""


@dataclass(frozen=True)
class TopConfig:
    """An accelerator: its product unit, how many results can wait for their receiver (`fifos`, 1 to 65536; by default as many
    as a result in every cycle needs), and whether sums can be sent beside codes. Raises ArrayError.

    >>> from accelerator.array import ArrayConfig
    >>> TopConfig(UnitConfig(ArrayConfig(4, 4, "drum8us_k4"), code_bits=8)).parameters["FIFOS"]
    16
    """

    unit: UnitConfig
    fifos: int = 0
    raw_sums: bool = True

    def __post_init__(self) -> None:
        if isinstance(self.fifos, bool) or not isinstance(self.fifos, int) or not 0 <= self.fifos <= 65536:
            raise ArrayError(f"fifos = {self.fifos!r} is not allowed; use 1 to 65536, or 0 for the default")
        if self.unit.parameters["BLOCK"] + self.unit.parameters["COLUMN"] > 16:
            raise ArrayError(f"blocks = {self.unit.blocks} of {self.unit.array.cols} columns have no room in 65,536 channels")

    @property
    def parameters(self) -> dict[str, int]:
        """The parameters of `accelerator_top`."""
        unit, array = self.unit.parameters, self.unit.array
        widths = {"A_LANE": array.multiplier.a.width, "B_LANE": array.multiplier.b.width, "CODE_LANE": self.unit.code_bits}
        lanes = {name: -(-width // 8) * 8 for name, width in widths.items()}
        own = {"FIFOS": self.fifos or array.rows + array.cols + 8, "RAW_SUMS": int(self.raw_sums)}
        return unit | own | lanes | {"AXI_ADDRESS": ADDRESS_BITS}


def top_rtl(config: TopConfig) -> Rtl:
    """`accelerator_top` for a configuration: a top module without parameters, all that it needs, and the multiplier in it.

    Raises ArrayError where the multiplier has no Verilog, or has modules named like the accelerator's.
    """
    array = config.unit.array
    name = re.sub(r"\W", "_", array.multiplier.label)
    top = f"goldaxe_accelerator_{name}_{array.rows}x{array.cols}"
    return fixed(array, "accelerator_top", config.parameters, top, (FOLDER, TOP_FOLDER))
