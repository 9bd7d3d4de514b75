"""Mutants of a clocked module: does a recording of inputs and expected outputs find every fault of its gates?

Yosys maps the module to gates and registers, and breaks one pin at a time (stuck at 0, stuck at 1, inverted), all mutants in
one netlist with an input that selects one. What no recording kills is proved equivalent by ABC, or is named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ._errors import FormalError
from ._gates import gates
from ._killing import Simulator
from ._module import Module, Recording
from ._mutants import MODES
from ._sequential import EQUAL, compare

_BATCH = 250
"""Mutants in one netlist: each makes it larger for all."""


@dataclass(frozen=True)
class Faulty:
    """A mutant: what was changed, the first recording that finds it and in which cycle, and, if none does, what ABC says."""

    what: str
    source: str
    killed_by: Mapping[str, int]
    proved: str = ""


@dataclass(frozen=True)
class Score:
    """What became of the mutants of a module, of which `possible` could be made."""

    module: str
    possible: int
    mutants: tuple[Faulty, ...]

    @property
    def killed(self) -> int:
        """Mutants that some recording finds."""
        return sum(bool(mutant.killed_by) for mutant in self.mutants)

    @property
    def equivalent(self) -> int:
        """Survivors that ABC proves equal in every observable output, for all sequences of inputs."""
        return sum(mutant.proved == EQUAL for mutant in self.mutants)

    @property
    def survivors(self) -> tuple[Faulty, ...]:
        """What nothing kills and nothing proves."""
        return tuple(mutant for mutant in self.mutants if not mutant.killed_by and mutant.proved != EQUAL)


def score(
    module: Module,
    recordings: Sequence[Recording],
    *,
    number: int = 500,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Score:
    """Make `number` mutants, or all if there are not so many, and run the recordings on each until one finds it.

    Raises FormalError, also where there is nothing to mutate or to run, and SimulatorError where the netlist does not compile.
    """
    if number < 1:
        raise FormalError(f"number = {number} is not allowed; 1 or more mutants can be made")
    if not recordings:
        raise FormalError(f"{module.rtl.top}: there is no recording for mutants to meet")
    netlist = gates(module)
    if not netlist.sites:
        raise FormalError(f"{module.rtl.top}: its netlist has no gate or register, so that there is nothing to mutate")
    order = np.random.default_rng(seed).permutation(len(netlist.sites))
    sites = [netlist.sites[index] for index in order[:number]]
    found: list[dict[str, int]] = []
    for low in range(0, len(sites), _BATCH):
        simulator = Simulator(module, netlist.mutated(sites[low : low + _BATCH]))
        for recording in recordings:
            if (cycle := simulator.first_difference(recording, 0)) >= 0:
                raise FormalError(f"{module.rtl.top}: without a mutation it differs from {recording.name} in cycle {cycle}")
        for mutant in range(1, len(sites[low : low + _BATCH]) + 1):
            found.append(simulator.killed_by(recordings, mutant))
            progress(len(found), len(sites))
    sound = netlist.circuit()
    mutants = [
        Faulty(
            f"{cell}.{pin} {MODES[mode]}",
            netlist.sources[cell],
            killed,
            "" if killed else compare(sound, netlist.circuit((cell, pin, mode))),
        )
        for (cell, pin, mode), killed in zip(sites, found, strict=True)
    ]
    return Score(module.rtl.top, len(netlist.sites), tuple(mutants))
