"""What a verification found, and how it is said: failing pairs in decimal and in binary, and where the waveform is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from multipliers import Operand

SHOWN = 8
"""Failing pairs that a message prints."""


@dataclass(frozen=True)
class Mismatch:
    """One operand pair, the model's product, and what the RTL gave for it."""

    a: int
    b: int
    expected: int
    got: int


@dataclass(frozen=True)
class Verification:
    """The RTL of one multiplier against its model: `failures` of `vectors` operand pairs differ.

    `vectors` is the number of distinct pairs that the simulation saw. `ports` are those of a, b and the product.
    `mismatches` are the first failing pairs; `waveform` shows the design at them. `error` says why there is no answer,
    where the RTL did not compile or its simulation did not end well. `stamp` is the file that keeps the result.
    """

    label: str
    ports: tuple[Operand, Operand, Operand]
    vectors: int = 0
    failures: int = 0
    mismatches: tuple[Mismatch, ...] = ()
    seconds: float = 0.0
    waveform: Path | None = None
    stamp: Path | None = None
    note: str = ""
    error: str = ""

    @property
    def exhaustive(self) -> bool:
        """Whether as many distinct pairs were simulated as there are; else they were sampled."""
        return self.vectors == self.ports[0].codes * self.ports[1].codes

    @property
    def passed(self) -> bool:
        """Whether RTL and model gave equal products for every vector."""
        return not self.error and self.vectors > 0 and self.failures == 0

    def __str__(self) -> str:
        if self.error:
            return f"{self.label}: not verified: {self.error}"
        extent = "exhaustive" if self.exhaustive else "sampled"
        if self.passed:
            return f"{self.label}: RTL equals model on {self.vectors:,} pairs ({extent}, {self.seconds:.1f} s)"
        lines = [f"{self.label}: RTL differs from model on {self.failures:,} of {self.vectors:,} pairs ({extent})"]
        lines += [self._line(mismatch) for mismatch in self.mismatches[:SHOWN]]
        if self.failures > SHOWN:
            lines.append(f"  and {self.failures - SHOWN:,} more")
        if self.note:
            lines.append(f"  {self.note}")
        if self.waveform is not None:
            lines.append(f"  waveform: {self.waveform}")
        return "\n".join(lines)

    def _line(self, mismatch: Mismatch) -> str:
        a, b, p = self.ports
        values = (
            ("a", mismatch.a, a),
            ("b", mismatch.b, b),
            ("expected", mismatch.expected, p),
            ("got", mismatch.got, p),
        )
        return "  " + ", ".join(f"{name} = {value} ({_binary(value, operand)})" for name, value, operand in values)


def _binary(value: int, operand: Operand) -> str:
    """The bits on the port, two's complement if it is signed."""
    return f"{value & (operand.codes - 1):0{operand.width}b}"
