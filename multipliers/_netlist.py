"""A combinational circuit as a list of gates, evaluated on many operand pairs at a time, 64 to a machine word."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._bits import Operand, from_bits, to_bits

AND, OR, XOR = 0, 1, 2
"""Gate kinds. A NOT is an XOR with the constant 1."""

_WORDS = 1 << 22
"""Words that all signals of a circuit take together at most: 32 MB."""


@dataclass(frozen=True, eq=False)
class Netlist:
    """Gates in an order in which each follows its inputs.

    Signal 0 is the constant 0, signal 1 the constant 1; then come the bits of a and of b, lowest first, and then the gates:
    row i of `gates`, int32 of shape (G, 3), is kind, first and second input of one gate. `outputs`, int32, are the signals of
    the product's bits, lowest first.
    """

    a: Operand
    b: Operand
    p: Operand
    gates: np.ndarray
    outputs: np.ndarray

    def __call__(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Products, int64, of int64 operands of equal shape that fit the ports."""
        flat_a, flat_b = np.ravel(a), np.ravel(b)
        signals = 2 + self.a.width + self.b.width + len(self.gates)
        step = max(64, _WORDS // signals * 64)
        parts = [self._run(flat_a[i : i + step], flat_b[i : i + step]) for i in range(0, len(flat_a), step)]
        products = np.concatenate(parts) if parts else np.zeros(0, np.int64)
        return products.reshape(np.shape(a))

    def _run(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        count = len(a)
        words = -(-count // 64)
        signals = [np.zeros(words, np.uint64), np.full(words, ~np.uint64(0))]
        for values, operand in ((a, self.a), (b, self.b)):
            bits = to_bits(values, operand)
            signals += [_packed((bits >> bit) & 1, words) for bit in range(operand.width)]
        operations = (np.bitwise_and, np.bitwise_or, np.bitwise_xor)
        for kind, first, second in self.gates.tolist():
            signals.append(operations[kind](signals[first], signals[second]))
        product = np.zeros(count, np.int64)
        for bit, signal in enumerate(self.outputs.tolist()):
            unpacked = np.unpackbits(signals[signal].view(np.uint8), count=count, bitorder="little")
            product |= unpacked.astype(np.int64) << bit
        return from_bits(product, self.p)


def _packed(bits: np.ndarray, words: int) -> np.ndarray:
    packed = np.zeros(8 * words, np.uint8)
    some = np.packbits(bits.astype(np.uint8), bitorder="little")
    packed[: len(some)] = some
    return packed.view(np.uint64)
