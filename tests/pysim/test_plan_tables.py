"""Every plan equals its table on all pairs: exact products, low ranks, constants, extremes, and whatever hypothesis finds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_checks import compiled, random_table


@pytest.mark.parametrize("a_low", [0, -128, -127, 1, -3])
def test_exact_is_one_plane_of_the_codes(a_low):
    a, b = np.arange(a_low, min(a_low + 256, 256)), np.arange(-127, 128)
    plan = compiled(np.multiply.outer(a, b), a_low)
    (plane,) = plan.planes
    assert (plan.kind, plane.shift, plane.offset) == ("exact", 0, -min(a_low, 0))
    assert np.array_equal(plane.left, a)
    assert np.array_equal(plane.right, b)
    assert not plan.column.any()


def test_exact_with_unsigned_8_bit_weights_takes_two_planes():
    plan = compiled(np.multiply.outer(np.arange(256), np.arange(256)), 0, 0)
    assert (plan.kind, len(plan.planes)) == ("low rank", 2)


def test_a_window_that_starts_above_zero_has_a_negative_offset():
    plan = compiled(np.multiply.outer(np.arange(100, 356), np.arange(3)), 100, 0)
    assert plan.planes[0].offset == -100


@pytest.mark.parametrize("size", range(1, 21))
def test_random_tables_of_low_rank(size):
    assert len(compiled(random_table(size, seed=size)).planes) == size
    tall = random_table(size, seed=size, shape=(40, 30))
    assert len(compiled(tall, -20, -15).planes) == size


@pytest.mark.parametrize("size", [4, 8])
def test_random_tables_of_shifted_planes(size):
    """Sums of planes with shifts 0 ... 8, up to 2**21, are found again."""
    rng = np.random.default_rng(size)
    left, right = rng.integers(-60, 60, (256, size)) << rng.integers(0, 9, size), rng.integers(-60, 60, (size, 255))
    assert len(compiled(left @ right).planes) == size


def test_a_term_of_the_weight_alone_is_free():
    column = np.random.default_rng(0).integers(-(2**20), 2**20, 255)
    assert len(compiled(random_table(3, seed=1) + column).planes) == 3
    plan = compiled(np.zeros((256, 255), int) + column)
    assert (plan.kind, plan.planes, plan.column.tolist()) == ("low rank", (), column.tolist())


@pytest.mark.parametrize("shape", [(256, 255), (1, 255), (256, 1), (1, 1), (3, 2)])
@pytest.mark.parametrize("value", [0, 1, -1, 2**17, -(2**17), 2**24])
def test_constants(shape, value):
    plan = compiled(np.full(shape, value), 1, 1)
    assert plan.kind == ("exact" if value == 1 and shape == (1, 1) else "low rank")
    assert len(plan.planes) == (plan.kind == "exact")


def test_extreme_values():
    rng = np.random.default_rng(5)
    table = rng.choice([-(2**17), 2**17, 2**17 - 1], (256, 255))
    assert compiled(table).kind == "table"
    assert len(compiled(table[:6, :]).planes) <= 24
    wide = np.multiply.outer(rng.integers(-(2**11), 2**11, 256), rng.integers(-(2**12), 2**12, 255))
    assert len(compiled(wide).planes) == 4


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_small_table(data):
    height, width = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9))
    value = st.integers(-(2 ** data.draw(st.integers(0, 20))), 2**20)
    table = np.array(data.draw(st.lists(value, min_size=height * width, max_size=height * width))).reshape(height, width)
    compiled(table, data.draw(st.integers(-128, 0)), data.draw(st.integers(-127, 0)))
