"""The session's cache folder, the one of tests/cocotb_tests, so that Verilator's runtime is compiled once."""

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """GOLDAXE_CACHE, or a folder beside the workers' temporary folders."""
    if os.environ.get("GOLDAXE_CACHE"):
        yield
        return
    own = tmp_path_factory.getbasetemp()
    session = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    os.environ["GOLDAXE_CACHE"] = str(session / "goldaxe_cache")
    yield
    del os.environ["GOLDAXE_CACHE"]
