"""Integer programs by plain Python integers and look-ups in the multiplier's own table: the judge of the golden simulator.

Nothing is shared with `accelerator.golden` or `accelerator.fixed_point`. Rounding is gemmlowp's text (`fixedpoint.h`), word
for word, and tanh comes from `math`.
"""

import math
from itertools import product
from typing import Any

import numpy as np

from accelerator.program import Program

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1


def truncated(numerator: int, denominator: int) -> int:
    """C's division."""
    quotient = abs(numerator) // abs(denominator)
    return quotient if (numerator < 0) == (denominator < 0) else -quotient


def srdhm(a: int, b: int) -> int:
    """gemmlowp's SaturatingRoundingDoublingHighMul."""
    if a == b == INT32_MIN:
        return INT32_MAX
    ab = a * b
    nudge = 2**30 if ab >= 0 else 1 - 2**30
    return truncated(ab + nudge, 2**31)


def rdbpot(x: int, exponent: int) -> int:
    """gemmlowp's RoundingDivideByPOT."""
    mask = (1 << exponent) - 1
    remainder = x & mask
    threshold = (mask >> 1) + (1 if x < 0 else 0)
    return (x >> exponent) + (1 if remainder > threshold else 0)


def wrap(value: int, bits: int) -> int:
    return (value + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)


def clamp(value: int, low: int, high: int) -> int:
    return max(low, min(value, high))


