"""Fixtures of the command line's tests."""

from importlib.util import find_spec

import pytest


@pytest.fixture
def yosys() -> None:
    """Skips without Yosys; it is looked for, never loaded (see the flags that tests/conftest.py watches)."""
    if find_spec("pyosys") is None:
        pytest.skip("Yosys is not installed: pip install 'goldaxe[synth]'")
