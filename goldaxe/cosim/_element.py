"""The first processing element that is not as the model has it, from a waveform and the model's registers."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from accelerator.array import UnitConfig
from accelerator.array._record_unit import Recorded
from multipliers import Operand, from_bits

from ._vcd import Waveform

_ELEMENT = re.compile(r"g_row\W*(\d+)\W*\.g_col\W*(\d+)\W*\.u_pe\.(valid_q|a_q|weight_q|sum_q)$")
_REGISTERS = {"valid_q": "valid bit", "a_q": "activation", "weight_q": "weight", "sum_q": "sum"}


@dataclass(frozen=True)
class Element:
    """An element's register that is `actual` where `expected` is right, at the beginning of `cycle`, and what it multiplied in
    the cycle before: activation and weight of the model, and the sum from above."""

    row: int
    col: int
    cycle: int
    register: str
    expected: int
    actual: int
    a: int
    weight: int
    above: int


def first_wrong_element(config: UnitConfig, recorded: Recorded, waveform: Waveform, cycles: int) -> Element | None:
    """The earliest of the first `cycles` cycles in which an element's register is wrong that counts; None if none is."""
    array = config.array
    operands = {"a_q": array.multiplier.a, "weight_q": array.multiplier.b}
    operands |= {"sum_q": Operand(array.accumulator.bits, True), "valid_q": Operand(1, False)}
    found = {match[0]: match for match in map(_ELEMENT.search, waveform.names) if match}
    paths = {name: match for name in waveform.names if (match := _ELEMENT.search(name))}
    assert found, "the waveform has no elements"
    seen = {key: np.zeros((cycles, array.rows, array.cols), dtype=np.int64) for key in _REGISTERS}
    for name, bits in waveform.values(paths, cycles).items():
        row, col, register = int(paths[name][1]), int(paths[name][2]), paths[name][3]
        seen[register][:, row, col] = from_bits(np.array(bits, dtype=np.int64), operands[register])
    model = {
        key: np.stack([getattr(state, key.removesuffix("_q")) for state in recorded.states[:cycles]]).astype(np.int64)
        for key in _REGISTERS
    }
    valid = model["valid_q"].astype(bool)
    counts = {"valid_q": np.ones_like(valid), "a_q": valid, "weight_q": valid}
    counts["sum_q"] = np.concatenate([np.zeros_like(valid[:1]), valid[:-1]])
    wrong = {key: (seen[key] != model[key]) & counts[key] for key in _REGISTERS}
    for cycle in range(recorded.begin, cycles):
        for register, text in _REGISTERS.items():
            if wrong[register][cycle].any():
                row, col = (int(i) for i in np.argwhere(wrong[register][cycle])[0])
                before = max(cycle - (register == "sum_q"), 0)
                above = int(model["sum_q"][before, row - 1, col]) if row else 0
                return Element(
                    row, col, cycle, text, int(model[register][cycle, row, col]), int(seen[register][cycle, row, col]),
                    int(model["a_q"][before, row, col]), int(model["weight_q"][before, row, col]), above,
                )  # fmt: skip
    return None
