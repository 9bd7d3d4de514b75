"""Integers to the bytes of packed ports and back, many cycles at a time."""

from __future__ import annotations

import numpy as np

from multipliers import Operand, from_bits


def to_ports(values: np.ndarray, width: int, port_bytes: int) -> np.ndarray:
    """Rows of integers (N, lanes) as the bytes of a port with `width` bits a lane, uint8 (N, port_bytes), little endian."""
    if width in (8, 16, 32):
        packed = np.ascontiguousarray(values).astype(f"<i{width // 8}").view(np.uint8)
    else:
        packed = np.packbits(bits_of(values, width), axis=1, bitorder="little")
    ports = np.zeros((len(values), port_bytes), dtype=np.uint8)
    ports[:, : packed.shape[1]] = packed
    return ports


def bits_of(values: np.ndarray, width: int) -> np.ndarray:
    """Rows of integers (N, lanes) as bits of zeros and ones, uint8 (N, lanes * width), each lane's lowest first."""
    bits = (np.asarray(values, dtype=np.int64)[:, :, None] >> np.arange(width)) & 1
    return bits.reshape(len(values), values.shape[1] * width).astype(np.uint8)


def from_ports(ports: np.ndarray, width: int, lanes: int) -> np.ndarray:
    """The two's complement integers (N, lanes), int64, of the bytes of a port with `width` bits a lane."""
    if width in (8, 16, 32):
        used = np.ascontiguousarray(ports[:, : lanes * width // 8])
        return used.view(f"<i{width // 8}").astype(np.int64)
    bits = np.unpackbits(ports, axis=1, bitorder="little")[:, : lanes * width].reshape(len(ports), lanes, width)
    return from_bits((bits.astype(np.int64) << np.arange(width)).sum(axis=2), Operand(width, signed=True))
