"""A clocked module in lockstep with its model: what the model says in each cycle is what the ports have to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from multipliers import Rtl

from ._build import build, read

START_SECONDS = 120.0


@dataclass(frozen=True)
class Difference:
    """An output that is not what the model says: in which cycle, and the bits that count, expected and got."""

    cycle: int
    port: str
    expected: int
    got: int

    def __str__(self) -> str:
        return f"cycle {self.cycle}: {self.port} is {self.got:#x} where the model has {self.expected:#x}"


@dataclass(frozen=True)
class Lockstep:
    """How a run went: `failures` of `cycles` cycles differ; `differences` are the first ports that do. `seconds` of
    processor time went into the cycles, without build and start."""

    cycles: int
    seconds: float
    failures: int
    differences: tuple[Difference, ...]


def lockstep(
    rtl: Rtl,
    inputs: Mapping[str, Sequence[int]],
    expected: Mapping[str, Sequence[tuple[int, int]]],
    *,
    clock: str = "clk_i",
    seed: int = 0,
    waveform: Path | None = None,
) -> Lockstep:
    """Drive a module's `inputs`, bits by port and cycle, and compare its outputs with `expected`, (bits, mask) by port and
    cycle, of which only the mask's bits count.

    `seed` draws what registers hold before they are written. `waveform` is a file for a VCD of all signals, in which a cycle is
    two steps. Raises ValueError for columns of unequal lengths and where no bit of any output counts in any cycle, since that
    compares nothing; SimulatorError if the RTL does not compile or run.
    """
    _check(rtl.top, inputs, expected)
    from ._runner import run_bench  # brings in cocotb

    program = build(read(rtl), [clock, *inputs, *expected], trace=waveform is not None)
    columns = {port: [list(column) for column in zip(*pairs, strict=True)] for port, pairs in expected.items()}
    job = {"clock": clock, "inputs": {port: list(bits) for port, bits in inputs.items()}, "expected": columns}
    seconds = START_SECONDS + 0.01 * max(map(len, inputs.values()))
    answer = run_bench("lockstep_bench", program, job, seed=seed, seconds=seconds, waveform=waveform)
    differences = (
        Difference(cycle, port, expected[port][cycle][0] & expected[port][cycle][1], bits & expected[port][cycle][1])
        for cycle, port, bits in answer["differences"]
    )
    return Lockstep(answer["cycles"], answer["seconds"], answer["failures"], tuple(differences))


def _check(top: str, inputs: Mapping[str, Sequence[int]], expected: Mapping[str, Sequence[tuple[int, int]]]) -> None:
    lengths = {port: len(column) for port, column in [*inputs.items(), *expected.items()]}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{port} {length}" for port, length in lengths.items())
        raise ValueError(f"{top}: as many cycles are needed of each port, not {said}")
    if not any(mask for column in expected.values() for _, mask in column):
        raise ValueError(f"{top}: no bit of any output counts in any cycle, so that nothing would be compared")
