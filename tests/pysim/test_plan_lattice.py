"""Ranks, exact factors and changes of basis: products stay what they were, and entries become small."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysim.kernels.balance import balanced
from pysim.kernels.fitting import fitted
from pysim.kernels.lattice import factor, independent, rank
from pysim.kernels.planes import split

SEEDS = st.integers(0, 2**32 - 1)


def factors_of(seed: int, size: int, shape: tuple[int, int] = (30, 20), entries: int = 50) -> tuple[np.ndarray, np.ndarray]:
    """Integer factors, seeded."""
    rng = np.random.default_rng(seed)
    return rng.integers(-entries, entries, (shape[0], size)), rng.integers(-entries, entries, (size, shape[1]))


def mixed(seed: int, left: np.ndarray, right: np.ndarray, times: int) -> tuple[np.ndarray, np.ndarray]:
    """Factors of the same product in a worse basis."""
    rng = np.random.default_rng(seed)
    left, right = left.copy(), right.copy()
    for _ in range(times):
        i, j = rng.permutation(len(right))[:2]
        k = int(rng.integers(-3, 4))
        right[i] += k * right[j]
        left[:, j] -= k * left[:, i]
    return left, right


def planes(left: np.ndarray, right: np.ndarray) -> int:
    return sum(len(split(u, v)) for u, v in zip(left.T, right, strict=True))


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_rank_is_that_over_the_rationals(seed, size, height, width):
    left, right = factors_of(seed, size, (height, width), 5)
    matrix = left @ right
    expected = np.linalg.matrix_rank(matrix)
    assert rank(matrix) == rank(matrix.T) == expected
    assert rank(matrix, limit=3) == min(3, expected)
    rows, columns = independent(matrix)
    assert np.linalg.matrix_rank(matrix[np.ix_(rows, columns)]) == expected == len(rows) if expected else not rows


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(0, 8), st.integers(1, 12), st.integers(1, 12))
def test_factors_multiply_to_the_matrix_and_span_its_rows(seed, size, height, width):
    left, right = factors_of(seed, size, (height, width))
    matrix = left @ right
    found = factor(matrix)
    assert found is not None
    assert np.array_equal(found[0] @ found[1], matrix)
    assert len(found[1]) == rank(matrix)
    if len(found[1]) and matrix.any():  # the basis is of the rows' own lattice, so coordinates have no common divisor
        assert np.gcd.reduce(found[0], axis=None) == 1


def test_basis_is_short():
    """Rows are sums of short vectors with large coefficients; the short vectors come back, up to sign and sums."""
    rng = np.random.default_rng(0)
    short, long = rng.integers(-3, 4, (5, 40)), rng.integers(-1000, 1000, (60, 5))
    left, right = factor(long @ short)
    assert np.abs(right).max() <= 6
    assert np.abs(left).max() <= 4000


def test_entries_too_large_for_planes_are_refused():
    assert factor(np.diag([2**39, 2**39])) is not None
    assert factor(np.diag([2**41, 1])) is None


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(1, 7), st.sampled_from([balanced, fitted]))
def test_products_stay(seed, size, change):
    left, right = mixed(seed, *factors_of(seed, size), times=8 if size > 1 else 0)
    before = left.copy(), right.copy()
    new_left, new_right = change(left, right)
    assert np.array_equal(new_left @ new_right, left @ right)
    assert np.array_equal(left, before[0])
    assert np.array_equal(right, before[1])
    assert planes(*fitted(left, right)) <= planes(left, right)


@pytest.mark.parametrize("size", [2, 5, 12])
def test_balancing_undoes_a_bad_basis(size):
    left, right = mixed(1, *factors_of(1, size, (256, 255)), times=3 * size)
    assert planes(left, right) > size == planes(*balanced(left, right))


def test_fitting_saves_planes_that_lengths_do_not_show():
    """u_1 is 12 times too long, v_2 has room for 12 v_1: Seysen's measure hardly gains, and a plane is saved."""
    a, b = np.arange(-127, 128), np.arange(-127, 128)
    left = np.stack([np.sign(a) * (np.abs(a) >> 1) + 12 * a, a], 1)
    ones, high = np.sign(b) * (np.abs(b) >> 1 & 1), np.sign(b) * (np.abs(b) >> 2)
    right = np.stack([ones, high - 12 * ones])
    assert (planes(left, right), planes(*fitted(left, right))) == (3, 2)


def test_a_rank_that_the_prime_hides_has_no_factors():
    """Modulo 2**31 - 1 the second row is zero."""
    assert factor(np.array([[1, 0], [0, 2**31 - 1]])) is None
