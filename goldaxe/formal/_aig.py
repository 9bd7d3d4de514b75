"""And-inverter graphs: read from Yosys, built, instantiated with some inputs fixed, written for ABC, and simulated.

Literals are AIGER's: 0 is false, 1 is true, 2 * n is node n, and an odd literal the inverse of the even one below it. Nodes
are the inputs, from 1 on, and then the AND gates, each behind those that it reads.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ._errors import FormalError

FALSE, TRUE = 0, 1

Word = list[int]
"""Literals, lowest bit first."""


class Aig:
    """A combinational circuit of AND gates and inverters; constants are folded and equal gates shared as it is built."""

    def __init__(self, inputs: int) -> None:
        self.inputs = inputs
        self.gates: list[tuple[int, int]] = []
        self.outputs: Word = []
        self._known: dict[tuple[int, int], int] = {}

    def input(self, index: int) -> int:
        """The literal of an input."""
        return 2 * (index + 1)

    def and_(self, x: int, y: int) -> int:
        """The literal of x AND y."""
        x, y = min(x, y), max(x, y)
        if x == FALSE or x ^ y == 1:
            return FALSE
        if x in (TRUE, y):
            return y
        if (x, y) not in self._known:
            self._known[x, y] = 2 * (1 + self.inputs + len(self.gates))
            self.gates.append((x, y))
        return self._known[x, y]

    def xor(self, x: int, y: int) -> int:
        """The literal of x XOR y."""
        return self.and_(self.and_(x, y) ^ 1, self.and_(x ^ 1, y ^ 1) ^ 1)

    def add(self, x: Word, y: Word, carry: int = FALSE) -> Word:
        """The sum of two words of equal length and a carry, modulo 2**length, by a ripple-carry adder."""
        total = []
        for first, second in zip(x, y, strict=True):
            half = self.xor(first, second)
            total.append(self.xor(half, carry))
            carry = self.and_(self.and_(first, second) ^ 1, self.and_(half, carry) ^ 1) ^ 1
        return total

    def subtract(self, x: Word, y: Word) -> Word:
        """The difference of two words of equal length, modulo 2**length."""
        return self.add(x, [bit ^ 1 for bit in y], TRUE)

    def place(self, circuit: Aig, inputs: Sequence[int]) -> Word:
        """The outputs of another circuit, built into this one, with literals of this one at its inputs."""
        literal = [FALSE, *inputs]
        for x, y in circuit.gates:
            literal.append(self.and_(literal[x >> 1] ^ (x & 1), literal[y >> 1] ^ (y & 1)))
        return [literal[output >> 1] ^ (output & 1) for output in circuit.outputs]

    def simulate(self, inputs: np.ndarray) -> np.ndarray:
        """Packed outputs, uint64 (outputs, words), from packed inputs (inputs, words)."""
        values = [np.zeros(inputs.shape[1], np.uint64), *inputs]
        for x, y in self.gates:
            first = ~values[x >> 1] if x & 1 else values[x >> 1]
            second = ~values[y >> 1] if y & 1 else values[y >> 1]
            values.append(first & second)
        return np.stack([~values[output >> 1] if output & 1 else values[output >> 1] for output in self.outputs])

    def aiger(self) -> bytes:
        """The circuit as a binary AIGER file."""
        count = self.inputs + len(self.gates)
        lines = [f"aig {count} {self.inputs} 0 {len(self.outputs)} {len(self.gates)}", *map(str, self.outputs)]
        deltas = bytearray()
        for index, (x, y) in enumerate(self.gates):
            for delta in (2 * (1 + self.inputs + index) - y, y - x):
                while delta >= 128:
                    deltas.append(delta & 127 | 128)
                    delta >>= 7
                deltas.append(delta)
        return "\n".join(lines).encode() + b"\n" + bytes(deltas)


def read_aiger(text: str, inputs: Sequence[str], outputs: Sequence[str]) -> Aig:
    """A circuit from an ASCII AIGER file, its inputs and outputs in the order of the names given.

    Raises FormalError if it has registers, other ports (as a bit that nothing drives becomes), or a loop.
    """
    lines = text.splitlines()
    _, _, read, latches, driven, gates = (int(word) if word.isdigit() else 0 for word in lines[0].split())
    if latches:
        raise FormalError(f"the design has {latches} registers, and only combinational ones can be proved or mutated")
    symbols = dict(line.split(" ", 1) for line in lines[1 + read + driven + gates :] if line[:1] in ("i", "o") and " " in line)
    if read != len(inputs) or driven != len(outputs) or set(symbols.values()) != {*inputs, *outputs}:
        more = f"{read} inputs and {driven} outputs where {len(inputs)} and {len(outputs)} are expected"
        raise FormalError(f"the design has {more}; are there bits that nothing drives?")
    aig = Aig(read)
    literal = {0: FALSE}
    for index in range(read):
        literal[int(lines[1 + index]) >> 1] = aig.input(inputs.index(symbols[f"i{index}"]))
    for line in lines[1 + read + driven : 1 + read + driven + gates]:
        node, x, y = map(int, line.split())
        if x >> 1 not in literal or y >> 1 not in literal:
            raise FormalError("the design's gates are not in the order of signal flow; it may have a loop")
        literal[node >> 1] = aig.and_(literal[x >> 1] ^ (x & 1), literal[y >> 1] ^ (y & 1))
    ports = {symbols[f"o{index}"]: int(lines[1 + read + index]) for index in range(driven)}
    aig.outputs = [literal[ports[name] >> 1] ^ (ports[name] & 1) for name in outputs]
    return aig


def packed(integers: np.ndarray, width: int) -> np.ndarray:
    """Bits 0 ... width-1 of integers (N,), uint64 (width, words), 64 integers to a word; the last word is filled with 0."""
    bits = (np.asarray(integers, np.int64)[None, :] >> np.arange(width)[:, None]) & 1
    padded = np.zeros((width, -(-bits.shape[1] // 64) * 64), np.uint8)
    padded[:, : bits.shape[1]] = bits
    return np.packbits(padded, axis=1, bitorder="little").view(np.uint64)


def unpacked(words: np.ndarray, count: int) -> np.ndarray:
    """The integers, int64 (count,), of packed bits (width, words)."""
    bits = np.unpackbits(np.ascontiguousarray(words).view(np.uint8), axis=1, count=count, bitorder="little")
    return (bits.astype(np.int64) << np.arange(len(words))[:, None]).sum(axis=0)
