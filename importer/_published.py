"""Figures that come with a circuit, in the comments of its file or from its user, measured again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from multipliers import Metrics, MultiplierError

_OF = {
    "MAE": ("mae", 1.0),
    "MAE%": ("mae_percent", 1.0),
    "WCE": ("wce", 1.0),
    "WCE%": ("wce_percent", 1.0),
    "WCRE%": ("wcre", 100.0),
    "EP%": ("ep", 100.0),
    "MRE%": ("mre", 100.0),
    "MSE": ("mse", 1.0),
}
"""EvoApproxLib's names: the field of `Metrics`, and what it is multiplied by. MAE% and WCE% divide by 2**(wa+wb), MRE% is over
non-zero products."""

_LINE = re.compile(r"^\s*(?://|\*)\s*(?P<name>[A-Z]+%?)\s*=\s*(?P<value>[0-9.]+(?:[eE][+-]?[0-9]+)?)\s*%?\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Figure:
    """A stated figure, what was measured, and whether they agree to the last digit that is printed."""

    metric: str
    stated: str
    measured: float
    reproduced: bool


def stated_in(text: str) -> dict[str, str]:
    """Figures in comment lines such as `// MAE% = 0.0019 %`, the first of each name."""
    found: dict[str, str] = {}
    for line in _LINE.finditer(text):
        if line["name"] in _OF:
            found.setdefault(line["name"], line["value"])
    return found


def compared(stated: Mapping[str, str], metrics: Metrics) -> tuple[Figure, ...]:
    """Each figure beside the measured one; raises MultiplierError for an unknown name or no number."""
    figures = []
    for name, text in stated.items():
        if name not in _OF:
            raise MultiplierError(f"published figure {name!r} is not known: use {', '.join(_OF)}")
        try:
            value = Decimal(text)
            last = value.as_tuple().exponent
        except InvalidOperation:
            last = "n"
        if not isinstance(last, int):
            raise MultiplierError(f"published figure {name} = {text!r} is no number")
        field, factor = _OF[name]
        measured = factor * float(getattr(metrics, field))
        agree = abs(measured - float(value)) <= 0.5 * 10.0**last * (1 + 1e-9)
        figures.append(Figure(name, text, measured, agree))
    return tuple(figures)
