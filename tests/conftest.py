"""What holds in every test."""

import sys

import pytest

FLAGS = sys.getdlopenflags()


@pytest.fixture(autouse=True)
def libraries_keep_their_symbols_to_themselves() -> None:
    """Loading pyosys makes every later library's symbols global, so that inductor's modules, which all export
    one `kernel`, call each other's: garbage or a crash in a test that has nothing to do with Yosys.
    """
    assert sys.getdlopenflags() == FLAGS, "something loaded in this process (pyosys?) shares its symbols with all libraries"
