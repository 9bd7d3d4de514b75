"""Which process made a temporary file or holds a lock, and whether it still runs.

A process is named by its number, the time it started (numbers are used again) and its place: this boot of this machine and the
namespace in which numbers count. A cache folder may be shared with other machines and containers; of a process in another place
nobody here can say whether it runs, so what it left is never touched.
"""

from __future__ import annotations

import hashlib
import os
import platform
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PROCESSES = Path("/proc")


@dataclass(frozen=True)
class Owner:
    """A process: `start` is in clock ticks since boot, 0 where the system does not tell."""

    pid: int
    start: int
    place: str

    @property
    def alive(self) -> bool | None:
        """Whether the process runs; None where that cannot be known, as it is of another machine, boot or container."""
        if self.place != place():
            return None
        try:
            os.kill(self.pid, 0)
        except (ProcessLookupError, OverflowError):
            return False
        except OSError:
            return True  # another user's
        started = _started(self.pid)
        return started is None or started == self.start or (self.start == 0 and started > 0)

    def __str__(self) -> str:
        return f"{self.pid}-{self.start}-{self.place}"


def this_process() -> Owner:
    """The process that asks."""
    return _owner(os.getpid())


@cache
def _owner(pid: int) -> Owner:
    return Owner(pid, _started(pid) or 0, place())


def _started(pid: int) -> int | None:
    """When a process was started; None where that cannot be read, -1 for one that has ended and waits for its parent."""
    with suppress(OSError, ValueError, IndexError):
        fields = (_PROCESSES / str(pid) / "stat").read_text().rpartition(")")[2].split()
        return -1 if fields[0] in "ZX" else int(fields[19])
    return None


@cache
def place() -> str:
    """This boot of this machine and this process's namespace of process numbers, as 12 hexadecimal digits."""
    parts = [platform.node()]
    with suppress(OSError):
        parts.append((_PROCESSES / "sys/kernel/random/boot_id").read_text().strip())
        parts.append(str((_PROCESSES / "self/ns/pid").readlink()))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
