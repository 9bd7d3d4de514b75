"""Progressive approximation: a network is trained on coarser and coarser multipliers of one family."""

from __future__ import annotations

from itertools import product
from typing import Any

from multipliers import Multiplier, ParameterError, get, measure, with_signs

from .._errors import PysimError


def progression(multiplier: str | Multiplier, stages: int = 3) -> list[Multiplier]:
    """`stages` multipliers of one family, width and signs, from the finest to the one given, which is the last.

    Those before it have the mean absolute errors that are nearest to equal ratios between the finest's and its own. Fewer, if
    the family has fewer that are finer. Raises PysimError for a multiplier without a family, for one that has no finer sister,
    and for fewer than 2 stages.
    """
    target = get(multiplier) if isinstance(multiplier, str) else multiplier
    if stages < 2:
        raise PysimError(f"stages = {stages!r} is not allowed; use 2 or more")
    if target.family is None:
        raise PysimError(f"{target.label}: it has no family, so no finer multiplier is known; give the stages by name")
    coarsest = measure(target).mae
    errors = ((measure(sister).mae, sister.label, sister) for sister in _sisters(target))
    finer = sorted((found for found in errors if 0 < found[0] < coarsest), key=lambda found: found[:2])
    if not finer:
        raise PysimError(f"{target.label}: its family has no finer multiplier of these operands; give the stages by name")
    finest = finer[0][0]
    chosen: list[Multiplier] = []
    for stage in range(stages - 1):
        wanted = finest * (coarsest / finest) ** ((stage + 1) / stages)
        left = [found for found in finer if not chosen or found[0] > measure(chosen[-1]).mae]
        if left:
            chosen.append(min(left, key=lambda found: abs(found[0] / wanted - 1))[2])
    return [*chosen, target]


def _sisters(target: Multiplier) -> list[Multiplier]:
    """All multipliers of the family with the same operands."""
    found = target.family
    assert found is not None
    width = target.a.width
    ranges = [parameter.allowed(width) for parameter in found.parameters]
    sisters = []
    for values in product(*ranges):
        named = {parameter.name: value for parameter, value in zip(found.parameters, values, strict=True)}
        try:
            sisters.append(with_signs(_variant(found.name, width, named), target.a.signed, target.b.signed))
        except ParameterError:  # parameters that are allowed one by one and not together
            continue
    return sisters


def _variant(name: str, width: int, parameters: dict[str, Any]) -> Multiplier:
    return get(name, width=width, **parameters)
