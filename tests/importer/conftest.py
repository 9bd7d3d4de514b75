"""A library of imported multipliers for each test, which borrows the simulator's runtime from the session's cache."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    own = tmp_path_factory.getbasetemp()
    session = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder = Path(os.environ.get("GOLDAXE_CACHE", session / "goldaxe_cache")) / "runtime"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(autouse=True)
def library(runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of imported multipliers of this test."""
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "runtime").symlink_to(runtime)
    monkeypatch.setenv("GOLDAXE_CACHE", str(cache))
    return cache / "imported"
