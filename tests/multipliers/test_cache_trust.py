"""What another user could have written into the cache is refused in one sentence, and what no manifest lists is not used."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from multipliers import CacheError, MultiplierError, _cache_trust, cache_folder, get
from multipliers._cache import entry
from multipliers._import_index import read
from multipliers._imported import keep

pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="files have no owners here")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("GOLDAXE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def made() -> Path:
    """An entry with a file in it; it is built once, or built again if it is not what it was."""
    return entry("kernels", "key", lambda folder: write(folder / "deep" / "kernels.so"))


def write(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"code")
    path.chmod(0o666)
    path.parent.chmod(0o777)


def foreign(monkeypatch, path: Path, uid: int = 4321) -> None:
    """Have `path` belong to another user, as far as anybody asks."""
    really, inode = _cache_trust._statuses, path.lstat().st_ino

    def statuses(asked: Path):
        for status in really(asked):
            values = list(status)
            values[4] = uid if status.st_ino == inode else os.geteuid()
            yield os.stat_result(values)

    monkeypatch.setattr(_cache_trust, "_statuses", statuses)


PLACES = ["", "kernels", "kernels/key", "kernels/key/deep", "kernels/key/deep/kernels.so", "kernels/key/manifest.json"]


def test_what_is_made_can_be_written_by_its_user_alone(cache) -> None:
    before = os.umask(0)
    try:
        made()
        cache_folder("a", "b")
    finally:
        os.umask(before)
    assert [path for path in (cache, *cache.rglob("*")) if path.suffix != ".lock" and path.stat().st_mode & 0o022] == []
    assert made() == cache / "kernels" / "key"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("mode", [0o777, 0o775, 0o1777, 0o757])
def test_what_others_can_write_is_refused(cache, place, mode) -> None:
    made()
    (cache / place).chmod(mode)
    with pytest.raises(CacheError) as error:
        made()
    where = cache / place if place else cache
    assert str(error.value) == (
        f"the cache is not used, since {where} can be written by other users (mode {mode:04o}): run chmod go-w if all in it is "
        "yours, else remove it; or set GOLDAXE_CACHE to a folder of your own"
    )
    (cache / place).chmod(mode & 0o755)
    assert made().is_dir()


@pytest.mark.parametrize("place", PLACES)
def test_what_belongs_to_others_is_refused(cache, monkeypatch, place) -> None:
    made()
    foreign(monkeypatch, cache / place)
    with pytest.raises(CacheError, match=r"^the cache is not used, since .* belongs to another user \(uid 4321\): remove it"):
        made()


def test_what_belongs_to_root_is_used(cache, monkeypatch) -> None:
    made()
    foreign(monkeypatch, cache / "kernels" / "key", uid=0)
    assert made().is_dir()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_root_refuses_a_file_that_was_given_away(cache) -> None:
    os.chown(made() / "deep" / "kernels.so", 4321, -1)
    with pytest.raises(CacheError, match=r"kernels\.so belongs to another user \(uid 4321\)"):
        made()


@pytest.mark.parametrize("name", ["extra.so", "deep/extra.so", ".hidden"])
def test_entry_with_a_file_that_no_manifest_lists_is_made_again(name) -> None:
    folder = made()
    (folder / name).write_bytes(b"planted")
    assert made() == folder
    assert not (folder / name).exists()
    assert (folder / "deep" / "kernels.so").exists()


def test_links_in_an_entry_are_refused(tmp_path) -> None:
    folder = made()
    (tmp_path / "planted.so").write_bytes(b"code")
    (folder / "deep" / "kernels.so").unlink()
    (folder / "deep" / "kernels.so").symlink_to(tmp_path / "planted.so")
    with pytest.raises(CacheError, match=r"kernels\.so is a symbolic link, which nothing here should be: remove it"):
        made()


def test_own_links_to_own_folders_are_followed_and_foreign_ones_are_not(cache, tmp_path, monkeypatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    cache.symlink_to(tmp_path / "elsewhere")
    assert made().is_dir()
    (tmp_path / "elsewhere").chmod(0o777)
    with pytest.raises(CacheError, match="can be written by other users"):
        made()
    (tmp_path / "elsewhere").chmod(0o700)
    foreign(monkeypatch, cache)
    with pytest.raises(CacheError, match="belongs to another user"):
        made()


def test_folder_above_that_everybody_writes_needs_the_sticky_bit(cache, tmp_path) -> None:
    made()
    tmp_path.chmod(0o1777)
    assert made().is_dir()
    tmp_path.chmod(0o777)
    with pytest.raises(CacheError, match=r"everybody can replace folders in .*: run chmod o-w or chmod \+t on it"):
        made()
    tmp_path.chmod(0o700)


def test_imported_multipliers_of_others_are_refused(cache) -> None:
    about = {"name": "mine", "ports": {"a": [2, False], "b": [2, False], "p": [4, False]}}
    key = keep(about, {"table": np.multiply.outer(np.arange(4), np.arange(4))}).key
    assert read().within == {key: "mine"}
    folder = cache / "imported" / key
    (folder / "content.npz").chmod(0o666)
    with pytest.raises(CacheError, match=r"content\.npz can be written by other users"):
        get("mine")
    (folder / "content.npz").chmod(0o644)
    (folder / "more.npz").write_bytes(b"")
    with pytest.raises(MultiplierError, match=r"imported multiplier mine@[0-9a-f]{8} is damaged"):
        get("mine")


def test_systems_without_owners_refuse_nothing(cache) -> None:
    program = """
import os
del os.geteuid
from multipliers import cache_folder
from multipliers._cache import entry
os.umask(0)
cache_folder().chmod(0o777)
print(entry("kernels", "key", lambda folder: (folder / "file").write_text("")).name)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "key\n"
