"""Planes: split into legal int8 factors, and multiplied as a kernel does."""

import numpy as np
import pytest
from evoapprox8 import over_codes
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_checks import compiled

from pysim.kernels.planes import Plane, split


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.integers(-(2**13), 2**13), min_size=1, max_size=6),
    st.lists(st.integers(-(2**13), 2**13), min_size=1, max_size=6),
    st.integers(0, 3),
)
def test_split_is_exact_but_for_the_column(left, right, shift):
    u, v = np.array(left), np.array(right)
    planes = split(u, v, shift)
    assert all(plane.legal for plane in planes)
    total = sum((plane.product() for plane in planes), np.zeros((len(u), len(v)), int))
    expected = np.multiply.outer(u, v) << shift
    assert np.array_equal(total - total[0], expected - expected[0])


@pytest.mark.parametrize(
    ("left", "right", "count"),
    [
        (range(256), [-128, 127], 1),
        (range(256), [128, -127], 1),  # by changing both signs
        (range(256), [-128, 128], 1),  # 128 times -1 and 1
        (range(256), [-129, 127], 2),
        (range(257), [1, 2], 2),
        (range(-100, 156), [5, 7], 1),
        (range(0, 256 * 3, 3), [5, 7], 1),  # three moves to the right
        (range(0, 256 * 64, 64), [96, 160], 1),  # powers of two are shifts
        (range(86), [3 * 127, 0], 1),  # and back to the left
        (range(0, 9 * 60, 9), [41, 1], 1),  # or to both sides, a part each
        (range(256), [3 * 127, 3], 2),
        (range(1000), [1000, 1], 4),
        ([0, 1], [509 * 127, 509], 2),  # a factor beyond a byte moves as a whole
        ([0, 1, 65537], [1, 2], 2),  # of three digits the middle one is zero
        ([7, 7], [1, 2], 0),
        ([1, 2], [0, 0], 0),
    ],
)
def test_split_counts(left, right, count):
    assert len(split(np.array(left), np.array(right))) == count


@pytest.mark.parametrize(
    ("low", "high", "offset", "shift", "legal"),
    [
        (0, 255, 0, 31, True),
        (-128, 127, 128, 0, True),
        (300, 555, -300, 0, True),
        (0, 256, 0, 0, False),
        (0, 255, 1, 0, False),
        (0, 255, -1, 0, False),
        (0, 1, 0, 32, False),
        (0, 1, 0, -1, False),
    ],
)
def test_legal_planes(low, high, offset, shift, legal):
    assert Plane(np.array([high, low], np.int16), np.array([1], np.int8), shift, offset).legal is legal


def test_kernels_arithmetic():
    """Horner's scheme in wrapping 32 bits on unsigned lefts, with the correction: what a kernel does."""
    rng = np.random.default_rng(3)
    for table, a_low, b_low in (over_codes("mul8u_FTA", "us"), over_codes("mul8s_1KX2", "s"), over_codes("mul8s_1KV8", "s")):
        plan = compiled(table, a_low, b_low)
        x, w = rng.integers(0, len(table), (5, 70)), rng.integers(0, table.shape[1], (70, 4))
        acc = np.zeros((5, 4), np.int32)
        for plane, before in zip(plan.planes, plan.planes[:1] + plan.planes, strict=False):
            acc <<= before.shift - plane.shift
            acc += (plane.left + plane.offset).astype(np.uint8)[x].astype(np.int32) @ plane.right[w].astype(np.int32)
        acc <<= plan.planes[-1].shift
        acc += plan.correction[w].sum(0).astype(np.int32)
        assert np.array_equal(acc, table[x[:, :, None], w[None]].sum(1))