class Interpreter:
    """Runs a program's operations one by one on codes (B, *shape); integers are kept by the names that a `Run` has."""

    def __init__(self, program: Program) -> None:
        self.program = program
        arithmetic = program.arithmetic
        self.a, self.b = arithmetic.operands.activation.low, arithmetic.operands.weight.low
        codes = (np.arange(part.low, part.high + 1) for part in (arithmetic.operands.activation, arithmetic.operands.weight))
        self.table = arithmetic.operands.multiplier(*np.meshgrid(*codes, indexing="ij"))
        self.accumulator = arithmetic.accumulator
        self.values: dict[str, np.ndarray] = {}

    def run(self, codes: np.ndarray) -> dict[str, np.ndarray]:
        self.values = {self.program.input: codes.astype(np.int64)}
        for operation in self.program.operations:
            self.values[operation.target] = getattr(self, type(operation).__name__.lower())(operation)
        return self.values

    def zero(self, name: str) -> int:
        return self.program.values[name].zero_point

    def accumulated(self, a: np.ndarray, b: np.ndarray, constant: int) -> int:
        """One output: products of activations a (K,) with weights b (K,), in their order."""
        total = 0
        for term in self.table[a - self.a, b - self.b].tolist():
            total += term
            if self.accumulator.overflow == "saturate":
                total = clamp(total, self.accumulator.low, self.accumulator.high)
        if self.accumulator.overflow == "wrap":
            total = wrap(total, self.accumulator.bits)
        return wrap(total + constant, 32)

    def requantized(self, acc: int, matrix: Any, n: int, zero: int, low: int, high: int) -> int:
        return clamp(zero + rdbpot(srdhm(acc, int(matrix.multiplier[n])), int(matrix.shift[n])), low, high)

    def rows(self, x: np.ndarray, matrix: Any) -> np.ndarray:
        """Accumulators (M, N) of codes x (M, K)."""
        weight = matrix.weight.reshape(len(matrix.weight), -1)
        acc = np.zeros((len(x), len(weight)), np.int64)
        for m, n in np.ndindex(*acc.shape):
            acc[m, n] = self.accumulated(x[m], weight[n], int(matrix.constant[n]))
        return acc

    def product(self, o: Any) -> np.ndarray:
        x, zero = self.values[o.source], self.zero(o.target)
        if o.layout == "rows":
            acc = self.rows(x.reshape(-1, x.shape[-1]), o.matrix).reshape(*x.shape[:-1], -1)
            channel = -1
        else:
            acc, channel = self.convolved(x, o), 1
        self.values[f"{o.name}.acc"] = acc
        codes = np.empty_like(acc)
        for place in np.ndindex(*acc.shape):
            codes[place] = self.requantized(int(acc[place]), o.matrix, place[channel], zero, o.low, o.high)
        return codes

    def convolved(self, x: np.ndarray, o: Any) -> np.ndarray:
        window, weight, zero = o.window, o.matrix.weight, self.zero(o.source)
        batch, _, height, width = x.shape
        outputs, inner, rows, columns = weight.shape
        spans = [d * (k - 1) + 1 for d, k in zip(window.dilation, (rows, columns), strict=True)]
        padded = [n + p + e for n, p, e in zip((height, width), window.padding, window.end, strict=True)]
        out = [(n - s) // t + 1 for n, s, t in zip(padded, spans, window.stride, strict=True)]
        acc = np.zeros((batch, outputs, *out), np.int64)
        for image, n, oy, ox in np.ndindex(*acc.shape):
            first = n // (outputs // window.groups) * inner
            a, b = [], []
            for c, ky, kx in product(range(inner), range(rows), range(columns)):
                y = oy * window.stride[0] + ky * window.dilation[0] - window.padding[0]
                z = ox * window.stride[1] + kx * window.dilation[1] - window.padding[1]
                a.append(int(x[image, first + c, y, z]) if 0 <= y < height and 0 <= z < width else zero)
                b.append(int(weight[n, c, ky, kx]))
            acc[image, n, oy, ox] = self.accumulated(np.array(a), np.array(b), int(o.matrix.constant[n]))
        return acc

    def rescale(self, o: Any) -> np.ndarray:
        parts = [(self.values[s], self.zero(s), m) for s, m in zip(o.sources, o.multipliers, strict=True)]
        out = np.empty_like(parts[0][0])
        for place in np.ndindex(*out.shape):
            total = sum(m * (int(x[place]) - z) for x, z, m in parts)
            out[place] = clamp(self.zero(o.target) + rdbpot(total, o.shift), o.low, o.high)
        return out

    def windows(self, o: Any, dilation: tuple[int, int]) -> Any:
        """For each output's place, the codes that its window holds and the number of padded positions in it."""
        x = self.values[o.source]
        shape = self.program.values[o.target].shape
        for image, c, oy, ox in np.ndindex(len(x), *shape):
            inside = []
            for ky, kx in product(*map(range, o.kernel)):
                y, z = oy * o.stride[0] + ky * dilation[0] - o.padding[0], ox * o.stride[1] + kx * dilation[1] - o.padding[1]
                if 0 <= y < x.shape[2] and 0 <= z < x.shape[3]:
                    inside.append(int(x[image, c, y, z]))
            yield (image, c, oy, ox), inside

    def averagepool(self, o: Any) -> np.ndarray:
        out = np.empty((len(self.values[o.source]), *self.program.values[o.target].shape), np.int64)
        for place, inside in self.windows(o, (1, 1)):
            total = sum(code - self.zero(o.source) for code in inside)
            out[place] = clamp(self.zero(o.target) + rdbpot(total * o.multiplier, o.shift), o.low, o.high)
        return out

    def maxpool(self, o: Any) -> np.ndarray:
        out = np.empty((len(self.values[o.source]), *self.program.values[o.target].shape), np.int64)
        for place, inside in self.windows(o, o.dilation):
            out[place] = max(inside)
        return out

    def reshape(self, o: Any) -> np.ndarray:
        return self.values[o.source].reshape(len(self.values[o.source]), *self.program.values[o.target].shape)

    def transpose(self, o: Any) -> np.ndarray:
        return self.values[o.source].transpose(0, *(axis + 1 for axis in o.axes))

    def select(self, o: Any) -> np.ndarray:
        return np.take(self.values[o.source], o.index, axis=o.axis + 1)

    def concatenate(self, o: Any) -> np.ndarray:
        return np.concatenate([self.values[s] for s in o.sources], axis=o.axis + 1)

    def recurrent(self, o: Any) -> np.ndarray:
        gates = self.values[o.source]
        batch, steps, _ = gates.shape
        size = o.matrix.weight.shape[1]
        h, c = np.zeros((batch, size), np.int64), np.zeros((batch, size), np.int64)
        kept: dict[str, np.ndarray] = {}
        for t in range(steps - 1, -1, -1) if o.reverse else range(steps):
            code = [
                clamp(o.hidden_zero_point + rdbpot(o.hidden_multiplier * int(v), o.hidden_shift), o.hidden_low, o.hidden_high)
                for v in h.ravel()
            ]
            hidden = np.array(code).reshape(batch, size)
            acc = self.rows(hidden, o.matrix)
            from_hidden = np.empty_like(acc)
            for m, n in np.ndindex(*acc.shape):
                from_hidden[m, n] = self.requantized(int(acc[m, n]), o.matrix, n, 0, -(2**15), 2**15 - 1)
            for m, j in np.ndindex(batch, size):
                x, y = ([int(part[m, g * size + j]) for g in range(len(acc[0]) // size)] for part in (gates[:, t], from_hidden))
                h[m, j], c[m, j] = CELLS[o.cell](x, y, int(h[m, j]), int(c[m, j]), o.gate_fraction)
            for key, part in (("hidden", hidden), ("acc", acc), ("from_hidden", from_hidden), ("c", c), ("h", h)):
                kept.setdefault(key, np.zeros((batch, steps, part.shape[1]), np.int64))[:, t] = part
        self.values |= {f"{o.name}.{key}": part for key, part in kept.items() if key != "h"}
        return kept["h"]


def table_entry(i: int) -> int:
    if i < 0:
        return -table_entry(-i)
    return 32767 if i == 1023 else math.floor(2**15 * math.tanh(i / 256) + 0.5)


def squashed(x: int, fraction: int, step: int) -> int:
    """The table's entry for an argument that is rounded, halves away from zero, to `step` bits behind the point."""
    exact = abs(x) * 2**step
    rounded = (2 * exact + 2**fraction) // 2 ** (fraction + 1)
    return table_entry(clamp(rounded if x >= 0 else -rounded, -1023, 1023))


def tanh(x: int, fraction: int) -> int:
    return squashed(x, fraction, 8)


def sigmoid(x: int, fraction: int) -> int:
    return (2**15 + squashed(x, fraction, 7)) // 2


def gru(x: list[int], y: list[int], h: int, c: int, fraction: int) -> tuple[int, int]:
    reset, update = sigmoid(x[0] + y[0], fraction), sigmoid(x[1] + y[1], fraction)
    new = tanh(x[2] + rdbpot(reset * y[2], 15), fraction)
    return rdbpot((2**15 - update) * new + update * h, 15), 0


def lstm(x: list[int], y: list[int], h: int, c: int, fraction: int) -> tuple[int, int]:
    into, forget, cell, out = (p + q for p, q in zip(x, y, strict=True))
    total = 16 * sigmoid(forget, fraction) * c + sigmoid(into, fraction) * tanh(cell, fraction)
    c = clamp(rdbpot(total, 19), -(2**15), 2**15 - 1)
    return rdbpot(sigmoid(out, fraction) * tanh(c, 11), 15), c


def rnn_tanh(x: list[int], y: list[int], h: int, c: int, fraction: int) -> tuple[int, int]:
    return tanh(x[0] + y[0], fraction), 0


CELLS: dict[str, Any] = {"GRU": gru, "LSTM": lstm, "RNN_TANH": rnn_tanh}
