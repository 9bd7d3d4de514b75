"""One command in several processes: torchrun's, or helpers that the command starts itself; one of them tells what went wrong.

Processes find each other by a store of torch's, which is in the first one's hands or in torchrun's. Whoever fails first claims
the telling there, before its connections close and the others fail for want of it. A helper whose command is gone ends too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pysim.train import Processes

PATIENCE = timedelta(minutes=2)
"""For all processes to have started."""

_HELPER = "GOLDAXE_HELPER"
_TORCHRUN = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


def first() -> bool:
    """Whether this process is the one that prints; also before it joined the others."""
    return int((os.environ.get(_HELPER) or f"0 {os.environ.get('RANK', 0)}").split()[1]) == 0


class _Telling:
    """Whether this process is the one to tell what went wrong: None before any failure among several processes."""

    claimed: bool | None = None


def tells() -> bool:
    """Whether this process should say why the command failed."""
    return first() if _Telling.claimed is None else _Telling.claimed


@contextmanager
def joined(wanted: int | None = None) -> Iterator[Processes]:
    """This process as one of the run: of torchrun's, or the first of `wanted` that are started; by itself without either.

    Raises PysimError for a number that is not allowed, and for processes that do not start.
    """
    from pysim import PysimError
    from pysim.train import Processes, leave_group

    _Telling.claimed = None
    launched = all(name in os.environ for name in _TORCHRUN)
    count = int(os.environ["WORLD_SIZE"]) if launched else 1
    if wanted is not None and wanted < 1:
        raise PysimError(f"processes = {wanted} is not allowed; use 1 or more")
    if wanted is not None and launched and wanted != count:
        raise PysimError(f"--processes {wanted} contradicts torchrun, which started {count}; leave one of them out")
    if _HELPER not in os.environ and max(count, wanted or 1) == 1:
        yield Processes()
        return
    import torch.distributed as distributed

    helpers: list[subprocess.Popen[bytes]] = []
    if _HELPER in os.environ:
        port, rank, count = map(int, os.environ[_HELPER].split())
        store: Any = distributed.TCPStore("127.0.0.1", port, is_master=False, timeout=PATIENCE)
    elif launched:
        store, rank, count = next(distributed.rendezvous("env://", timeout=PATIENCE))
    else:
        rank, count = 0, wanted or 1
        store = distributed.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False, timeout=PATIENCE)
        helpers = [_helper(f"{store.port} {other} {count}") for other in range(1, count)]
    try:
        _meet(store, rank, count, helpers)
        distributed.init_process_group("gloo", store=distributed.PrefixStore("group", store), rank=rank, world_size=count)
        yield Processes(rank, count)
    except BaseException as error:
        _Telling.claimed = _claim(store)
        traceback.clear_frames(error.__traceback__)  # which hold the wrapped model, and that the group
        raise
    finally:
        leave_group()
        _end(helpers)


def _helper(place: str) -> subprocess.Popen[bytes]:
    """This command once more, out of reach of the terminal's interrupts: it ends when the first process does."""
    paths = [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    quiet = {"TORCH_CPP_LOG_LEVEL": "ERROR"}  # or torch tells of a store that is gone in twenty lines
    environment = {**quiet, **os.environ, _HELPER: place, "PYTHONPATH": os.pathsep.join(paths)}
    command, nothing = [sys.executable, "-m", "goldaxe", *sys.argv[1:]], subprocess.DEVNULL
    return subprocess.Popen(command, env=environment, stdin=nothing, stdout=nothing, start_new_session=True)


def _meet(store: Any, rank: int, count: int, helpers: Sequence[subprocess.Popen[bytes]]) -> None:
    """Wait for all processes; raises ProcessError where one does not come."""
    from pysim.train import ProcessError

    store.set(f"here {rank}", "")
    names, end = [f"here {other}" for other in range(count)], time.monotonic() + PATIENCE.total_seconds()
    while not store.check(names):
        if any(helper.poll() is not None for helper in helpers):
            raise ProcessError(f"one of the {count} processes ended before the run began")
        if time.monotonic() > end:
            raise ProcessError(f"not all of the {count} processes have started within {PATIENCE.total_seconds():.0f} s")
        time.sleep(0.02)


def _claim(store: Any) -> bool:
    try:
        return bool(store.add("told", 1) == 1)
    except RuntimeError:  # the store's holder is gone, so it has told
        return False


def _end(helpers: Sequence[subprocess.Popen[bytes]], seconds: float = 10.0) -> None:
    for helper in helpers:
        try:
            helper.wait(seconds)
        except subprocess.TimeoutExpired:
            helper.kill()
            helper.wait()
