"""Where rounding and clamping turn: ties of both signs and their neighbours at every shift, and the ends of all ranges."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from recordings import INT32, Recording
from vector_recordings import record, scale_ports

from accelerator.array._lines import DelayLine
from accelerator.array._record import packed
from accelerator.array.requantize import requantize
from accelerator.vector._model import Pipeline, Scale, step_of

LOW, HIGH = INT32
FACTORS = (LOW, HIGH, -(1 << 30), 1 << 30, LOW + 1, 0x5A5A5A5B, -0x5A5A5A5B)


def requantizer_points(shift: int) -> Iterator[tuple[int, int]]:
    """Sums and multipliers whose product, divided by `2**31`, is a tie of `shift`, next to one, or at an end of its range.
    `LOW` as the multiplier gives any quotient exactly."""
    half = (1 << shift) >> 1
    for tie in (k * (1 << shift) + half for k in (-2, -1, 0, 1)):
        for near in (-1, 0, 1):
            yield -(tie + near), LOW
        for factor in FACTORS:
            quotient = (tie << 31) // factor
            yield from ((quotient + near, factor) for near in (0, 1))
    yield from ((a, b) for a in (LOW, LOW + 1, HIGH) for b in (LOW, LOW + 1, HIGH))


def requantizer(code_bits: int, single_rounding: bool) -> Recording:
    """All shifts at their points, without a clamp in the way; then each clamp alone: the codes next to both of its ends."""
    line, recording = DelayLine(3, None), Recording()
    wide = -(1 << code_bits), (1 << code_bits) - 1
    cases = [
        (a, b, shift, zero, *wide)
        for shift in range(32)
        for n, (a, b) in enumerate(requantizer_points(shift))
        for zero in ((0, -1, 1)[n % 3],)
        if LOW <= a <= HIGH
    ]
    ends = [wide, (0, 3), (-2, -2), (wide[0], wide[0]), (wide[1], wide[1]), (wide[1] - 1, wide[1])]
    cases += [(-(end - zero + near), LOW, 0, zero, low, high)
              for low, high in ends for end in (low, high) for near in (-1, 0, 1) for zero in (0, *wide)]  # fmt: skip
    cases += [(a, LOW, 0, zero, *wide) for a in INT32 for zero in wide]  # the largest sums with a zero point
    for n in range(-1, len(cases) + 3):
        inside = 0 <= n < len(cases)
        a, multiplier, shift, zero, low, high = cases[n] if inside else (0,) * 6
        offset = (n * 0x9E3779B1) % (1 << 32) - (1 << 31)
        sums = (a - offset - LOW) % (1 << 32) + LOW  # wraps around with the offset
        numbers = (np.int64(value) for value in (sums, offset, multiplier, shift, zero, low, high))
        out = line.step(int(requantize(*numbers, single_rounding=single_rounding)) if inside else None)
        words = {"sum_i": sums, "offset_i": offset, "multiplier_i": multiplier}
        clamp = {"zero_i": zero, "low_i": low, "high_i": high}
        recording.cycle(
            {"rst_ni": int(n >= 0), "valid_i": int(inside), "shift_i": shift}
            | {port: packed([value], 32) for port, value in words.items()}
            | {port: packed([value], code_bits + 1) for port, value in clamp.items()},
            {
                "valid_o": (int(out is not None), int(n >= 0)),
                "code_o": (packed([out or 0], code_bits), 0 if out is None else (1 << code_bits) - 1),
            },
        )
    return recording


def _factored(target: int, limit: int) -> tuple[int, int]:
    """A difference of a size up to `limit` and a multiplier whose product is `target`, or close to it."""
    places = max(0, abs(target).bit_length() - limit.bit_length() + 1)
    multiplier = min(1 << places, (1 << 24) - 1)
    return max(-limit, min(limit, target // multiplier)), multiplier


def rescale(lanes: int, sources: int, x_bits: int, code_bits: int, rng: np.random.Generator, cycles: int) -> Recording:
    """Sums at ties of both signs and next to them, at every shift in turn, without a clamp in the way."""
    low, high, count = -(1 << (x_bits - 1)), (1 << (x_bits - 1)) - 1, 0
    zeroed = x_bits == 24  # whose sums only fit without zero points

    def draw(valid: bool) -> tuple[dict[str, int], dict[str, np.ndarray] | None]:
        nonlocal count
        count += valid
        shift = count % 48
        tie = int(rng.integers(-3, 3)) * (1 << shift) + ((1 << shift) >> 1)
        difference, multiplier = _factored(tie, high if zeroed else high - low)
        differences, multipliers = [difference, *rng.integers(-1, 2, sources - 1).tolist()], [multiplier, 1][:sources]
        zeros = [0 if zeroed else int(rng.integers(max(low, low - d), min(high, high - d) + 1)) for d in differences]
        near = rng.integers(-1, 2, (lanes, sources))  # of the first difference, and of the sum if there are two sources
        x = np.clip(np.array(zeros) + np.array(differences) + near, low, high)
        settings = Scale(
            tuple(multipliers), tuple(zeros), shift, int(rng.integers(-1, 2)), -(1 << code_bits), (1 << code_bits) - 1
        )
        inputs = {"x_i": packed(x.ravel(), x_bits), **scale_ports(settings, x_bits, code_bits)}
        return inputs, {"code_o": settings(x)} if valid else None

    return record(Pipeline("rescale"), rng, cycles, {"code_o": code_bits}, draw)


def recurrent_cell(rng: np.random.Generator, cycles: int) -> Recording:
    """Cells whose sigmoids are 1/2 or at their ends, so that odd states and gates are ties of every rounding, and the largest
    cell states saturate."""

    def draw(valid: bool) -> tuple[dict[str, int], dict[str, np.ndarray] | None]:
        kind, fraction = int(rng.integers(1, 3)), int(rng.integers(12))
        gates, from_hidden = (rng.choice([0, 0, 0, LOW >> 16, HIGH >> 16], (1, 4)) for _ in range(2))
        gates[0, 2], from_hidden[0, 2] = rng.choice([-7, -2, -1, 0, 0, 0, 1, 2, 7, LOW >> 16, HIGH >> 16], 2)
        state = rng.choice([-(1 << 15), -(1 << 15) + 1, -5, -2, -1, 0, 1, 2, 5, (1 << 15) - 1], 1)
        hidden, cell = step_of(("RNN_TANH", "GRU", "LSTM")[kind], fraction, gates, from_hidden, state)
        inputs = {"kind_i": kind, "fraction_i": fraction, "state_i": packed(state, 16)}
        inputs |= {"x_i": packed(gates.ravel(), 16), "h_i": packed(from_hidden.ravel(), 16)}
        results = {"hidden_o": hidden} | ({} if cell is None else {"cell_o": cell})
        return inputs, results if valid else None

    return record(Pipeline("recurrent_cell"), rng, cycles, {"hidden_o": 16, "cell_o": 16}, draw)
