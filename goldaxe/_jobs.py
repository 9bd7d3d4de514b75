"""Independent tasks in several processes: one that fails, or whose process is killed, is told of and leaves the others be."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.resource_tracker import ensure_running
from typing import Any, Generic, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Done(Generic[Task, Result]):
    """A task with its result, or with why there is none, in one sentence."""

    task: Task
    result: Result | None = None
    why: str | None = None


def each(work: Callable[[Task], Result], tasks: Sequence[Task], jobs: int) -> Iterator[Done[Task, Result]]:
    """`work` of each task, as they are finished; in this process for one job, else in so many that import `work` anew.

    Processes that are still at work end with the iterator, however that ends; an interrupt is for this process only.
    """
    if jobs == 1:
        for task in tasks:
            yield _tried(work, task)
        return
    waiting, busy = deque(tasks), dict[Connection, tuple[Any, Task]]()
    idle: list[tuple[Connection, Any]] = []
    try:
        while waiting or busy:
            while waiting and len(busy) < jobs:
                pipe, process = idle.pop() if idle else _started(work)
                pipe.send(waiting[0])
                busy[pipe] = process, waiting.popleft()
            ready = set(wait(list(busy)))
            for pipe in [pipe for pipe in busy if pipe in ready]:
                process, task = busy.pop(pipe)
                try:
                    done = pipe.recv()
                    idle.append((pipe, process))
                except EOFError:
                    process.join()
                    done = Done(task, why=f"its process ended with exit code {process.exitcode}")
                yield done
    finally:
        for process in [process for process, _ in busy.values()] + [process for _, process in idle]:
            process.terminate()
            process.join(10)
            if process.is_alive():
                process.kill()


def _tried(work: Callable[[Task], Result], task: Task) -> Done[Task, Result]:
    try:
        return Done(task, work(task))
    except (ValueError, OSError) as error:
        return Done(task, why=str(error))
    except Exception as error:
        return Done(task, why=f"{type(error).__name__}: {error}")


def _started(work: Callable[[Task], Result]) -> tuple[Connection, Any]:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(work, theirs), daemon=True)
    ensure_running()  # or multiprocessing starts it below, and lets interrupts in again
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # a process inherits it: it never hears the terminal's
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    theirs.close()
    return ours, process


def _serve(work: Callable[[Task], Result], pipe: Connection) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # an exception, so that unfinished files are cleared away
    threading.Thread(target=_follow, args=(os.getpid(),), daemon=True).start()
    with suppress(EOFError, OSError):  # the command is gone, and its results are in files
        while True:
            pipe.send(_tried(work, pipe.recv()))


def _follow(process: int) -> None:
    """End this process when the one that started it is gone, even if it was killed."""
    command = parent_process()
    assert command is not None
    command.join()
    os.kill(process, signal.SIGTERM)
