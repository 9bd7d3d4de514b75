"""The cache folder: entries are complete or absent, made once, and made again when they are not what they were."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from multipliers import CacheError, _files, cache_folder, cache_root
from multipliers._cache import entry, locked, write_atomically
from multipliers._files import leftovers
from multipliers._locks import holder, notes
from multipliers._owner import this_process


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Builder:
    """Fills an entry with one file, and counts how often."""

    def __init__(self, content: bytes = b"content", seconds: float = 0.0):
        self.content, self.seconds, self.times = content, seconds, 0
        self.guard = threading.Lock()

    def __call__(self, folder: Path) -> None:
        with self.guard:
            self.times += 1
        time.sleep(self.seconds)
        (folder / "deep").mkdir()
        (folder / "deep" / "file").write_bytes(self.content)


def test_place_is_named_by_the_environment(cache, monkeypatch):
    assert cache_root() == cache
    assert not cache.exists()
    assert cache_folder("a", "b") == cache / "a" / "b"
    assert (cache / "a" / "b").is_dir()
    assert cache.stat().st_mode & 0o777 == 0o700
    monkeypatch.setenv("GOLDAXE_CACHE", "relative")
    assert cache_root() == Path.cwd() / "relative"


@pytest.mark.parametrize("value", [None, ""])
def test_place_without_the_variable_is_the_users_cache(monkeypatch, value, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("GOLDAXE_CACHE")
    if value is not None:
        monkeypatch.setenv("GOLDAXE_CACHE", value)
    assert cache_root().name == "goldaxe"
    assert cache_root().is_absolute()


def test_entry_is_built_once():
    build = Builder()
    first, second = entry("kind", "key", build), entry("kind", "key", build)
    assert first == second
    assert (first / "deep" / "file").read_bytes() == b"content"
    assert build.times == 1
    entry("kind", "other", build)
    assert build.times == 2


def test_entry_is_built_once_by_threads_that_ask_together():
    build = Builder(seconds=0.2)
    with ThreadPoolExecutor(8) as pool:
        folders = set(pool.map(lambda _: entry("kind", "key", build), range(8)))
    assert (len(folders), build.times) == (1, 1)


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()])
def test_entry_whose_build_fails_is_absent(cache, error):
    def build(folder: Path) -> None:
        (folder / "half").write_text("half")
        raise error

    with pytest.raises(type(error)):
        entry("kind", "key", build)
    assert [path.name for path in (cache / "kind").iterdir() if path.suffix != ".lock"] == []
    assert entry("kind", "key", Builder()).is_dir()


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "deep" / "file").write_bytes(b"contenu"),
        lambda folder: (folder / "deep" / "file").write_bytes(b""),
        lambda folder: (folder / "deep" / "file").unlink(),
        lambda folder: (folder / "manifest.json").write_bytes(b"\xff"),
        lambda folder: (folder / "manifest.json").write_text("[1]"),
        lambda folder: (folder / "manifest.json").write_text('{"deep": "hash"}'),
        lambda folder: (folder / "manifest.json").write_text('{"deep/file": 7}'),
    ],
)
def test_damaged_entry_is_built_again(damage):
    build = Builder()
    damage(entry("kind", "key", build))
    folder = entry("kind", "key", build)
    assert build.times == 2
    assert sorted(path.name for path in folder.rglob("*")) == ["deep", "file", "manifest.json"]
    assert (folder / "deep" / "file").read_bytes() == b"content"


def test_file_in_the_place_of_an_entry_is_replaced(cache):
    cache_folder("kind")
    (cache / "kind" / "key").write_text("in the way")
    assert (entry("kind", "key", Builder()) / "deep" / "file").exists()


def test_leftover_of_a_killed_process_is_removed(cache):
    program = """if True:
        import os
        from multipliers._cache import entry
        def build(folder):
            (folder / "half").write_text("half")
            os.kill(os.getpid(), 9)
        entry("kind", "key", build)
    """
    subprocess.run([sys.executable, "-c", program], check=False)
    (leftover,) = (cache / "kind").glob(".key.*")
    (left,) = leftovers(cache / "kind")
    assert left.path == leftover
    here = str(this_process())
    kept = [
        f".key.{here}.01234567",  # of this process, which runs
        f".key.{left.owner.pid}-{left.owner.start}-{'0' * 12}.01234567",  # of another machine
        f".key.{left.owner.pid}-{left.owner.start}-{left.owner.place}",  # not one of our names
        "key-abc",
    ]
    for name in kept:
        (cache / "kind" / name).mkdir()
    reused = cache / "kind" / f".key.{os.getpid()}-{this_process().start - 1}-{left.owner.place}.01234567.v"
    reused.write_text("of an earlier process of this number")
    assert [one.owner.alive for one in leftovers(cache / "kind") if one.path.name == kept[0]] == [True]
    _files._swept.cache_clear()
    entry("kind", "key", Builder())
    assert not leftover.exists()
    assert not reused.exists()
    assert {*kept, "key"} <= {path.name for path in (cache / "kind").iterdir()}


def test_who_holds_a_lock_is_told(cache):
    folder = cache_folder("kind")
    with locked(folder / "key"):
        found = holder(folder / "key")
        assert found is not None
        assert found.owner == this_process()
        assert found.owner.alive
        assert list(notes(cache)) == [(folder / "key", found)]
        assert str(found).startswith(f"process {os.getpid()} (")
    assert holder(folder / "key") is None
    for text in ("", "[]", "{}", '{"owner": {"pid": "x", "start": 0, "place": ""}, "command": "", "since": 0}', "[" * 5000):
        (folder / "key.lock.holder").write_text(text)
        assert holder(folder / "key") is None
    with locked(folder / "key"):
        assert holder(folder / "key") is not None


def test_disk_that_fills_during_a_build_is_a_cache_error():
    def build(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(CacheError, match=r"cannot use the cache folder .*: No space left on device; set GOLDAXE_CACHE"):
        entry("kind", "key", build)


def test_file_is_written_whole_or_not_at_all(cache, monkeypatch):
    path = cache_folder() / "file"
    write_atomically(path, b"first")

    def broken(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, b"second")
    assert path.read_bytes() == b"first"
    assert list(cache.iterdir()) == [path]


def test_folder_that_cannot_be_made(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path / "file"))
    with pytest.raises(CacheError, match="File exists"):
        cache_folder()
