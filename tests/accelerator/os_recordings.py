"""What the output-stationary modules of rtl/array are driven with, and what their models answer: bits by port and cycle."""

from __future__ import annotations

import numpy as np
from recordings import Recording, ones
from tile_samples import operands

from accelerator.array import ArrayConfig, Fold
from accelerator.array._os_unit import OsElements, OsUnit, Step, steps_of
from accelerator.array._record import packed
from pysim import Accumulator


def os_config(rows: int, cols: int, label: str = "drum8us_k4", accumulator: Accumulator | None = None) -> ArrayConfig:
    return ArrayConfig(rows, cols, label, accumulator, dataflow="output_stationary")


def random_folds(config: ArrayConfig, rng: np.random.Generator, count: int) -> list[Fold]:
    a, b = config.multiplier.a, config.multiplier.b
    lengths = rng.integers(1, 2 * config.rows + 2, count)
    return [
        Fold(operands(rng, a, (k, config.rows)), operands(rng, b, (k, config.cols)), rng.random((k, config.cols)) < 0.8)
        for k in lengths.tolist()
    ]


def elements(config: ArrayConfig, rng: np.random.Generator, cycles: int) -> Recording:
    """Random control and data on all edges of os_array, as no unit would drive them, and some resets."""
    model, recording, acc = OsElements(config), Recording(), config.accumulator
    a, b, shape = config.multiplier.a, config.multiplier.b, (config.rows, config.cols)
    weights, sums, results = (np.zeros(shape, dtype=bool) for _ in range(3))  # those that depend on nothing undefined
    share = 0.0
    for n in range(cycles):
        if n % 50 == 0:
            share = rng.choice([0.2, 0.5, 0.9, 1.0])
        reset = n == 0 or rng.random() < 0.01
        edge = {name: rng.random(config.rows) < share for name in ("valid", "first", "last", "shift")}
        edge |= {"a": operands(rng, a, (config.rows,)), "b": operands(rng, b, (config.cols,))}
        edge |= {"b_valid": rng.random(config.cols) < 0.8}
        inputs = {f"{name}_i": packed(edge[name], 1) for name in ("valid", "first", "last", "shift", "b_valid")}
        data = {"a_i": packed(edge["a"], a.width), "b_i": packed(edge["b"], b.width)}
        expected = (packed(model.result[-1], acc.bits), ones(results[-1], acc.bits))
        recording.cycle({"rst_ni": not reset, **inputs, **data}, {"result_o": expected})
        shifted = np.array([line.stages[0] if line.stages else tuple(edge["shift"]) for line in model.shifts]).T
        top = np.ones((1, config.cols), dtype=bool)
        begun = (model.first | sums) & weights
        above = np.concatenate([top, results[:-1]])
        results = np.where(model.valid & model.last, begun, np.where(shifted, above, results))
        sums = np.where(model.valid, begun, sums)
        above = np.concatenate([top, weights[:-1]])
        model.step(**edge)
        weights = np.where(model.valid, above, weights)
        if reset:
            model.reset()
    return recording


def element(config: ArrayConfig, rng: np.random.Generator, cycles: int) -> Recording:
    """Random control and data of one os_pe, with all of its outputs and results from above; sums begin often, or grow to the
    ends of their range."""
    model, recording = OsElements(config), Recording()
    a, b, acc = config.multiplier.a, config.multiplier.b, config.accumulator
    taken = begun = known = False  # a pair is there; the sum and the result depend on nothing undefined
    shares = np.zeros(4)
    for n in range(cycles):
        if n % 50 == 0:
            shares = rng.choice([0.05, 0.3, 0.7, 1.0], 4)
        reset = n == 0 or rng.random() < 0.01
        edge = {
            name: bool(rng.random() < share) for name, share in zip(("valid", "first", "last", "shift"), shares, strict=True)
        }
        edge |= {"b_valid": bool(rng.random() < 0.8)}
        above = int(rng.choice([acc.low, acc.high, *rng.integers(acc.low, acc.high + 1, 6)]))
        values = {"a": int(operands(rng, a, ())), "b": int(operands(rng, b, ()))}
        inputs = {f"{name}_i": int(bit) for name, bit in edge.items()} | {"result_i": packed([above], acc.bits)}
        inputs |= {"a_i": packed([values["a"]], a.width), "b_i": packed([values["b"]], b.width)}
        said = {name: (int(getattr(model, name)[0, 0]), n > 0) for name in ("valid", "first", "last")}
        said |= {"b_valid": (int(model.b_valid[0, 0]), taken)}
        expected = {f"{name}_o": (bit, int(counts)) for name, (bit, counts) in said.items()}
        for name, width, counts in (("a", a.width, taken), ("b", b.width, taken), ("result", acc.bits, known)):
            expected[f"{name}_o"] = packed([getattr(model, name)[0, 0]], width), ones([counts], width)
        recording.cycle({"rst_ni": int(not reset), **inputs}, expected)
        valid, last = bool(model.valid[0, 0]), bool(model.last[0, 0])
        if valid:
            begun = begun or bool(model.first[0, 0])
        known = begun if valid and last else known or edge["shift"]
        held = model.result.copy()
        model.step(**{name: np.array([value]) for name, value in (edge | values).items()})
        if not (valid and last):
            model.result = np.full_like(held, above) if edge["shift"] else held
        taken = taken or edge["valid"]
        if reset:
            model.reset()
    return recording


def unit(config: ArrayConfig, rng: np.random.Generator, episodes: int, count: int) -> Recording:
    """Episodes of random folds with random stalls; each ends by a reset, half of them in the middle of things."""
    model, recording = OsUnit(config), Recording()
    a, b, bits = config.multiplier.a, config.multiplier.b, config.accumulator.bits

    def cycle(step: Step | None, reset: bool = False) -> bool:
        noise = Step(operands(rng, a, (config.rows,)), operands(rng, b, (config.cols,)), rng.random(config.cols) < 0.5, True)
        shown = step or noise
        out = model.step(step)
        some = out.sums is not None
        inputs = {"rst_ni": not reset, "step_valid_i": step is not None, "last_i": shown.last}
        inputs |= {"vector_i": packed(shown.vector, a.width), "row_i": packed(shown.weights, b.width)}
        inputs |= {"row_mask_i": packed(shown.mask, 1)}
        sums = packed(out.sums.tolist(), bits) if out.sums is not None else 0
        expected = {
            "step_ready_o": (int(out.ready), int(step is not None)),
            "sums_valid_o": (int(some), 1),
            "sums_row_o": (out.row, (1 << config.parameters["ROW"]) - 1 if some else 0),
            "sums_o": (sums, (1 << (bits * config.cols)) - 1 if some else 0),
        }
        if reset:
            model.reset()
            expected = dict.fromkeys(expected, (0, 0))
        recording.cycle(inputs, expected)
        return out.ready

    cycle(None, reset=True)
    for _ in range(episodes):
        steps = steps_of(random_folds(config, rng, count))
        step, share, idle = next(steps, None), rng.choice([0.3, 0.7, 1.0]), 0
        stop = rng.integers(1, 20 * count) if rng.random() < 0.5 else -1
        while idle <= config.latency and stop != 0:
            offered = step if rng.random() < share else None
            if cycle(offered) and offered is not None:
                step = next(steps, None)
            idle = idle + 1 if step is None else 0
            stop -= 1
        cycle(None, reset=True)
    return recording
