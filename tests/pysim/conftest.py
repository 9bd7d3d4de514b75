"""Kernels are tested by every instruction set that the machine has, not only the one that it would choose."""

from collections.abc import Iterator

import pytest
from isas import ISAS, running

from pysim.kernels.cpu.isa import NAMES


@pytest.fixture(params=ISAS, ids=lambda isa: NAMES[isa])
def isa(request: pytest.FixtureRequest) -> Iterator[int]:
    """The number of an instruction set, in use for the test."""
    with running(request.param):
        yield request.param
