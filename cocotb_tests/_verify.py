"""RTL against golden model: build, drive, compare, stamp; on a mismatch, run again with a waveform of the failing pairs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np

from multipliers import CacheError, Multiplier, MultiplierError, Rtl, Vectors, cache_folder, from_bits
from multipliers import rtl as rtl_of

from ._bit_vectors import BitVectors, Outcome
from ._build import Source, build, read
from ._process import SimulatorError, in_parallel
from ._report import Mismatch, Verification
from ._stamp import model_hash, new_stamp, read_stamp
from ._tried import MOST_SAMPLES, SAMPLES, Pairs, bits_of, expected, tried

PORTS = ("a_i", "b_i", "p_o")

_TRACED = 16
_KEPT = 64


def verify(multiplier: Multiplier, *, rtl: Rtl | None = None, samples: int = SAMPLES, seed: int = 0) -> Verification:
    """Compare a multiplier's RTL with its model in simulation, and leave a stamp of the result.

    All operand pairs are tried where these are at most 65,536, or `samples` if that is more; otherwise all pairs of corner
    operands, `samples` random ones, and whatever pairs this RTL has failed before. `rtl` is other Verilog than the
    multiplier's own, with the same ports. `seed` draws the samples and what the Verilog leaves undefined.

    Raises SimulatorError if the RTL does not compile or run, or the pairs that stood on its ports are not those that had to be
    tried; MultiplierError if there is no RTL or the model's products do not fit its port; ValueError for samples or a seed that
    are not allowed, CacheError if the cache folder cannot be written, ToolchainError if a program is missing.
    """
    start = perf_counter()
    if samples < 1 or seed < 0:
        raise ValueError(f"samples = {samples}, seed = {seed}: at least one sample and a seed from 0 on are needed")
    if samples > MOST_SAMPLES:
        raise ValueError(f"samples = {samples} is not allowed; at most {MOST_SAMPLES:,} are drawn")
    source = read(rtl or rtl_of(multiplier))
    earlier = read_stamp(source.top, source.digest, model_hash(multiplier))
    again = [] if earlier is None else earlier.failed
    vectors = tried(multiplier, samples, seed, again)
    bits = bits_of(multiplier, vectors)
    outcome = _simulated(source, bits, seed)
    _check(multiplier, outcome, samples, seed, again)
    ports = (multiplier.a, multiplier.b, multiplier.p)
    result = Verification(multiplier.label, ports, outcome.seen.pairs, outcome.failures)
    failing = [[int(vectors.a[index]), int(vectors.b[index])] for index, _ in outcome.mismatches[:_KEPT]]
    what = (multiplier, source.top, source.digest, outcome.seen)
    stamp = new_stamp(*what, samples=samples, seed=seed, again=again, counterexamples=failing)
    result = replace(result, stamp=stamp.write(), mismatches=_mismatches(multiplier, vectors, bits, outcome))
    if outcome.failures:
        result = _with_waveform(result, source, bits.take([index for index, _ in outcome.mismatches[:_TRACED]]), seed)
    return replace(result, seconds=perf_counter() - start)


def verify_many(
    multipliers: Iterable[Multiplier],
    *,
    jobs: int | None = None,
    progress: Callable[[Verification], None] | None = None,
    samples: int = SAMPLES,
    seed: int = 0,
) -> list[Verification]:
    """Verify several multipliers, `jobs` at a time (one for each processor), in their order.

    `progress` hears of each as it ends. One whose RTL does not compile or run is reported by its `error`; missing programs
    and an unusable cache folder, which concern all, raise as in `verify`; no multipliers at all are a ValueError.
    """
    jobs = _processors() if jobs is None else jobs
    if jobs < 1:
        raise ValueError(f"jobs = {jobs}: at least one is needed")
    tasks = [partial(_verified, multiplier, samples, seed) for multiplier in multipliers]
    if not tasks:
        raise ValueError("no multiplier was named")
    return in_parallel(tasks, jobs, progress)


def _verified(multiplier: Multiplier, samples: int, seed: int) -> Verification:
    try:
        return verify(multiplier, samples=samples, seed=seed)
    except (SimulatorError, MultiplierError) as error:
        return Verification(multiplier.label, (multiplier.a, multiplier.b, multiplier.p), error=str(error))


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _check(multiplier: Multiplier, outcome: Outcome, samples: int, seed: int, again: Pairs) -> None:
    """Raise SimulatorError where what was seen is not what should have been: other pairs, or other products than was said."""
    should = expected(multiplier, samples, seed, again)
    if outcome.seen.pairs != should.pairs:
        raise SimulatorError(
            f"{multiplier.label}: {outcome.seen.pairs:,} operand pairs were simulated where {should.pairs:,} had to be"
        )
    if (outcome.seen == should) != (outcome.failures == 0):
        raise SimulatorError(
            f"{multiplier.label}: the bench counts {outcome.failures:,} wrong products, but other products stood on the ports"
        )


def _simulated(source: Source, bits: BitVectors, seed: int, waveform: Path | None = None) -> Outcome:
    from ._runner import simulate  # brings in cocotb

    program = build(source, PORTS, trace=waveform is not None)
    return simulate(program, bits, seed=seed, waveform=waveform)


def _mismatches(multiplier: Multiplier, vectors: Vectors, bits: BitVectors, outcome: Outcome) -> tuple[Mismatch, ...]:
    if not outcome.mismatches:
        return ()
    indices, came = np.array(outcome.mismatches, dtype=np.int64).T
    expected, got = from_bits(bits.expected[indices], multiplier.p), from_bits(came, multiplier.p)
    columns = (vectors.a[indices], vectors.b[indices], expected, got)
    return tuple(Mismatch(*row) for row in zip(*(column.tolist() for column in columns), strict=True))


def _with_waveform(result: Verification, source: Source, failing: BitVectors, seed: int) -> Verification:
    """The result with a waveform of the first failing pairs alone, which keeps the file small."""
    name = f"{re.sub(r'[^A-Za-z0-9_]', '_', result.label)[:80]}-{source.digest[:12]}.vcd"
    try:
        waveform = cache_folder("waveforms") / name
        again = _simulated(source, failing, seed, waveform)
    except (SimulatorError, CacheError) as error:
        return replace(result, note=f"no waveform: {error}")
    state = "" if again.failures else "these pairs do not fail when tried alone: the RTL remembers earlier ones"
    return replace(result, waveform=waveform, note=state)
