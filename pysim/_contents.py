"""Whether a tensor's values are still what they were: by the values themselves, for nothing else is proof.

A version counter misses `tensor.data.zero_()`, views that NumPy or another process writes to, and whatever FSDP gathers; an
address says nothing. So the bytes are hashed at every call: XXH3 with 128 bits reads them about as fast as memory gives them,
and two contents share a hash by accident once in 2^128. A caller who promises that nothing changes is spared it: `frozen`.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor
from xxhash import xxh3_128_digest


class Contents:
    """The values of some tensors at one time: a weight first, then what belongs to it."""

    def __init__(self, tensors: Sequence[Tensor]) -> None:
        self._promise = _promise_of(tensors[0])
        self._kept = [_snapshot(tensor) for tensor in tensors]

    def of(self, tensors: Sequence[Tensor]) -> bool:
        """Whether these tensors, as many as were given, hold just these values. Memory that cannot be read has changed."""
        promise = _promise_of(tensors[0])
        if promise is not None and promise is self._promise:
            return True
        same = all(_holds(kept, tensor) for kept, tensor in zip(self._kept, tensors, strict=True))
        if same:
            self._promise = promise
        return same


def _snapshot(tensor: Tensor) -> bytes | Tensor | None:
    """A hash; on another device than the CPU, whose bytes would have to travel, a copy; where neither can be had, None."""
    if tensor.device.type != "cpu":
        return tensor.detach().clone()
    try:
        return _digest(tensor)
    except (RuntimeError, NotImplementedError):  # a tensor without memory of its own, as subclasses may be
        return None


def _holds(kept: bytes | Tensor | None, tensor: Tensor) -> bool:
    if isinstance(kept, Tensor):
        return kept.device == tensor.device and torch.equal(kept, tensor)
    return kept is not None and kept == _snapshot(tensor)


def _digest(tensor: Tensor) -> bytes | None:
    """Read by address: as a NumPy array the memory could never be resized again, and FSDP resizes it at every step."""
    values = tensor.detach()
    if not values.is_contiguous():
        order = sorted(range(values.dim()), key=values.stride, reverse=True)
        values = values.permute(order).contiguous()  # no copy where it fills its memory, in whatever order (channels last)
    size, address = values.numel() * values.element_size(), values.data_ptr()
    if size and not address:
        return None
    return xxh3_128_digest((ctypes.c_char * size).from_address(address) if size else b"")


_EVERYWHERE: dict[int, list[object]] = {}
"""Storages, by number, and who promises at the moment, to all threads, that their values do not change."""


class _Here(threading.local):
    """The same for calls of one thread."""

    def __init__(self) -> None:
        self.promises: dict[int, list[object]] = {}


_HERE = _Here()


def _promise_of(tensor: Tensor) -> object | None:
    """The promise that a tensor's values do not change, or None."""
    storage = tensor.untyped_storage()._cdata
    promises = _EVERYWHERE.get(storage) or _HERE.promises.get(storage)
    return promises[-1] if promises else None


@contextmanager
def unchanging(tensors: Sequence[Tensor], everywhere: bool = False) -> Iterator[None]:
    """Promise that these tensors' values do not change inside, in calls of this thread or `everywhere`.

    Each is compared once more at its first use inside, for it may have changed before.
    """
    promises, mine = _EVERYWHERE if everywhere else _HERE.promises, object()
    storages = {tensor.untyped_storage()._cdata for tensor in tensors}
    for storage in storages:
        promises.setdefault(storage, []).append(mine)
    try:
        yield
    finally:
        for storage in storages:
            promises[storage].remove(mine)
            if not promises[storage]:
                del promises[storage]
