"""Sums and multipliers whose product lies at a tie of the requantiser's rounding, where its lowest bits decide."""

from __future__ import annotations

import numpy as np
from recordings import Recording

from accelerator.array._lines import DelayLine
from accelerator.array._record import packed
from accelerator.array.requantize import requantize

_HALF, _ONE = 1 << 30, 1 << 31


def ties(rng: np.random.Generator, count: int, bits: int) -> list[tuple[int, int]]:
    """Pairs (a, m) of 32 bits with a * m = 2**30 - d modulo 2**31, d a power of two or 0, and a * m below 2**(30 + bits)."""
    found: list[tuple[int, int]] = []
    while len(found) < count:
        m = int(rng.integers(1, _ONE) >> rng.integers(0, 29)) | 1
        d = int(rng.choice([0, *(sign << n for n in range(24) for sign in (1, -1))]))
        a = (_HALF - d) * pow(m, -1, _ONE) % _ONE
        for each in (a, a - _ONE):
            if abs(each * m) < 1 << (30 + bits):
                m = m if rng.random() < 0.5 else -m
                pair = (each, m) if m > 0 else (-each, m)
                found.append(pair if rng.random() < 0.5 else (pair[1], pair[0]))
    return [(a, m) for a, m in found if -_ONE <= a < _ONE and -_ONE <= m < _ONE]


def requantizer(code_bits: int, rng: np.random.Generator, cycles: int) -> Recording:
    """A tie in each cycle, or one after a shift of a few bits; codes are hardly clamped."""
    line, recording = DelayLine(3, None), Recording()
    pairs = ties(rng, 2 * cycles, code_bits)
    for n in range(cycles):
        a, multiplier = pairs[n]
        offset = int(rng.integers(-_ONE, _ONE))
        sums = (a - offset + _ONE) % (2 * _ONE) - _ONE
        shift = int(rng.choice([0, 0, 0, 1, 2, 3]))
        low, high, zero = -(1 << code_bits), (1 << code_bits) - 1, int(rng.integers(-2, 3))
        code = int(
            requantize(np.int64(sums), np.int64(offset), np.int64(multiplier), np.int64(shift), np.int64(zero), low, high)
        )
        out = line.step(code if n else None)
        inputs = {"sum_i": packed([sums], 32), "offset_i": packed([offset], 32), "multiplier_i": packed([multiplier], 32)}
        inputs |= {f"{k}_i": packed([v], code_bits + 1) for k, v in {"zero": zero, "low": low, "high": high}.items()}
        recording.cycle(
            {"rst_ni": int(n > 0), "valid_i": int(n > 0), "shift_i": shift, **inputs},
            {
                "valid_o": (int(out is not None), int(n > 0)),
                "code_o": (packed([out or 0], code_bits), 0 if out is None else (1 << code_bits) - 1),
            },
        )
    return recording
