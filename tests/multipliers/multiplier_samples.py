"""Which variants the tests of this folder try: derived from the registry, so that a new family is tested with no edit."""

from itertools import product

from multipliers import Family, Multiplier, defaults, families, get

SIGNS = {"": (False, False), "s": (True, True), "us": (False, True), "su": (True, False)}


def parameter_sets(family: Family, width: int) -> list[dict[str, int]]:
    """First, middle and last value of each parameter, in every combination."""
    ranges = [(parameter.name, parameter.allowed(width)) for parameter in family.parameters]
    choices = [[(name, value) for value in sorted({r[0], r[len(r) // 2], r[-1]})] for name, r in ranges]
    return [dict(items) for items in product(*choices)]


def variants(widths: range | tuple[int, ...], signs: tuple[str, ...] = ("",)) -> list[Multiplier]:
    """Every family at those of the widths that it has, with sampled parameters and the given signs."""
    return [
        get(family.name, width=width, a_signed=SIGNS[sign][0], b_signed=SIGNS[sign][1], **parameters)
        for family in families().values()
        for width in widths
        if width in family.widths
        for parameters in parameter_sets(family, width)
        for sign in signs
    ]


def ids(multiplier: Multiplier) -> str:
    return multiplier.label


__all__ = ["SIGNS", "defaults", "ids", "parameter_sets", "variants"]
