"""The instruction sets that this machine can run, and kernels run by one of them."""

from collections.abc import Iterator
from contextlib import contextmanager

from pysim.kernels.cpu.interface import best_isa, isa_in_use, use_isa

ISAS = range(best_isa() + 1)


@contextmanager
def running(isa: int) -> Iterator[None]:
    """Kernels use this instruction set, and products that are made meanwhile keep it."""
    before = isa_in_use()
    use_isa(isa)
    try:
        yield
    finally:
        use_isa(before)
