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

from multipliers import (
    CacheError,
    Multiplier,
    MultiplierError,
    Rtl,
    Vectors,
    cache_folder,
    exhaustive,
    from_bits,
    sampled,
    to_bits,
)
from multipliers import rtl as rtl_of

from ._bit_vectors import BitVectors, Outcome
from ._build import Source, build, read
from ._process import SimulatorError, in_parallel
from ._report import Mismatch, Verification
from ._stamp import model_hash, new_stamp, read_stamp

EXHAUSTIVE_PAIRS = 1 << 16
"""Operand pairs up to which all are tried: those of two 8-bit operands, which take a third of a second in the simulator."""

SAMPLES = 20_000
"""Random operand pairs for wider operands, besides all pairs of corner operands."""

PORTS = ("a_i", "b_i", "p_o")

_TRACED = 16
_KEPT = 64


def verify(multiplier: Multiplier, *, rtl: Rtl | None = None, samples: int = SAMPLES, seed: int = 0) -> Verification:
    """Compare a multiplier's RTL with its model in simulation, and leave a stamp of the result.

    All operand pairs are tried where these are at most 65,536, or `samples` if that is more; otherwise all pairs of corner
    operands, `samples` random ones, and whatever pairs this RTL has failed before. `rtl` is other Verilog than the
    multiplier's own, with the same ports. `seed` draws the samples and what the Verilog leaves undefined.

    Raises SimulatorError if the RTL does not compile or run, MultiplierError if there is none or the model's products do
    not fit its port, CacheError if the cache folder cannot be written, ToolchainError if a program is missing.
    """
    start = perf_counter()
    if samples < 1 or seed < 0:
        raise ValueError(f"samples = {samples}, seed = {seed}: at least one sample and a seed from 0 on are needed")
    source = read(rtl or rtl_of(multiplier))
    vectors = _vectors(multiplier, source, samples, seed)
    bits = _bits(multiplier, vectors)
    outcome = _simulated(source, bits, seed)
    ports = (multiplier.a, multiplier.b, multiplier.p)
    result = Verification(multiplier.label, ports, len(vectors.a), vectors.exhaustive, outcome.failures)
    stamp = new_stamp(multiplier, source.top, source.digest, vectors=result.vectors, exhaustive=result.exhaustive)
    if outcome.failures:
        failing = [[int(vectors.a[index]), int(vectors.b[index])] for index, _ in outcome.mismatches[:_KEPT]]
        stamp = replace(stamp, passed=False, counterexamples=failing)
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
    and an unusable cache folder, which concern all, raise as in `verify`.
    """
    jobs = _processors() if jobs is None else jobs
    if jobs < 1:
        raise ValueError(f"jobs = {jobs}: at least one is needed")
    tasks = [partial(_verified, multiplier, samples, seed) for multiplier in multipliers]
    return in_parallel(tasks, jobs, progress)


def _verified(multiplier: Multiplier, samples: int, seed: int) -> Verification:
    try:
        return verify(multiplier, samples=samples, seed=seed)
    except (SimulatorError, MultiplierError) as error:
        return Verification(multiplier.label, (multiplier.a, multiplier.b, multiplier.p), error=str(error))


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _vectors(multiplier: Multiplier, source: Source, samples: int, seed: int) -> Vectors:
    """All operand pairs, or a sample with those that failed before; in the order of a, then b, and each pair once."""
    if multiplier.a.codes * multiplier.b.codes <= max(EXHAUSTIVE_PAIRS, samples) and multiplier.tabulated:
        return exhaustive(multiplier)
    chosen = sampled(multiplier, samples, seed)
    pairs = np.stack([chosen.a, chosen.b], axis=1)
    earlier = read_stamp(source.top, source.digest, model_hash(multiplier))
    if earlier is not None and earlier.counterexamples:
        low, high = np.transpose([(port.low, port.high) for port in (multiplier.a, multiplier.b)])
        pairs = np.concatenate([pairs, np.clip(np.array(earlier.counterexamples, dtype=object), low, high).astype(np.int64)])
    a, b = np.unique(pairs, axis=0).T
    return Vectors(a, b, exhaustive=False)


def _bits(multiplier: Multiplier, vectors: Vectors) -> BitVectors:
    """Operands and the model's products as they stand on the ports; raises MultiplierError for products that do not fit."""
    products, port = multiplier(vectors.a, vectors.b), multiplier.p
    if products.shape != vectors.a.shape:
        raise MultiplierError(f"{multiplier.label}: its model gives products of shape {products.shape} for {vectors.a.shape}")
    if products.min() < port.low or products.max() > port.high:
        raise MultiplierError(f"{multiplier.label}: its products do not fit its {port.width}-bit product port")
    columns = (to_bits(vectors.a, multiplier.a), to_bits(vectors.b, multiplier.b), to_bits(products, port))
    a, b, p = (column.astype(np.uint64) for column in columns)
    return BitVectors(a, b, p, (multiplier.a.width, multiplier.b.width, port.width))


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
