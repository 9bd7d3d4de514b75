"""Figures that come with a circuit, in the comments of its file or from its user, measured again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from multipliers import Metrics, MultiplierError

_OF = {
    "MAE": ("mae", 1),
    "MAE%": ("mae_percent", 1),
    "WCE": ("wce", 1),
    "WCE%": ("wce_percent", 1),
    "WCRE%": ("wcre", 100),
    "EP%": ("ep", 100),
    "MRE%": ("mre", 100),
    "MSE": ("mse", 1),
}
"""EvoApproxLib's names: the field of `Metrics`, and what it is multiplied by. MAE% and WCE% divide by 2**(wa+wb), MRE% is over
non-zero products."""

_LINE = re.compile(r"^\s*(?://|\*)\s*(?P<name>[A-Z]+%?)\s*=\s*(?P<value>[0-9.]+(?:[eE][+-]?[0-9]+)?)\s*%?\s*$", re.MULTILINE)


_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,60}(?:\.[0-9]{0,60})?|\.[0-9]{1,60})(?:[eE][+-]?[0-9]{1,3})?")
_ROUNDING = Fraction(1, 1 << 48)
"""Share of a measured value by which its double may be wrong, after sums of 2**32 terms."""


@dataclass(frozen=True)
class Figure:
    """A stated figure, what was measured, and whether they agree to the last digit that is printed.

    `reproduced` is None where only a sample of the operand pairs was measured, which can refute a worst case but
    confirm nothing. `cut` says of a figure that is not reproduced that it is the measured one without its further digits: 1.2
    for 1.29, which rounds to 1.3.
    """

    metric: str
    stated: str
    measured: float
    reproduced: bool | None
    cut: bool = False

    @property
    def refuted(self) -> bool:
        """Whether the figure is wrong: neither rounded nor cut."""
        return self.reproduced is False and not self.cut


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
    measured = {name: Fraction(float(getattr(metrics, _OF[name][0]))) * _OF[name][1] for name in stated}
    agree = {name: _rounded(measured[name], number) for name, number in numbers.items()}
    cut = {name: _cut(measured[name], number) for name, number in numbers.items()}
    for absolute, percent in (("MAE", "MAE%"), ("WCE", "WCE%")):
        if absolute in agree and percent in agree and metrics.mae and (agree[absolute] or cut[absolute]):
            of_the_printed = Fraction(numbers[absolute]) * Fraction(metrics.mae_percent) / Fraction(metrics.mae)
            agree[percent] |= _rounded(of_the_printed, numbers[percent])
            cut[percent] |= _cut(of_the_printed, numbers[percent])
    verdicts: dict[str, bool | None] = dict(agree)
    if not metrics.exhaustive:
        refuted = {name: name.startswith("WC") and measured[name] > Fraction(number) for name, number in numbers.items()}
        verdicts = {name: False if refuted[name] and not agree[name] else None for name in stated}
    return tuple(
        Figure(name, text, float(measured[name]), verdicts[name], verdicts[name] is False and cut[name])
        for name, text in stated.items()
    )


def _number(name: str, text: str) -> Decimal:
    """A number in plain digits; its exponent is bounded, since exact numbers of 10**9 digits are made of it."""
    if not _NUMBER.fullmatch(text):
        raise MultiplierError(f"published figure {name} = {text[:80]!r} is no number")
    return Decimal(text)


def _rounded(measured: Fraction, printed: Decimal) -> bool:
    """Whether a value is the printed one to within half of its last digit, by whichever rule it was rounded.

    In exact numbers: 9786716.25 is half a last digit from 97867.163e2, which no double says.
    """
    return abs(measured - Fraction(printed)) <= _last_digit(printed) / 2 + abs(measured) * _ROUNDING


def _cut(measured: Fraction, printed: Decimal) -> bool:
    """Whether the printed digits are the first ones of a value."""
    return -abs(measured) * _ROUNDING <= measured - Fraction(printed) < _last_digit(printed)


def _last_digit(printed: Decimal) -> Fraction:
    """What a 1 in the last printed digit is."""
    exponent = printed.as_tuple().exponent
    assert isinstance(exponent, int)
    return Fraction(10) ** exponent
