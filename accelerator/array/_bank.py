"""A column's accumulator bank, cycle by cycle: rtl/array/accumulator_bank.v."""

from __future__ import annotations


class Bank:
    """`depth` words; what is read in one cycle is on the output in the next. None stands for what was never written."""

    def __init__(self, depth: int) -> None:
        self.words: list[int | None] = [None] * depth
        self.read_address = 0
        self.read_zero = False

    def step(self, *, read_zero: bool, read_address: int, write: bool, write_address: int, sum: int | None) -> int | None:
        """One cycle. Returns the output of this cycle: the word that the cycle before asked for, as of now."""
        if write:
            self.words[write_address] = sum
        output = 0 if self.read_zero else self.words[self.read_address]
        self.read_zero, self.read_address = read_zero, read_address
        return output
