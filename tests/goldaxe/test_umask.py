"""Files that a user names have the mode that the user's umask says; what lies in the cache is for its user alone."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from accelerator import lower, save
from benchmarks.results import keep
from cocotb_tests._process import run
from goldaxe._pareto_plots import write_text
from goldaxe.cosim._bench import write_bench
from multipliers import Rtl, cache_folder, get, rtl
from multipliers._cache import entry, write_atomically
from multipliers._cache_trust import complaints_inside
from multipliers._locks import locked
from pysim import approximate_
from pysim.train._checkpoint import Checkpoint
from pysim.train._checkpoint import save as save_checkpoint
from workloads import _record
from workloads._record import Record

pytestmark = pytest.mark.skipif(os.name != "posix", reason="files have no such modes here")


@pytest.fixture(params=[0o002, 0o022, 0o077, 0o000], ids=oct)
def umask(request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path / "cache"))
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def program(path: Path) -> None:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 2))
    approximate_(model, "exact8us", calibration=[torch.randn(8, 3)])
    save(lower(model, [torch.randn(8, 3)], name="small"), path)


def weights(path: Path) -> None:
    record = Record("mnist-gru", 1, 2, 3, 4, 5, "", "", "", "")
    _record.save(path, torch.nn.Linear(2, 2), record)


@pytest.mark.parametrize(
    "written",
    [
        program,
        weights,
        lambda path: write_atomically(path, b"report"),
        lambda path: write_text("a,b\n", path.with_suffix(".csv")),
        lambda path: keep(path, [1]),
        lambda path: save_checkpoint(path, Checkpoint({"a": torch.zeros(1)}, {})),
    ],
    ids=["program", "weights", "report", "table", "times", "checkpoint"],
)
def test_a_file_that_the_user_names(tmp_path: Path, umask: int, written: Callable[[Path], None]) -> None:
    (tmp_path / "out").mkdir(mode=0o700)
    written(tmp_path / "out" / "file")
    (path,) = (tmp_path / "out").iterdir()
    assert oct(path.stat().st_mode & 0o777) == oct(0o666 & ~umask)


def code(made: Path) -> None:
    (made / "deep").mkdir()
    (made / "deep" / "code").write_text("")


def test_what_lies_in_the_cache(umask: int) -> None:
    """Nobody else could have written it, whatever the umask, so that nothing of it is refused later."""
    folder = cache_folder("cosim", "key")
    write_atomically(folder / "state.json", b"{}")
    write_bench(folder / "divergence", Rtl("top", "", rtl(get("exact2")).files), {"x_i": [0]}, {"y_o": [(0, 1)]}, "")
    run(["true"], folder=folder, env={}, log=cache_folder("logs") / "a.log", seconds=60)
    with locked(cache_folder("models") / "key"):
        pass
    entry("kernels", "key", code)
    assert list(complaints_inside(cache_folder())) == []
    assert cache_folder("logs") == cache_folder() / "logs"


def test_what_goes_wrong_with_a_users_file_is_not_said_of_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path / "cache"))
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "missing" / "file", b"")
