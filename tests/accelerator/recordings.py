"""What modules of rtl/array are driven with, and what their models answer: bits by port and cycle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain

import numpy as np
from tile_samples import operands, random_tiles

from accelerator.array import ArrayConfig
from accelerator.array._bank import Bank
from accelerator.array._elements import Elements
from accelerator.array._lines import DelayLine, Skew
from accelerator.array._product_unit import ProductUnit, Setting, UnitConfig
from accelerator.array._record import input_ports, output_ports, packed
from accelerator.array._simulate import rows_of, vectors_of
from accelerator.array._unit import MatrixUnit, Outputs, Row, Vector
from accelerator.array.requantize import requantize

INT32 = (-(2**31), 2**31 - 1)


class Recording:
    """Inputs and expected outputs; the first cycle is a reset, before which registers hold anything."""

    def __init__(self) -> None:
        self.inputs: dict[str, list[int]] = defaultdict(list)
        self.expected: dict[str, list[tuple[int, int]]] = defaultdict(list)

    def cycle(self, inputs: dict[str, int], expected: dict[str, tuple[int, int]]) -> None:
        for port, bits in inputs.items():
            self.inputs[port].append(int(bits))
        for port, pair in expected.items():
            self.expected[port].append(pair)

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))


def ones(flags: Iterable[bool], width: int) -> int:
    """The mask of the slices that count."""
    return packed([-int(flag) for flag in flags], width)


def elements(config: ArrayConfig, rng: np.random.Generator, cycles: int) -> Recording:
    """Random control and data on all edges of systolic_array, as no matrix unit would drive them, and some resets."""
    model, recording, acc = Elements(config), Recording(), config.accumulator
    a, b = config.multiplier.a, config.multiplier.b
    known = np.zeros((config.rows, config.cols), dtype=bool)  # sums that depend on nothing undefined
    share = 0.0
    for n in range(cycles):
        if n % 50 == 0:
            share = rng.choice([0.2, 0.5, 0.9, 1.0])
        reset = n == 0 or rng.random() < 0.01
        edge = {name: rng.random(config.rows) < share for name in ("valid", "swap", "load")}
        edge |= {"a": operands(rng, a, (config.rows,)), "b": operands(rng, b, (config.cols,))}
        edge |= {"b_valid": rng.random(config.cols) < 0.8}
        top = rng.integers(acc.low, acc.high + 1, config.cols)
        edge["sum"] = np.where(rng.random(config.cols) < 0.2, rng.choice([acc.low, acc.high], config.cols), top)
        recording.cycle(
            {
                "rst_ni": not reset,
                **{f"{name}_i": packed(edge[name], 1) for name in ("valid", "swap", "load", "b_valid")},
                "a_i": packed(edge["a"], a.width),
                "b_i": packed(edge["b"], b.width),
                "sum_i": packed(edge["sum"], acc.bits),
            },
            {"sum_o": (packed(model.sum[-1], acc.bits), ones(known[-1], acc.bits))},
        )
        above = np.concatenate([np.ones((1, config.cols), dtype=bool), known[:-1]])
        known = np.where(model.valid, above, known)
        model.step(**edge)
        if reset:
            model.reset()
    return recording


def element(config: ArrayConfig, rng: np.random.Generator, cycles: int) -> Recording:
    """The same for one mac_pe, with all of its outputs."""
    recording, model = elements(config, rng, cycles), Elements(config)
    a, b = config.multiplier.a, config.multiplier.b
    has_a = has_b = False
    inputs = recording.inputs
    for n in range(cycles):
        outputs = [("valid", 1), ("swap", 1), ("load", 1), ("shadow_valid", 1), ("a", a.width), ("shadow", b.width)]
        for name, width in outputs:
            counts = {"a": has_a, "shadow": has_b}.get(name, n > 0)
            port = name.replace("shadow", "b") + "_o"
            recording.expected[port].append((packed(getattr(model, name)[0], width), ones([counts], width)))
        has_a, has_b = has_a or bool(inputs["valid_i"][n]), has_b or bool(inputs["load_i"][n])
        edge = {name: np.array([bool(inputs[f"{name}_i"][n])]) for name in ("valid", "swap", "load", "b_valid")}
        values = {"a": _integer(inputs["a_i"][n], a), "b": _integer(inputs["b_i"][n], b), "sum": 0}
        model.step(**edge, **{name: np.array([value]) for name, value in values.items()})
        if not inputs["rst_ni"][n]:
            model.reset()
    return recording


def _integer(bits: int, operand) -> int:
    return bits - operand.codes if operand.signed and bits > operand.high else bits


def skew(lanes: int, width: int, reverse: bool, rng: np.random.Generator, cycles: int) -> Recording:
    """Random lanes with some resets."""
    model, recording = Skew(lanes, reverse), Recording()
    for n in range(cycles):
        reset = n == 0 or rng.random() < 0.02
        values = rng.integers(0, 1 << width, lanes).tolist()
        out = model.step(values)
        mask = 0 if n == 0 else ones([True] * lanes, width)
        recording.cycle({"rst_ni": not reset, "lanes_i": packed(values, width)}, {"lanes_o": (packed(out, width), mask)})
        if reset:
            model.reset()
    return recording


def words_of(depth: int) -> list[int]:
    """All words of a small memory; of a large one those whose addresses differ in one bit from its first's or its last's: an
    address that lacks a bit meets another's word."""
    if depth <= 64:
        return list(range(depth))
    bits = [0, *(1 << bit for bit in range((depth - 1).bit_length()))]
    return sorted({word for bit in bits for word in (bit, (depth - 1) ^ bit) if word < depth})


