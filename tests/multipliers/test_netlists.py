"""Netlists evaluated 64 pairs to a word equal the same gates evaluated one pair at a time."""

import random

import numpy as np
import pytest

from multipliers import Operand
from multipliers import _netlist as netlist


def random_circuit(seed: int) -> netlist.Netlist:
    rng = random.Random(seed)
    a, b, p = Operand(5, seed % 2 == 1), Operand(3, seed % 4 > 1), Operand(6, seed % 3 == 1)
    first = 2 + a.width + b.width
    gates = [(rng.randrange(3), rng.randrange(first + i), rng.randrange(first + i)) for i in range(40)]
    outputs = rng.sample(range(first + len(gates)), p.width)
    return netlist.Netlist(a, b, p, np.array(gates, np.int32), np.array(outputs, np.int32))


def one_pair(circuit: netlist.Netlist, a: int, b: int) -> int:
    signals = [0, 1, *((a >> bit) & 1 for bit in range(5)), *((b >> bit) & 1 for bit in range(3))]
    for kind, x, y in circuit.gates.tolist():
        signals.append((signals[x] & signals[y], signals[x] | signals[y], signals[x] ^ signals[y])[kind])
    value = sum(signals[signal] << bit for bit, signal in enumerate(circuit.outputs.tolist()))
    return value - 64 if circuit.p.signed and value >= 32 else value


@pytest.mark.parametrize("seed", range(12))
def test_words_of_pairs_are_pairs(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one part, and in parts of 64 pairs, the last of them shorter; in any order and shape."""
    circuit = random_circuit(seed)
    a, b = np.meshgrid(circuit.a.values(), circuit.b.values(), indexing="ij")
    expected = [one_pair(circuit, x, y) for x, y in zip(a.ravel().tolist(), b.ravel().tolist(), strict=True)]
    assert circuit(a, b).tolist() == np.reshape(expected, a.shape).tolist()
    monkeypatch.setattr(netlist, "_WORDS", 1)
    assert circuit(a.ravel()[:250], b.ravel()[:250]).tolist() == expected[:250]
    assert circuit(a.ravel()[:0], b.ravel()[:0]).tolist() == []
    assert circuit(a[3, 2], b[3, 2]).tolist() == expected[3 * 8 + 2]
