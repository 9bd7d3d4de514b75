"""Published figures judge the golden models; 16-bit figures are sampled with 2**20 pairs and a fixed seed.

Tolerances are half a unit of the last printed digit and get no allowance for the sampling error: none of the seeded samples
needs one, and with the seed fixed the outcome cannot change unless the model does.
"""

from functools import lru_cache

import pytest

from multipliers import Family, Metrics, Multiplier, Published, families, get, measure

FIGURES = [(family, figure) for family in families().values() for figure in family.published]


@lru_cache(maxsize=64)
def measured(multiplier: Multiplier) -> Metrics:
    return measure(multiplier, samples=1 << 20, seed=0)


def variant(family: Family, figure: Published) -> Multiplier:
    return get(family.name, width=figure.width, signed=figure.signed, **figure.parameters)


@pytest.mark.parametrize(
    ("family", "figure"), FIGURES, ids=[f"{variant(family, figure).label}-{figure.metric}" for family, figure in FIGURES]
)
def test_published_figure(family: Family, figure: Published) -> None:
    value = getattr(measured(variant(family, figure)), figure.metric)
    assert abs(value - figure.value) <= figure.tolerance, (
        f"{figure.metric} is {value:.6g}; {figure.source} has {figure.value:.6g} +- {figure.tolerance:.2g}. {figure.note}"
    )


@pytest.mark.parametrize(("family", "figure"), FIGURES, ids=[f"{family.name}-{figure.metric}" for family, figure in FIGURES])
def test_a_figure_says_where_it_is_from_and_can_fail(family: Family, figure: Published) -> None:
    assert figure.source
    assert figure.tolerance <= 0.05 * abs(figure.value), "a tolerance this wide judges nothing"
