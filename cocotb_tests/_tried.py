"""Which operand pairs a verification tries, as they stand on the ports, and what has to be seen if the RTL equals the model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from multipliers import Multiplier, MultiplierError, Vectors, exhaustive, sampled, to_bits

from ._bit_vectors import BitVectors
from ._evidence import Evidence, evidence, evidence_of_all_pairs

EXHAUSTIVE_PAIRS = 1 << 16
"""Operand pairs up to which all are tried: those of two 8-bit operands, which take half a second in the simulator."""

SAMPLES = 20_000
"""Random operand pairs for wider operands, besides all pairs of corner operands."""

MOST_SAMPLES = 1 << 24
"""They are drawn again whenever a stamp is looked up: this many take seconds."""

Pairs = Sequence[Sequence[int]]


def tries_all(multiplier: Multiplier, samples: int) -> bool:
    """Whether all operand pairs are to be tried."""
    return multiplier.a.codes * multiplier.b.codes <= max(EXHAUSTIVE_PAIRS, samples) and multiplier.tabulated


def tried(multiplier: Multiplier, samples: int, seed: int, again: Pairs = ()) -> Vectors:
    """All operand pairs, or a sample with those to try `again`; in the order of a, then b, and each pair once."""
    if tries_all(multiplier, samples):
        return exhaustive(multiplier)
    chosen = sampled(multiplier, samples, seed)
    pairs = np.stack([chosen.a, chosen.b], axis=1)
    if again:
        low, high = np.transpose([(port.low, port.high) for port in (multiplier.a, multiplier.b)])
        pairs = np.concatenate([pairs, np.clip(np.array(again, dtype=object), low, high).astype(np.int64)])
    a, b = np.unique(pairs, axis=0).T
    return Vectors(a, b, (multiplier.a, multiplier.b))


def bits_of(multiplier: Multiplier, vectors: Vectors) -> BitVectors:
    """Operands and the model's products as they stand on the ports; raises MultiplierError for products that do not fit."""
    products, port = multiplier(vectors.a, vectors.b), multiplier.p
    if products.shape != vectors.a.shape:
        raise MultiplierError(f"{multiplier.label}: its model gives products of shape {products.shape} for {vectors.a.shape}")
    if products.min() < port.low or products.max() > port.high:
        raise MultiplierError(f"{multiplier.label}: its products do not fit its {port.width}-bit product port")
    columns = (to_bits(vectors.a, multiplier.a), to_bits(vectors.b, multiplier.b), to_bits(products, port))
    a, b, p = (column.astype(np.uint64) for column in columns)
    return BitVectors(a, b, p, (multiplier.a.width, multiplier.b.width, port.width))


def expected(multiplier: Multiplier, samples: int, seed: int, again: Pairs = ()) -> Evidence:
    """What a simulation has to show: where all pairs are tried, from the model's table, and not from the pairs above."""
    if tries_all(multiplier, samples):
        return evidence_of_all_pairs(multiplier)
    bits = bits_of(multiplier, tried(multiplier, samples, seed, again))
    return evidence(bits.a, bits.b, bits.expected)
