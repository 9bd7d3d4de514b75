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
    """A stated figure, what was measured, and whether they agree to the last digit that is printed.

    `reproduced` is None where only a sample of the operand pairs was measured, which can refute a worst case but
    confirm nothing.
    """

    metric: str
    stated: str
    measured: float
    reproduced: bool | None


def stated_in(text: str) -> dict[str, str]:
    """Figures in comment lines such as `// MAE% = 0.0019 %`, the first of each name."""
    found: dict[str, str] = {}
    for line in _LINE.finditer(text):
        if line["name"] in _OF:
            found.setdefault(line["name"], line["value"])
    return found


def compared(stated: Mapping[str, str], metrics: Metrics) -> tuple[Figure, ...]:
    """Each figure beside the measured one; raises MultiplierError for an unknown name or no number.

    A percentage also counts as reproduced where the stated absolute figure does and the percentage is that figure's:
    EvoApproxLib prints MAE = 1.25 as 1.2, and MAE% as that of 1.2.
    """
    unknown = [name for name in stated if name not in _OF]
    if unknown:
        raise MultiplierError(f"published figure {unknown[0]!r} is not known: use {', '.join(_OF)}")
    numbers = {name: _number(name, text) for name, text in stated.items()}
    measured = {name: _OF[name][1] * float(getattr(metrics, _OF[name][0])) for name in stated}
    agree = {name: _to_the_last_digit(measured[name], number) for name, number in numbers.items()}
    for absolute, percent in (("MAE", "MAE%"), ("WCE", "WCE%")):
        if agree.get(absolute) and percent in agree and metrics.mae:
            of_the_printed = float(numbers[absolute]) * metrics.mae_percent / metrics.mae
            agree[percent] |= _to_the_last_digit(of_the_printed, numbers[percent])
    verdicts: dict[str, bool | None] = dict(agree)
    if not metrics.exhaustive:
        refuted = {name: name.startswith("WC") and measured[name] > float(number) for name, number in numbers.items()}
        verdicts = {name: False if refuted[name] and not agree[name] else None for name in stated}
    return tuple(Figure(name, text, measured[name], verdicts[name]) for name, text in stated.items())


def _number(name: str, text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite():
        raise MultiplierError(f"published figure {name} = {text!r} is no number")
    return value


def _to_the_last_digit(measured: float, printed: Decimal) -> bool:
    """Whether a value is the printed one to within half of its last digit, by whichever rule it was rounded."""
    exponent = printed.as_tuple().exponent
    assert isinstance(exponent, int)
    return abs(measured - float(printed)) <= 0.5 * 10.0**exponent * (1 + 1e-9)
