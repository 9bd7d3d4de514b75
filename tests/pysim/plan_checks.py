"""What every plan is held to, and tables to make plans of."""

import numpy as np

from pysim.kernels.compiler import compile_plan
from pysim.kernels.lattice import rank
from pysim.kernels.plan import Plan


def compiled(table: np.ndarray, a_low: int = 0, b_low: int = -127, **options) -> Plan:
    plan = compile_plan(table, a_low, b_low, cache=False, **options)
    assert_exact(plan, table)
    return plan


def assert_exact(plan: Plan, table: np.ndarray) -> None:
    """A plan gives the table, summed here plane by plane; its planes are legal; and it never has fewer than it can."""
    assert np.array_equal(plan.reconstruct(), table)
    assert plan.bound == np.abs(table.astype(np.int64)).max()
    assert plan.column.dtype == np.int64
    assert plan.column.shape == table.shape[1:]
    total = plan.column + np.zeros(table.shape, int)
    for plane in plan.planes:
        assert (plane.left.dtype, plane.right.dtype) == (np.int16, np.int8)
        assert plane.left.min() + plane.offset >= 0
        assert plane.left.max() + plane.offset <= 255
        assert 0 <= plane.shift <= 31
        total += 2**plane.shift * np.multiply.outer(plane.left.astype(int), plane.right.astype(int))
    if plan.kind == "table":
        assert not plan.planes
        assert not plan.column.any()
    else:
        assert np.array_equal(total, table)
        assert len(plan.planes) >= rank(table.astype(np.int64) - table[0])
    assert [plane.shift for plane in plan.planes] == sorted((plane.shift for plane in plan.planes), reverse=True)


def random_table(size: int, seed: int, entries: int = 90, shape: tuple[int, int] = (256, 255)) -> np.ndarray:
    """A table of that rank, a product of integer factors."""
    rng = np.random.default_rng(seed)
    left, right = rng.integers(-entries, entries, (shape[0], size)), rng.integers(-entries, entries, (size, shape[1]))
    return left @ right
