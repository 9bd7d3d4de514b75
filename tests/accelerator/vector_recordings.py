"""What modules of rtl/vector are driven with, and what their models answer: bits by port and cycle."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from recordings import Recording

from accelerator.array._record import packed
from accelerator.vector._model import Pipeline, Pool, Scale, average, step_of


def extremes(rng: np.random.Generator, bits: int, shape: tuple[int, ...]) -> np.ndarray:
    """Integers of `bits` bits and of all magnitudes, a quarter of them at the ends or around zero."""
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    drawn = rng.integers(low, high, shape, endpoint=True) >> rng.integers(0, bits, shape)
    return np.where(rng.random(shape) < 0.25, rng.choice([low, low + 1, -1, 0, 1, high - 1, high], shape), drawn)


def scale(rng: np.random.Generator, sources: int, x_bits: int, code_bits: int) -> Scale:
    """Random settings: all shifts, all magnitudes of multipliers, codes of both signs, odd zero points."""
    multipliers = rng.integers(0, 1 << 24, sources) >> rng.integers(0, 24, sources)
    multipliers = np.where(rng.random(sources) < 0.3, rng.choice([0, 1, 1 << 23, (1 << 24) - 1], sources), multipliers)
    zero, low, high = (int(v) for v in rng.integers(-(1 << code_bits), 1 << code_bits, 3))
    zeros, shift = extremes(rng, x_bits, (sources,)), int(rng.integers(48))
    if rng.random() < 0.2:  # the largest sums
        multipliers[:], shift = (1 << 24) - 1, int(rng.choice([0, 1, 8, 20]))
        zeros[:] = rng.choice([-(1 << (x_bits - 1)), (1 << (x_bits - 1)) - 1])
    return Scale(tuple(multipliers.tolist()), tuple(zeros.tolist()), shift, zero, min(low, high), max(low, high))


def scale_ports(scale: Scale, x_bits: int, code_bits: int) -> dict[str, int]:
    """The bits of settings."""
    clamp = {"zero": scale.zero_point, "low": scale.low, "high": scale.high}
    return {
        "x_zero_i": packed(scale.zero_points, x_bits),
        "multiplier_i": packed(scale.multipliers, 24),
        "shift_i": scale.shift,
        **{f"{name}_i": packed([value], code_bits + 1) for name, value in clamp.items()},
    }


def record(
    model: Pipeline,
    rng: np.random.Generator,
    cycles: int,
    outputs: dict[str, int],
    draw: Callable[[bool], tuple[dict[str, int], dict[str, np.ndarray] | None]],
) -> Recording:
    """`draw(valid)` gives inputs and, if valid, their results by output port, of as many bits as `outputs` says. Bubbles at
    random and in runs, and some resets."""
    recording, share = Recording(), 0.0
    for n in range(cycles):
        if n % 40 == 0:
            share = rng.choice([0.1, 0.5, 0.9, 1.0])
        reset = n == 0 or rng.random() < 0.01
        valid = bool(rng.random() < share)
        inputs, result = draw(valid)
        out = model.step(result)
        expected = {"valid_o": (int(out is not None), int(n > 0))}
        for port, bits in outputs.items():
            counts = n > 0 and out is not None and port in out
            expected[port] = (packed(out[port], bits), packed([-1] * len(out[port]), bits)) if counts else (0, 0)
        recording.cycle({"rst_ni": int(not reset), "valid_i": int(valid), **inputs}, expected)
        if reset:
            model.reset()
    return recording


def rescale(lanes: int, sources: int, x_bits: int, code_bits: int, rng: np.random.Generator, cycles: int) -> Recording:
    """Elements of all magnitudes; settings change in any cycle."""

    def draw(valid: bool) -> tuple[dict[str, int], dict[str, np.ndarray] | None]:
        x, settings = extremes(rng, x_bits, (lanes, sources)), scale(rng, sources, x_bits, code_bits)
        inputs = {"x_i": packed(x.ravel(), x_bits), **scale_ports(settings, x_bits, code_bits)}
        return inputs, {"code_o": settings(x)} if valid else None

    return record(Pipeline("rescale"), rng, cycles, {"code_o": code_bits}, draw)


def average_pool(lanes: int, x_bits: int, code_bits: int, rng: np.random.Generator, cycles: int) -> Recording:
    """Windows of 1 to 9 codes, back to back, with bubbles; only the last code's settings count."""
    model = Pool("average_pool")
    zero = 0

    def draw(valid: bool) -> tuple[dict[str, int], dict[str, np.ndarray] | None]:
        nonlocal zero
        if not model.seen:
            zero = int(extremes(rng, x_bits, ()))
        x, last = extremes(rng, x_bits, (lanes,)), bool(rng.random() < 0.3) or len(model.seen) >= 8
        drawn = scale(rng, 1, x_bits, code_bits)
        settings = Scale(drawn.multipliers, (zero,), drawn.shift, drawn.zero_point, drawn.low, drawn.high)
        inputs = {"x_i": packed(x, x_bits), "last_i": int(last), **scale_ports(settings, x_bits, code_bits)}
        window = model.window(x, last) if valid else None
        return inputs, None if window is None else {"code_o": average(settings, window)}

    return record(model, rng, cycles, {"code_o": code_bits}, draw)


