"""Delays, cycle by cycle: rtl/array/delay_line.v and skew.v."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any


class DelayLine:
    """Gives each value `cycles` cycles after it came; zeros (`blank`) before that and after a reset."""

    def __init__(self, cycles: int, blank: Any = 0) -> None:
        self.cycles, self.blank = cycles, blank
        self.reset()

    def reset(self) -> None:
        """Clear all stages."""
        self.stages = deque([self.blank] * self.cycles)

    def step(self, value: Any) -> Any:
        """One cycle: what comes in, and what goes out in the same cycle."""
        self.stages.append(value)
        return self.stages.popleft()


class Skew:
    """Lane i is delayed by i cycles, or by lanes - 1 - i if `reverse`."""

    def __init__(self, lanes: int, reverse: bool = False, blank: Any = 0) -> None:
        self.lines = [DelayLine(lanes - 1 - i if reverse else i, blank) for i in range(lanes)]

    def reset(self) -> None:
        """Clear all lanes."""
        for line in self.lines:
            line.reset()

    def step(self, values: Sequence[Any]) -> list[Any]:
        """One cycle: a value for each lane."""
        return [line.step(value) for line, value in zip(self.lines, values, strict=True)]
