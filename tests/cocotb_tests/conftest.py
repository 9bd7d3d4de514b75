"""One cache folder for the session, shared by all workers, so that nothing is compiled twice; or a private one for a test."""

import os
from pathlib import Path

import pytest

from multipliers import cache_folder


@pytest.fixture(scope="session", autouse=True)
def shared_cache(tmp_path_factory: pytest.TempPathFactory):
    """GOLDAXE_CACHE, or a folder beside the workers' temporary folders."""
    if os.environ.get("GOLDAXE_CACHE"):
        yield cache_folder()
        return
    own = tmp_path_factory.getbasetemp()
    session = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    os.environ["GOLDAXE_CACHE"] = str(session / "goldaxe_cache")
    yield cache_folder()
    del os.environ["GOLDAXE_CACHE"]


@pytest.fixture
def private_cache(shared_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder that only borrows the compiled runtime."""
    cache = tmp_path / "cache"
    cache.mkdir()
    runtime = shared_cache / "runtime"
    runtime.mkdir(exist_ok=True)
    (cache / "runtime").symlink_to(runtime)
    monkeypatch.setenv("GOLDAXE_CACHE", str(cache))
    return cache
