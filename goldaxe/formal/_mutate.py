"""Does the exhaustive test find every fault? Mutants of a netlist, run on all operand pairs.

A mutant whose products differ from the model's for some pair is killed; one that survives all pairs is equivalent, and the
solver has to say so too. Some mutants are also simulated by the bench that verifies multipliers, which has to count the same
pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from cocotb_tests import verify
from cocotb_tests._process import in_parallel
from multipliers import Multiplier, exhaustive, get, to_bits

from ._aig import Aig, packed
from ._errors import FormalError
from ._mutants import Pool, Site, pool
from ._solver import EQUAL, compare

SECONDS = 120.0
"""Time limit of each run of a tool."""

FEW = (10, 100, 1000)
"""Numbers of random operand pairs that are tried beside all of them."""

_MOST = 4096
_CHUNK = 1 << 16
_JOBS = 2


@dataclass(frozen=True)
class Mutant:
    """One mutant: `what` was changed, on how many operand pairs products differ, and on how many in the bench, if it ran.

    `proved` is whether the solver finds it equal to the netlist; None where products differ, and it was not asked.
    """

    what: str
    differing: int
    proved: bool | None = None
    simulated: int | None = None


@dataclass(frozen=True)
class Mutation:
    """What became of the mutants of one multiplier, of which `possible` could be made.

    `killed_by` are those killed by the first n of one sequence of random pairs, by n.
    """

    label: str
    pairs: int
    possible: int
    seed: int
    mutants: tuple[Mutant, ...]
    killed_by: dict[int, int]

    @property
    def killed(self) -> int:
        """Mutants with a wrong product for at least one operand pair."""
        return sum(mutant.differing > 0 for mutant in self.mutants)

    @property
    def equivalent(self) -> int:
        """Mutants that survive all operand pairs and that the solver proves equal to the netlist."""
        return sum(bool(mutant.proved) for mutant in self.mutants)

    @property
    def agrees(self) -> bool:
        """Whether the solver proves every survivor, and the bench counts the same wrong products wherever it ran."""
        judged = all(mutant.simulated in (None, mutant.differing) for mutant in self.mutants)
        return judged and self.killed + self.equivalent == len(self.mutants)


def mutate(
    multiplier: Multiplier | str,
    *,
    number: int = 255,
    seed: int = 0,
    simulate: int = 3,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Mutation:
    """Make mutants of a multiplier's mapped netlist and try them on all operand pairs.

    `simulate` of them run in the bench as well: the hardest to find, an equivalent one, and others. `progress` hears how many
    of how many are done. Raises FormalError, also for a netlist without gates, SynthesisError, and MultiplierError for a
    multiplier without Verilog or too wide.
    """
    multiplier = get(multiplier) if isinstance(multiplier, str) else multiplier
    if not 1 <= number <= _MOST:
        raise FormalError(f"number = {number} is not allowed; 1 to {_MOST:,} mutants can be made")
    if not 0 <= seed < 1 << 31:
        raise FormalError(f"seed = {seed} is not allowed; use 0 to {(1 << 31) - 1}")
    if not 0 <= simulate <= number:
        raise FormalError(f"simulate = {simulate} is not allowed; use 0 to {number}, the number of mutants")
    pairs = exhaustive(multiplier)
    if not pairs.exhaustive:
        raise FormalError(f"{multiplier.label}: {len(pairs.a):,} operand pairs were to be tried, which are not all")
    bits = to_bits(multiplier(pairs.a, pairs.b), multiplier.p)
    inputs = np.concatenate(
        [packed(to_bits(values, port), port.width) for values, port in ((pairs.a, multiplier.a), (pairs.b, multiplier.b))]
    )
    expected = packed(bits, multiplier.p.width)
    possible = pool(multiplier, SECONDS)
    if not possible.sites:
        raise FormalError(f"{multiplier.label}: its netlist has no gate, so that there is nothing to mutate")
    sites = possible.drawn(number, seed)
    count = len(pairs.a)
    order = np.random.default_rng(seed).integers(0, count, max(FEW))
    results: list[Mutant] = []
    few = dict.fromkeys(FEW, 0)
    for batch in possible.batches(sites, SECONDS):
        netlist = batch.circuit_of(0)
        if _wrong(netlist, inputs, expected, count).any():
            raise FormalError(f"{multiplier.label}: the mapped netlist is not its model before any mutation")
        for index, what in enumerate(batch.what, 1):
            circuit = batch.circuit_of(index)
            wrong = _wrong(circuit, inputs, expected, count)
            differing = int(wrong.sum())
            for tried in FEW:
                few[tried] += bool(wrong[order[:tried]].any())
            proved = None if differing else compare(netlist, circuit, SECONDS).verdict == EQUAL
            results.append(Mutant(what, differing, proved))
            progress(len(results), len(sites))
    chosen = _chosen(results, simulate, seed)
    counts = in_parallel([partial(_by_bench, possible, sites[index]) for index in chosen], _JOBS, None)
    for index, simulated in zip(chosen, counts, strict=True):
        results[index] = replace(results[index], simulated=simulated)
    return Mutation(multiplier.label, count, len(possible.sites), seed, tuple(results), few)


def _wrong(circuit: Aig, inputs: np.ndarray, expected: np.ndarray, count: int) -> np.ndarray:
    """Where a circuit's outputs are not those expected, uint8 (count,) of zeros and ones."""
    words = _CHUNK // 64
    parts = [
        np.bitwise_or.reduce(circuit.simulate(inputs[:, low : low + words]) ^ expected[:, low : low + words], axis=0)
        for low in range(0, inputs.shape[1], words)
    ]
    return np.unpackbits(np.concatenate(parts).view(np.uint8), count=count, bitorder="little")


def _chosen(results: list[Mutant], simulate: int, seed: int) -> list[int]:
    """Places of the mutants to simulate: that with the fewest wrong products, an equivalent one, and any others."""
    killed = sorted((index for index, mutant in enumerate(results) if mutant.differing), key=lambda i: results[i].differing)
    survived = [index for index, mutant in enumerate(results) if not mutant.differing]
    others = [*killed[1:], *survived[1:]]
    mixed = [others[index] for index in np.random.default_rng(seed).permutation(len(others))]
    return [*killed[:1], *survived[:1], *mixed][:simulate]


def _by_bench(possible: Pool, site: Site) -> int:
    """The pairs at which the bench finds a mutant wrong; its stamp and waveform are nobody's."""
    result = verify(possible.multiplier, rtl=possible.rtl_of(site, SECONDS), samples=1 << 20)
    for path in (result.stamp, result.waveform):
        if path is not None:
            path.unlink(missing_ok=True)
    return result.failures
