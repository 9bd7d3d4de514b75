"""Closed forms equal the golden models that they are claimed of: all pairs of few bits, corners and samples of more."""

import numpy as np
import pytest
from multiplier_samples import SIGNS, ids, variants

from multipliers import Multiplier, exhaustive, families, sampled

WITH_FACTORS = {name for name, family in families().items() if family.factors}


def products(multiplier: Multiplier, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    assert multiplier.factors is not None
    left, right = multiplier.factors(a, b)
    assert left.dtype == right.dtype == np.int64
    assert (left.shape[1:], right.shape[1:]) == (a.shape, b.shape)
    assert len(left) == len(right) <= multiplier.a.width
    return np.sum(left * right, 0)


def test_structured_families_have_one() -> None:
    assert {"broken_array", "drum", "exact", "truncated_columns", "udm"} <= WITH_FACTORS


@pytest.mark.parametrize("multiplier", [m for m in variants((2, 5, 6), tuple(SIGNS)) if m.factors], ids=ids)
def test_equals_model_on_all_pairs(multiplier: Multiplier) -> None:
    vectors = exhaustive(multiplier)
    assert np.array_equal(products(multiplier, vectors.a, vectors.b), multiplier(vectors.a, vectors.b))


@pytest.mark.parametrize("multiplier", [m for m in variants((9, 12, 16), tuple(SIGNS)) if m.factors], ids=ids)
def test_equals_model_on_corners_and_2000_samples(multiplier: Multiplier) -> None:
    vectors = sampled(multiplier, 2000)
    assert np.array_equal(products(multiplier, vectors.a, vectors.b), multiplier(vectors.a, vectors.b))
