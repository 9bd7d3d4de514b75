"""Tasks in several processes: all are done, failures are told one by one, and nothing is left running."""

import multiprocessing
import os
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from goldaxe._jobs import Done, each


def work(task: str) -> str:
    """A task that does what it is called."""
    if task == "bad":
        raise ValueError("it is not allowed")
    if task == "broken":
        raise TypeError("what")
    if task == "killed":
        os.kill(os.getpid(), 9)
    return f"{task} by {os.getpid()}"


def first_then_wait(task: tuple[str, str]) -> None:
    folder, what = task
    if what != "first":
        Path(folder, what).touch()
        time.sleep(100)


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_fails_leaves_the_others_be(jobs: int) -> None:
    tasks = ["a", "bad", "b", "broken", "c"] + ["killed", "d", "e"] * (jobs > 1)
    found = {done.task: done for done in each(work, tasks, jobs)}
    assert sorted(found) == sorted(tasks)
    assert found["bad"] == Done("bad", why="it is not allowed")
    assert found["broken"] == Done("broken", why="TypeError: what")
    if jobs > 1:
        assert found["killed"] == Done("killed", why="its process ended with exit code -9")
    processes = {str(done.result).split()[-1] for done in found.values() if done.why is None}
    assert (str(os.getpid()) in processes) == (jobs == 1)
    assert 1 <= len(processes) <= jobs + 1
    assert not multiprocessing.active_children()


def test_nothing_is_left_running(tmp_path: Path) -> None:
    """By an iterator that is given up, as an interrupt does it, while processes are at work."""
    results = each(first_then_wait, [(str(tmp_path), what) for what in ("first", "second", "third")], 2)
    assert isinstance(results, Generator)
    assert next(results).task[1] == "first"
    while not list(tmp_path.iterdir()):
        time.sleep(0.01)
    assert len(multiprocessing.active_children()) == 2
    results.close()
    assert not multiprocessing.active_children()
