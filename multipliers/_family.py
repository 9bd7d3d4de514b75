"""What a family of multipliers declares about itself; everything else in the library is derived from this.

A family is two sibling files: `multipliers/NAME.py`, with one pure function and one `register(Family(...))`, and
`rtl/multipliers/NAME.v`, whose module has the same name, the parameter WIDTH, and the ports `a_i`, `b_i` and `p_o`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from ._bits import Operand
from ._errors import MultiplierError, ParameterError

WIDTHS = range(2, 17)
"""Operand widths that the library covers."""

SIGNS = {"": (False, False), "s": (True, True), "us": (False, True), "su": (True, False)}
"""Label suffix -> (a is signed, b is signed); networks need `us` most, an unsigned activation times a signed weight."""


@dataclass(frozen=True)
class Parameter:
    """An integer parameter of a family, with the values that each operand width allows.

    `rtl` is the name of the Verilog parameter that carries it.
    """

    name: str
    meaning: str
    allowed: Callable[[int], range]
    rtl: str


@dataclass(frozen=True, eq=False)
class Published:
    """A figure from the literature that judges a variant of the family.

    `metric` is a field of `Metrics`; `value` is in that field's unit; `tolerance` is half a unit of the last printed
    digit unless `note` says why it is wider.
    """

    metric: str
    value: float
    tolerance: float
    source: str
    width: int = 8
    signed: bool = False
    parameters: Mapping[str, int] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, eq=False)
class Family:
    """A parametrised multiplier: golden function, RTL, allowed widths and parameters, and the figures that judge it.

    `function(a, b, width=..., **parameters)` maps int64 arrays of equal shape to the int64 products. With
    `native_signs=False`, the default, function and Verilog take unsigned operands, and signed forms are made by the
    sign-magnitude wrapper; with True they take any signs themselves, the Verilog by its parameters A_SIGNED and B_SIGNED.
    `factors(a, b, width=..., **parameters)`, where a family has a closed form, maps operands a (A,) and b (B,) to int64 factors
    (P, A) and (P, B): the sum over P of their products is `function`, for the operands that `function` itself takes.
    `product(width, a_signed, b_signed)` is the product port, where it is not as wide as both operands and of their sign;
    without native signs it is asked for unsigned operands alone. `helpers` are the modules of `rtl/common` that the Verilog
    instantiates. `defaults` are the parameter sets that are verified and listed at 8 bits, each with the signs given in
    `default_signs`.
    """

    name: str
    summary: str
    source: str
    function: Callable[..., np.ndarray]
    widths: tuple[int, ...] = tuple(WIDTHS)
    parameters: tuple[Parameter, ...] = ()
    native_signs: bool = False
    factors: Callable[..., tuple[np.ndarray, np.ndarray]] | None = None
    product: Callable[[int, bool, bool], Operand] | None = None
    helpers: tuple[str, ...] = ()
    defaults: tuple[Mapping[str, int], ...] = (MappingProxyType({}),)
    default_signs: tuple[str, ...] = ("", "s", "us")
    published: tuple[Published, ...] = ()

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or self.name[-1].isdigit():
            raise MultiplierError(f"family name {self.name!r} must be an identifier that does not end in a digit")
        unknown = [signs for signs in self.default_signs if signs not in SIGNS]
        if unknown:
            raise MultiplierError(f"family {self.name}: unknown default signs {unknown}; allowed are {sorted(SIGNS)}")

    def port(self, width: int, signs: tuple[bool, bool] = (False, False)) -> Operand:
        """The product port of the family's own Verilog, before any sign wrapper."""
        return self.product(width, *signs) if self.product else Operand(2 * width, any(signs))

    def check(self, width: int, parameters: Mapping[str, int]) -> dict[str, int]:
        """The complete, ordered parameters, or a ParameterError that names what is wrong and what is allowed."""
        if not _is_integer(width) or width not in self.widths:
            raise ParameterError(f"{self.name}: width {width!r} is not allowed; use one of {_spoken(self.widths)}")
        names = [parameter.name for parameter in self.parameters]
        for name in parameters:
            if name not in names:
                raise ParameterError(f"{self.name}: unknown parameter {name!r}; it takes {', '.join(names) or 'none'}")
        checked = {}
        for parameter in self.parameters:
            allowed = parameter.allowed(width)
            if parameter.name not in parameters:
                raise ParameterError(
                    f"{self.name}: parameter {parameter.name} ({parameter.meaning}) is missing; "
                    f"at width {width} it is {_spoken(allowed)}"
                )
            value = parameters[parameter.name]
            if not _is_integer(value) or value not in allowed:
                raise ParameterError(
                    f"{self.name}: {parameter.name} = {value!r} is not allowed at width {width}; use {_spoken(allowed)}"
                )
            checked[parameter.name] = int(value)
        return checked


def _is_integer(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _spoken(values: tuple[int, ...] | range) -> str:
    """A set of integers as a reader would say it: `2 to 16`, or `2, 4, 8`."""
    if len(values) > 2 and values[-1] - values[0] == len(values) - 1:
        return f"{values[0]} to {values[-1]}"
    return ", ".join(map(str, values))