def bank(width: int, depth: int, rng: np.random.Generator, cycles: int) -> Recording:
    """Random reads and writes, often of the same word in neighbouring cycles."""
    model, recording, words = Bank(depth), Recording(), words_of(depth)
    low, high = -(1 << (width - 1)), (1 << (width - 1)) - 1
    read = write = 0
    for n in range(cycles):
        read = write if rng.random() < 0.4 else words[rng.integers(len(words))]
        write = read if rng.random() < 0.4 else words[rng.integers(len(words))]
        ports = {"read_zero": bool(rng.random() < 0.1), "read_address": read, "write": bool(rng.random() < 0.6)}
        ports |= {"write_address": write, "sum": int(rng.integers(low, high + 1))}
        out = model.step(**ports)
        mask = 0 if n == 0 or out is None else (1 << width) - 1
        inputs = {f"{name}_i": value for name, value in ports.items()}
        recording.cycle(inputs | {"sum_i": packed([ports["sum"]], width)}, {"sum_o": (packed([out or 0], width), mask)})
    return recording


def settings_memory(width: int, depth: int, rng: np.random.Generator, cycles: int) -> Recording:
    """Random reads and writes; what is written at the edge of a read is not read."""
    recording, words, places = Recording(), {}, words_of(depth)
    last: int | None = None
    for n in range(cycles):
        read, write = (places[v] for v in rng.integers(len(places), size=2))
        word, writes = int.from_bytes(rng.bytes(16), "little") & ((1 << width) - 1), bool(rng.random() < 0.6)
        recording.cycle(
            {"write_i": writes, "write_address_i": write, "word_i": word, "read_address_i": read},
            {"word_o": (last or 0, 0 if n == 0 or last is None else (1 << width) - 1)},
        )
        last = words.get(read)
        if writes:
            words[write] = word
    return recording


def requantizer(code_bits: int, single_rounding: bool, rng: np.random.Generator, cycles: int) -> Recording:
    """Sums, multipliers and settings of all magnitudes with their extremes; gaps; some resets."""
    line, recording = DelayLine(3, None), Recording()
    edges = np.array([*INT32, INT32[0] + 1, -(2**30), -1, 0, 1, 2**30, 2**31 - 2])
    for n in range(cycles):
        reset = n == 0 or rng.random() < 0.01
        valid = bool(rng.random() < 0.8)
        drawn = rng.integers(*INT32, 3, endpoint=True) >> rng.integers(0, 31, 3)
        sums, offset, multiplier = np.where(rng.random(3) < 0.25, rng.choice(edges, 3), drawn).tolist()
        shift = int(rng.integers(32))
        zero, low, high = (int(v) for v in rng.integers(-(1 << code_bits), 1 << code_bits, 3))
        low, high = min(low, high), max(low, high)
        code = int(requantize(sums, offset, multiplier, shift, zero, low, high, single_rounding=single_rounding))
        out = line.step(code if valid else None)
        recording.cycle(
            {
                "rst_ni": not reset,
                "valid_i": valid,
                **{"sum_i": packed([sums], 32), "offset_i": packed([offset], 32), "multiplier_i": packed([multiplier], 32)},
                "shift_i": shift,
                **{f"{k}_i": packed([v], code_bits + 1) for k, v in {"zero": zero, "low": low, "high": high}.items()},
            },
            {
                "valid_o": (int(out is not None), int(n > 0)),
                "code_o": (packed([out or 0], code_bits), 0 if n == 0 or out is None else (1 << code_bits) - 1),
            },
        )
        if reset:
            line.reset()
    return recording


def unit(config: ArrayConfig, rng: np.random.Generator, episodes: int, tiles: int) -> Recording:
    """Episodes of random tiles with random stalls; each ends by a reset, half of them in the middle of things."""
    model, recording = MatrixUnit(config), Recording()
    _unit_cycle(model, config, recording, rng, None, None, reset=True)
    for _ in range(episodes):
        todo = random_tiles(config, rng, tiles)
        rows, vectors = rows_of(todo), vectors_of(todo)
        row, vector = next(rows, None), next(vectors, None)
        if rng.random() < 0.3:  # before any tile: a reset has left no weights, so its sums are zero
            early = operands(rng, config.multiplier.a, (config.rows,))
            vectors, vector = chain([vector], vectors), Vector(early, False, True, True, 0)
        shares = rng.choice([0.3, 0.7, 1.0], 2)
        stop = rng.integers(1, 40 * tiles) if rng.random() < 0.5 else None
        idle = 0
        while idle <= config.latency:
            offered = (row if rng.random() < shares[0] else None, vector if rng.random() < shares[1] else None)
            out = _unit_cycle(model, config, recording, rng, *offered)
            row = next(rows, None) if offered[0] is not None and out.row_ready else row
            vector = next(vectors, None) if offered[1] is not None and out.vector_ready else vector
            idle = idle + 1 if row is None and vector is None else 0
            stop = None if stop is None else stop - 1
            if stop == 0:
                break
        _unit_cycle(model, config, recording, rng, None, None, reset=True)
    return recording