def max_pool(lanes: int, x_bits: int, rng: np.random.Generator, cycles: int) -> Recording:
    """Windows of 1 to 9 codes, back to back, with bubbles."""
    model = Pool("max_pool")

    def draw(valid: bool) -> tuple[dict[str, int], dict[str, np.ndarray] | None]:
        x, last = extremes(rng, x_bits, (lanes,)), bool(rng.random() < 0.3) or len(model.seen) >= 8
        window = model.window(x, last) if valid else None
        inputs = {"x_i": packed(x, x_bits), "last_i": int(last)}
        return inputs, None if window is None else {"largest_o": window.max(axis=0)}

    return record(model, rng, cycles, {"largest_o": x_bits}, draw)


def recurrent_cell(lanes: int, rng: np.random.Generator, cycles: int) -> Recording:
    """Gates and states of all magnitudes; kind and fraction change in any cycle."""

    def draw(valid: bool) -> tuple[dict[str, int], dict[str, np.ndarray] | None]:
        kind, fraction = int(rng.integers(3)), int(rng.integers(12))
        gates, from_hidden = extremes(rng, 16, (lanes, 4)), extremes(rng, 16, (lanes, 4))
        state = extremes(rng, 16, (lanes,))
        hidden, cell = step_of(("RNN_TANH", "GRU", "LSTM")[kind], fraction, gates, from_hidden, state)
        inputs = {"kind_i": kind, "fraction_i": fraction, "state_i": packed(state, 16)}
        inputs |= {"x_i": packed(gates.ravel(), 16), "h_i": packed(from_hidden.ravel(), 16)}
        results = {"hidden_o": hidden} | ({} if cell is None else {"cell_o": cell})
        return inputs, results if valid else None

    return record(Pipeline("recurrent_cell"), rng, cycles, {"hidden_o": 16, "cell_o": 16}, draw)


def every_entry(rng: np.random.Generator, cycles: int) -> Recording:
    """An RNN's gates through all 1,024 entries of the ROM, up and down, of both signs."""
    count = 0

    def draw(valid: bool) -> tuple[dict[str, int], dict[str, np.ndarray] | None]:
        nonlocal count
        count += valid
        gates = np.zeros((1, 4), dtype=np.int64)
        gates[0, 2] = 8 * (count % 2048 - 1024)
        nothing = np.zeros_like(gates)
        hidden, _ = step_of("RNN_TANH", 11, gates, nothing, np.zeros(1, dtype=np.int64))
        inputs = {"kind_i": 0, "fraction_i": 11, "state_i": 0, "x_i": packed(gates.ravel(), 16), "h_i": 0}
        return inputs, {"hidden_o": hidden} if valid else None

    return record(Pipeline("recurrent_cell"), rng, cycles, {"hidden_o": 16, "cell_o": 16}, draw)
