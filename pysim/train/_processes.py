"""Several processes of one run, as `torchrun` starts them: shares of a batch, sums, and what the first does for all."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import signature
from typing import Any

import torch
import torch.distributed as distributed
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from .._errors import PysimError

if distributed.is_available():
    # Before a group is made: its functions' default arguments would keep that one, and its threads, until the interpreter ends.
    # A thread that releases a tensor then aborts the process ("terminate called without an active exception").
    import torch.distributed.nn.functional


class ProcessError(PysimError):
    """Another process of the run ended or failed; the message is one sentence."""


@dataclass(frozen=True)
class Processes:
    """The default process group, or this process alone. Tensors are reduced on the CPU, so the group needs gloo for that."""

    rank: int = 0
    count: int = 1

    @staticmethod
    def here() -> Processes:
        """The group that `init_process_group` made."""
        if distributed.is_available() and distributed.is_initialized():
            return Processes(distributed.get_rank(), distributed.get_world_size())
        return Processes()

    def share(self, batch: Tensor) -> Tensor:
        """This process's part of a batch (B, ...); parts differ by one at most, in length."""
        return batch if self.count == 1 else batch.tensor_split(self.count)[self.rank]

    def sum(self, value: Tensor) -> Tensor:
        """The sum of all processes' values, on the CPU: the same bits in all."""
        total = value.detach().cpu().clone()
        if self.count > 1:
            distributed.all_reduce(total)
        return total

    def gather(self, value: Tensor) -> list[Tensor]:
        """All processes' values, which have one shape and type, by rank."""
        if self.count == 1:
            return [value]
        found = [torch.empty_like(value) for _ in range(self.count)]
        distributed.all_gather(found, value)
        return found

    def by_first(self, work: Callable[[], Any]) -> Any:
        """What `work` gives in the first process, anything that JSON holds, in all of them.

        Where it raises, the first raises that, and the others a ProcessError of the same words.
        """
        if self.count == 1:
            return work()
        if self.rank:
            answer = json.loads(self._broadcast(b""))
            if "error" in answer:
                raise ProcessError(answer["error"])
            return answer["value"]
        try:
            value = work()
        except Exception as error:
            self._broadcast(json.dumps({"error": str(error)}).encode())
            raise
        self._broadcast(json.dumps({"value": value}).encode())
        return value

    def _broadcast(self, text: bytes) -> bytes:
        size = torch.tensor([len(text)], dtype=torch.int64, device="cpu")
        distributed.broadcast(size, 0)
        held = torch.empty(int(size), dtype=torch.uint8, device="cpu")
        if not self.rank:
            held = torch.frombuffer(bytearray(text), dtype=torch.uint8)
        distributed.broadcast(held, 0)
        return bytes(held.numpy())

    def wrapped(self, model: nn.Module) -> nn.Module:
        """The model in DistributedDataParallel, where there are several processes.

        Its buffers need no broadcast: ranges and statistics are reduced where they are made, so that they are equal everywhere.
        """
        if self.count == 1:
            return model
        known = signature(DistributedDataParallel).parameters
        name = "forward_sync_buffers" if "forward_sync_buffers" in known else "broadcast_buffers"  # of torch before 2.13
        options: dict[str, Any] = {name: False}
        return DistributedDataParallel(model, **options)

    @contextmanager
    def together(self, left: Callable[[], str]) -> Iterator[None]:
        """What the backend says about a process that is gone, as a ProcessError that ends in what `left` says."""
        try:
            yield
        except RuntimeError as error:
            if self.count == 1 or not any(word in str(error).lower() for word in ("gloo", "connection", "store")):
                raise
            raise ProcessError(f"one of the {self.count} processes ended before the run did{left()}") from error


def leave_group() -> None:
    """Destroy the default process group, its threads included, if there is one.

    Call it where no wrapped model is left, for that would keep them: a thread that is still at work when the interpreter ends
    can abort the process after a good run. FSDP's caches keep them all the same; these get time to put down what they hold.
    """
    if distributed.is_available() and distributed.is_initialized():
        distributed.destroy_process_group()
        gc.collect()  # wrapped models are parts of cycles
        time.sleep(0.1)
