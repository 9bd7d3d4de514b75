"""A clocked module whose gates are mutated, and the recordings that mutants meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from accelerator.array._ports import Port
from multipliers import Rtl

from ._errors import FormalError

Columns = Mapping[str, Sequence[int]]
Expected = Mapping[str, Sequence[tuple[int, int]]]


@dataclass(frozen=True)
class Module:
    """A top module without parameters, with its `ports`; `counts` says when an output counts, as an expression of its ports,
    and `fed` what an input is given, if not everything is allowed there.

    Registers and gates are mutated, those that only say what counts are not.
    """

    rtl: Rtl
    ports: tuple[Port, ...]
    counts: Mapping[str, str]
    fed: Mapping[str, str] = field(default_factory=dict)

    @property
    def observed(self) -> str:
        """A module `mutants` around the module, whose outputs are zero where they do not count."""
        inner = {port.name: f"raw_{port.name}" if port.name in self.counts else port.name for port in self.ports}
        masked = [port for port in self.ports if port.name in self.counts]
        raw = [f"  wire [{port.width - 1}:0] {inner[port.name]};" for port in masked]
        masks = [f"  assign {port.name} = raw_{port.name} & {{{port.width}{{{self.counts[port.name]}}}}};" for port in masked]
        declared = ",\n".join(f"    {port}" for port in self.ports)
        connected = ", ".join(f".{name}({wire})" for name, wire in (inner | dict(self.fed)).items())
        body = "\n".join([*raw, f"  {self.rtl.top} u_dut ({connected});", *masks])
        return f"module mutants (\n{declared}\n);\n{body}\nendmodule\n"


@dataclass(frozen=True)
class Recording:
    """Bits of each input in each cycle, and of each output with the mask of those that count.

    Raises FormalError where none counts in any cycle: nothing would be compared.
    """

    name: str
    inputs: Columns
    expected: Expected

    def __post_init__(self) -> None:
        if not any(mask for column in self.expected.values() for _, mask in column):
            raise FormalError(f"recording {self.name}: no bit of any output counts in any cycle, so that nothing is compared")

    @property
    def cycles(self) -> int:
        """How many."""
        return len(next(iter(self.inputs.values())))