def _unit_cycle(
    model: MatrixUnit,
    config: ArrayConfig,
    recording: Recording,
    rng: np.random.Generator,
    row: Row | None,
    vector: Vector | None,
    reset: bool = False,
) -> Outputs:
    """One cycle; ports that offer nothing hold anything. What the unit says during a reset does not count."""
    inputs = input_ports(config, row, vector)
    anything = Row(operands(rng, config.multiplier.b, (config.cols,)), rng.random(config.cols) < 0.5)
    noise = Vector(operands(rng, config.multiplier.a, (config.rows,)), *(rng.random(3) < 0.5), int(rng.integers(config.depth)))
    held = input_ports(config, anything if row is None else None, noise if vector is None else None)
    inputs |= {port: bits for port, bits in held.items() if bits and not port.endswith("_valid_i")}
    out = model.step(row, vector)
    expected = output_ports(config, out, vector is not None)
    if reset:
        model.reset()
        expected = dict.fromkeys(expected, (0, 0))
    recording.cycle({"rst_ni": int(not reset), **inputs}, expected)
    return out


def product_unit(config: UnitConfig, rng: np.random.Generator, episodes: int, tiles: int) -> Recording:
    """Settings of all blocks, then episodes like those of `unit` with a random block for each vector, while settings are
    written now and then; zero point and clamp change in every cycle."""
    array, model, recording = config.array, ProductUnit(config), Recording()
    every = [(block, column) for block in range(config.blocks) for column in range(array.cols)]
    for place in [None, *every]:
        _product_cycle(model, recording, rng, None, None, place, reset=place is None)
    for _ in range(episodes):
        todo = random_tiles(array, rng, tiles)
        rows, vectors = rows_of(todo), vectors_of(todo)
        row, vector = next(rows, None), next(vectors, None)
        shares = rng.choice([0.3, 0.7, 1.0], 2)
        stop = rng.integers(1, 40 * tiles) if rng.random() < 0.5 else None
        idle = 0
        while idle <= config.latency and stop != 0:
            offered = (row if rng.random() < shares[0] else None, vector if rng.random() < shares[1] else None)
            place = every[rng.integers(len(every))] if rng.random() < 0.1 else None
            out = _product_cycle(model, recording, rng, *offered, place)
            row = next(rows, None) if offered[0] is not None and out.row_ready else row
            vector = next(vectors, None) if offered[1] is not None and out.vector_ready else vector
            idle = idle + 1 if row is None and vector is None else 0
            stop = None if stop is None else stop - 1
        _product_cycle(model, recording, rng, None, None, None, reset=True)
    return recording


def _product_cycle(
    model: ProductUnit,
    recording: Recording,
    rng: np.random.Generator,
    row: Row | None,
    vector: Vector | None,
    place: tuple[int, int] | None,
    reset: bool = False,
) -> Outputs:
    config, bits = model.config, model.config.code_bits
    values = rng.integers(*INT32, 2, endpoint=True) >> rng.integers(0, 31, 2)
    where = place if place is not None else (int(rng.integers(config.blocks)), int(rng.integers(config.array.cols)))
    setting = Setting(*where, *values.tolist(), int(rng.integers(32)))
    block = int(rng.integers(config.blocks))
    zero, low, high = (int(v) for v in rng.integers(-(1 << bits), 1 << bits, 3))
    clamp = zero, min(low, high), max(low, high)
    inputs = input_ports(config.array, row, vector)
    inputs |= {"settings_write_i": int(place is not None), "settings_block_i": setting.block}
    inputs |= {"settings_column_i": setting.column, "shift_i": setting.shift, "block_i": block}
    inputs |= {"offset_i": packed([setting.offset], 32), "multiplier_i": packed([setting.multiplier], 32)}
    inputs |= {f"{name}_i": packed([v], bits + 1) for name, v in zip(("zero", "low", "high"), clamp, strict=True)}
    out, codes = model.step(row, vector, block, setting if place is not None else None, clamp)
    expected = output_ports(config.array, out, vector is not None)
    expected |= {"codes_valid_o": (int(codes is not None), 1), "codes_o": (0, 0)}
    if codes is not None:
        expected["codes_o"] = packed(codes.tolist(), bits), ones([True] * config.array.cols, bits)
    if reset:
        model.reset()
        expected = dict.fromkeys(expected, (0, 0))
    recording.cycle({"rst_ni": int(not reset), **inputs}, expected)
    return out
